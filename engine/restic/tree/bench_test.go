package tree

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"testing"
	"time"

	"github.com/varve-backup/varve/engine/restic/id"
)

// photos makes a directory as users have them: files of one or two blobs by one
// owner, now and then a directory.
func photos(count int) []*Node {
	nodes := make([]*Node, 0, count)
	for i := range count {
		mtime := time.Unix(1_700_000_000+int64(i)*977, int64(i)*7919%1e9).UTC()
		n := &Node{
			Name: fmt.Sprintf("IMG_%07d.jpg", i), Type: File, Mode: 420, ModTime: mtime, AccessTime: mtime,
			ChangeTime: mtime.Add(time.Hour + 11), UID: 1000, GID: 1000, User: "ana", Group: "users",
			Inode: 10_000_000 + uint64(i), Size: 3_000_000 + uint64(i), Links: 1,
			Content: []id.ID{id.Of(strconv.AppendInt(nil, int64(i), 10))},
		}
		switch {
		case i%20 == 0:
			n.Type, n.Mode, n.Content, n.Size, n.Links = Dir, 2147484141, nil, 0, 0
			n.Subtree = new(id.Of([]byte(n.Name)))
		case i%4 == 0:
			n.Content = append(n.Content, id.Of([]byte(n.Name)))
		}
		nodes = append(nodes, n)
	}
	return nodes
}

// windows makes of them what Windows does: attributes and a name with umlauts.
func windows(count int) []*Node {
	nodes := photos(count)
	for _, n := range nodes {
		n.Name = "Südtirol " + n.Name
		n.Generic = map[string]json.RawMessage{
			"windows.creation_time":   json.RawMessage(`{"LowDateTime":3049829123,"HighDateTime":31047821}`),
			"windows.file_attributes": json.RawMessage(`32`),
		}
	}
	return nodes
}

const benchNodes = 2000

var directories = []struct {
	name  string
	nodes []*Node
}{{"photos", photos(benchNodes)}, {"windows", windows(benchNodes)}}

func perNode(b *testing.B, size int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchNodes, "ns/node")
	b.ReportMetric(float64(size)/benchNodes, "B/node")
	b.SetBytes(int64(size))
	b.ReportAllocs()
}

func BenchmarkEncode(b *testing.B) {
	for _, dir := range directories {
		b.Run(dir.name, func(b *testing.B) {
			var e Encoder
			size := 0
			for b.Loop() {
				e.Reset()
				for _, n := range dir.nodes {
					if err := e.Add(n); err != nil {
						b.Fatal(err)
					}
				}
				size = len(e.Finish())
			}
			perNode(b, size)
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	for _, dir := range directories {
		b.Run(dir.name, func(b *testing.B) {
			tree := encode(b, dir.nodes)
			d := NewDecoder(nil)
			for b.Loop() {
				d.Reset(tree)
				for _, err := d.Next(); err != io.EOF; _, err = d.Next() { // the contract of Next
					if err != nil {
						b.Fatal(err)
					}
				}
			}
			perNode(b, len(tree))
		})
	}
}

// BenchmarkHash is what stays, for comparison.
func BenchmarkHash(b *testing.B) {
	tree := encode(b, directories[0].nodes)
	for b.Loop() {
		id.Of(tree)
	}
	perNode(b, len(tree))
}

func BenchmarkEncodingJSON(b *testing.B) {
	nodes := directories[0].nodes
	tree := marshal(b, nodes)
	b.Run("encode", func(b *testing.B) {
		for b.Loop() {
			marshal(b, nodes)
		}
		perNode(b, len(tree))
	})
	b.Run("decode", func(b *testing.B) {
		for b.Loop() {
			if _, err := unmarshal(tree); err != nil {
				b.Fatal(err)
			}
		}
		perNode(b, len(tree))
	})
}

package index

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/varve-backup/varve/engine/restic/id"
	"github.com/varve-backup/varve/engine/restic/pack"
)

func randomID(r *rand.Rand) (x id.ID) {
	for i := range x {
		x[i] = byte(r.Uint32())
	}
	return x
}

// randomPacks makes packs of blobs, some of which are in several packs.
func randomPacks(r *rand.Rand, n int) []Pack {
	var packs []Pack
	var known []id.ID
	for range n {
		p := Pack{ID: randomID(r)}
		offset := uint32(0)
		for range r.IntN(30) {
			b := pack.Blob{ID: randomID(r), Kind: pack.Kind(r.IntN(2)), Offset: offset, Length: 32 + uint32(r.IntN(1000))}
			if len(known) > 0 && r.IntN(10) == 0 {
				b.ID = known[r.IntN(len(known))]
			}
			if r.IntN(2) == 0 {
				b.Plain = 1 + uint32(r.IntN(5000))
			}
			known = append(known, b.ID)
			offset += b.Length
			p.Blobs = append(p.Blobs, b)
		}
		packs = append(packs, p)
	}
	return packs
}

// marshal is Encode by way of the library.
func marshal(t *testing.T, packs []Pack) []byte {
	t.Helper()
	f := fileText{Packs: []packText{}}
	for _, p := range packs {
		text := packText{ID: p.ID, Blobs: []blobText{}}
		for _, b := range p.Blobs {
			text.Blobs = append(text.Blobs, blobText{b.ID, b.Kind.String(), b.Offset, b.Length, b.Plain})
		}
		f.Packs = append(f.Packs, text)
	}
	b, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	return append(b, '\n')
}

func TestEncodeParse(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	want := randomPacks(r, 20)
	b := Encode(want)
	if marshalled := marshal(t, want); string(b) != string(marshalled) {
		t.Fatalf("got %s\nwant %s", b, marshalled)
	}
	got, err := Parse(b)
	if err != nil || len(got) != len(want) {
		t.Fatalf("%d packs, %v", len(got), err)
	}
	for i := range want {
		if got[i].ID != want[i].ID || !slices.Equal(got[i].Blobs, want[i].Blobs) {
			t.Errorf("pack %d differs", i)
		}
	}
}

// A table that was made in several steps knows what the packs hold, and
// nothing else.
func TestTable(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	path := filepath.Join(t.TempDir(), "index")
	var table *Table
	var packs []Pack
	for step := range 5 {
		more := randomPacks(r, []int{0, 1, 200, 3, 50}[step])
		if err := Merge(path, table, []id.ID{randomID(r)}, more); err != nil {
			t.Fatal(err)
		}
		packs = append(packs, more...)
		next, err := OpenTable(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := table.Close(); err != nil {
			t.Fatal(err)
		}
		table = next
		if len(table.Files()) != step+1 || table.Packs() != len(packs) {
			t.Fatalf("%d files and %d packs, want %d and %d", len(table.Files()), table.Packs(), step+1, len(packs))
		}
		checkTable(t, New(table), packs)
	}
	for range 1000 {
		if x := randomID(r); table.First(x) >= 0 {
			t.Errorf("%s is not stored, and found", x)
		}
	}
	if err := table.Close(); err != nil {
		t.Fatal(err)
	}
}

func checkTable(t *testing.T, x *Index, packs []Pack) {
	t.Helper()
	for _, p := range packs {
		for _, b := range p.Blobs {
			found := x.Find(b.ID, b.Kind)
			if !slices.Contains(found, Location{p.ID, b}) || !x.Has(b.ID, b.Kind) {
				t.Fatalf("%+v is in %s, and found at %+v", b, p.ID, found)
			}
			for _, l := range found {
				if l.ID != b.ID || l.Kind != b.Kind {
					t.Fatalf("looking for %s found %+v", b.ID, l)
				}
			}
		}
	}
}

func TestReserve(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	x := New(nil)
	blob := pack.Blob{ID: randomID(r), Length: 40}
	if !x.Reserve(blob.ID, pack.Data) || x.Reserve(blob.ID, pack.Data) || x.Has(blob.ID, pack.Data) {
		t.Error("a blob is not reserved once")
	}
	if !x.Reserve(blob.ID, pack.Tree) {
		t.Error("a tree is not a blob of data")
	}
	p := Pack{randomID(r), []pack.Blob{blob}}
	x.Stored(p.ID, p.Blobs)
	if x.Reserve(blob.ID, pack.Data) || !x.Has(blob.ID, pack.Data) {
		t.Error("a stored blob is to be stored again")
	}
	if got := x.Fresh(); !reflect.DeepEqual(got, []Pack{p}) || x.Fresh() != nil {
		t.Errorf("got %+v", got)
	}
}

func TestDamagedTables(t *testing.T) {
	path := filepath.Join(t.TempDir(), "index")
	if err := Merge(path, nil, nil, randomPacks(rand.New(rand.NewPCG(7, 8)), 3)); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{0, 7, 31, 32, 100, len(b) - 1} {
		if err := os.WriteFile(path, b[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		if table, err := OpenTable(path); err == nil {
			t.Errorf("cut to %d bytes it opens: %d records", n, table.Len())
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"packs":[{"id":"07854d2fef297a06ba81685e660c332de36d5d18d546927d30daad6d7fda1541","blobs":[{"id":"07854d2fef297a06ba81685e660c332de36d5d18d546927d30daad6d7fda1541","type":"data","offset":0,"length":44,"uncompressed_length":3}]}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		packs, err := Parse(b)
		slow, slowErr := parseSlow(b)
		if (err == nil) != (slowErr == nil) || err == nil && !samePacks(packs, slow) {
			t.Fatalf("%v, %v\nfast %+v\nslow %+v", err, slowErr, packs, slow)
		}
		if err != nil {
			return
		}
		for _, p := range packs {
			sortBlobs(p.Blobs)
		}
		if got := Encode(packs); string(got) != string(marshal(t, packs)) {
			t.Errorf("got %s", got)
		}
	})
}

func samePacks(a, b []Pack) bool {
	return slices.EqualFunc(a, b, func(a, b Pack) bool { return a.ID == b.ID && slices.Equal(a.Blobs, b.Blobs) })
}

// What we write is read without the slow reader.
func TestParseFast(t *testing.T) {
	for _, n := range []int{0, 1, 50} {
		packs := randomPacks(rand.New(rand.NewPCG(uint64(n), 8)), n)
		b := Encode(packs)
		got, ok := parseFast(b)
		if !ok || !samePacks(got, packs) {
			t.Errorf("%d packs became %d, %v", len(packs), len(got), ok)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	text := Encode(randomPacks(rand.New(rand.NewPCG(9, 8)), 100))
	b.SetBytes(int64(len(text)))
	for name, parse := range map[string]func([]byte) error{
		"fast": func(b []byte) error { _, err := Parse(b); return err },
		"slow": func(b []byte) error { _, err := parseSlow(b); return err },
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				if err := parse(text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkHas(b *testing.B) {
	r := rand.New(rand.NewPCG(9, 10))
	packs := randomPacks(r, 50_000)
	path := filepath.Join(b.TempDir(), "index")
	if err := Merge(path, nil, nil, packs); err != nil {
		b.Fatal(err)
	}
	table, err := OpenTable(path)
	if err != nil {
		b.Fatal(err)
	}
	defer table.Close()
	x, i := New(table), 0
	b.ReportMetric(float64(table.Len()), "blobs")
	for b.Loop() {
		p := &packs[i%len(packs)]
		i++
		if len(p.Blobs) > 0 && !x.Has(p.Blobs[0].ID, p.Blobs[0].Kind) {
			b.Fatal("not found")
		}
	}
}

package mega

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/varve-backup/varve/backends"
)

// FuzzAnswers reads what a service may answer: the list of all files, a
// login, a change.
func FuzzAnswers(f *testing.F) {
	key := bytes.Repeat([]byte{7}, block)
	attr, err := sealName(key, "x")
	if err != nil {
		f.Fatal(err)
	}
	file := fileKey{key: [block]byte(key)}
	f.Add([]byte(`[{"f":[{"h":"a","t":2},{"h":"b","p":"a","u":"me","t":1,"a":"` + attr + `","k":"me:` + encode(seal(key, key)) + `"}],"sn":"1"}]`))
	f.Add([]byte(`[{"f":[{"h":"b","p":"b","u":"me","t":0,"a":"` + attr + `","k":"me:` + encode(seal(key, file.fold())) + `","s":-1}]}]`))
	f.Add([]byte(`[{"a":[{"a":"u","n":"b","at":"AA"},{"a":"d","n":"b"},{"a":"t","t":{"f":[{"h":"c","k":"me:AA/you:"}]}}],"sn":"2"}]`))
	f.Add([]byte(`[{"csid":"CAAA","privk":"AAAAAAAAAAAAAAAAAAAAAA"}]`))
	f.Add([]byte(`-15`))
	f.Fuzz(func(t *testing.T, answer []byte) {
		var all struct {
			Files   []told            `json:"f"`
			Changes []json.RawMessage `json:"a"`
			Private string            `json:"privk"`
			Sealed  string            `json:"csid"`
		}
		if err := read(answer, &all); err != nil {
			return
		}
		tree := newTree()
		for i := range all.Files {
			tree.add(&all.Files[i], key)
		}
		for _, c := range all.Changes {
			_ = tree.apply(c, key)
		}
		for name, n := range tree.below(tree.folders(nil)) {
			if n.size < 0 || name == "" && n.name != "" {
				t.Errorf("%q is %+v", name, n)
			}
		}
		_, _ = openSession(key, all.Private, all.Sealed)
	})
}

func FuzzLogin(f *testing.F) {
	f.Add("[Login]\nUsername: me\nPassword = x=y\n")
	f.Add("[login\n=\n:\n")
	f.Fuzz(func(t *testing.T, text string) {
		user, password, err := login(strings.NewReader(text))
		if err == nil && (strings.ContainsAny(user+password, "\n") || !strings.Contains(text, user)) {
			t.Errorf("%q, %q", user, password)
		}
	})
}

func TestWorkThatIsNotUnderstood(t *testing.T) {
	for _, header := range []string{"", "1:2:3", "2:200:0:" + strings.Repeat("A", 64), "1:256:0:" + strings.Repeat("A", 64), "1:200:0:AA", "1:x:0:?"} {
		if _, err := work(t.Context(), header); !errors.Is(err, backends.ErrUnsupported) {
			t.Errorf("%q: got %v, want ErrUnsupported", header, err)
		}
	}
}

// Folders that lie in each other, as a service that is broken may say, end no
// list.
func TestFoldersInACircle(t *testing.T) {
	tree := newTree()
	tree.put(&node{handle: "a", parent: "b", name: "a"})
	tree.put(&node{handle: "b", parent: "a", name: "b"})
	tree.put(&node{handle: "c", parent: "b", name: "c", file: true})
	if found := tree.below([]*node{{handle: "top"}}); len(found) != 0 {
		t.Errorf("found %v", found)
	}
}

// Two computers may make one folder at the same moment: what is in either of
// them is in both.
func TestTwoFoldersOfOneName(t *testing.T) {
	tree := newTree()
	tree.top = "top"
	tree.put(&node{handle: "a", parent: "top", name: "folder"})
	tree.put(&node{handle: "b", parent: "top", name: "folder"})
	tree.put(&node{handle: "c", parent: "a", name: "x", file: true})
	tree.put(&node{handle: "d", parent: "b", name: "y", file: true})
	all := tree.below(tree.folders([]string{"folder"}))
	if all["x"] == nil || all["y"] == nil || len(tree.files([]string{"folder", "y"})) != 1 {
		t.Errorf("found %v", all)
	}
}

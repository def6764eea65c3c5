package restore

import (
	"errors"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

func TestHardLinks(t *testing.T) {
	first, second, other, alone := file("a/one", "content"), file("two", "content"), file("x", "changed"), file("y", "content")
	for _, i := range []*item{&first, &second, &other} {
		i.entry.HardLink = "a/one"
	}
	target := t.TempDir() + "/new"
	w, err := Open(target, Options{})
	must(t, err)
	if _, ok := w.LinkTarget(&second.entry); ok {
		t.Error("a link to what was not restored yet")
	}
	must(t, first.put(t.Context(), w))
	if path, ok := w.LinkTarget(&second.entry); !ok || path != "a/one" {
		t.Errorf("got %q, %v, want a/one", path, ok)
	}
	must(t, w.Put(t.Context(), &second.entry, nil))
	if _, ok := w.LinkTarget(&other.entry); ok {
		t.Error("a link to a file with other content")
	}
	must(t, other.put(t.Context(), w))
	must(t, alone.put(t.Context(), w))
	counts, err := w.Close(t.Context())
	must(t, err)
	if counts.Files != 4 {
		t.Errorf("got %+v, want 4 files", counts)
	}
	var one, two, x unix.Stat_t
	must(t, unix.Stat(target+"/a/one", &one))
	must(t, unix.Stat(target+"/two", &two))
	must(t, unix.Stat(target+"/x", &x))
	if one.Ino != two.Ino || one.Ino == x.Ino {
		t.Errorf("got inodes %d %d %d, want the first two equal", one.Ino, two.Ino, x.Ino)
	}
	equal(t, content(t, target), map[string]string{"a": "/", "a/one": "content", "two": "content", "x": "changed", "y": "content"})
}

func TestHardLinkToReplacedFileIsRefused(t *testing.T) {
	first, second := file("one", "content"), file("two", "content")
	first.entry.HardLink, second.entry.HardLink = "one", "one"
	target := t.TempDir() + "/new"
	w, err := Open(target, Options{})
	must(t, err)
	must(t, first.put(t.Context(), w))
	must(t, os.WriteFile(target+"/other", []byte("swapped"), 0o644))
	must(t, os.Rename(target+"/other", target+"/one"))
	if err := w.Put(t.Context(), &second.entry, nil); !errors.Is(err, ErrMismatch) {
		t.Errorf("got %v, want ErrMismatch", err)
	}
	_, err = w.Close(t.Context())
	must(t, err)
	equal(t, content(t, target), map[string]string{"one": "swapped"})
}

func TestCopyInPlaceOfAHardLink(t *testing.T) {
	target := t.TempDir() + "/new"
	w, err := Open(target, Options{})
	must(t, err)
	first := file("one", "content")
	first.entry.HardLink = "one"
	must(t, first.put(t.Context(), w))
	second := file("two", "content")
	at, err := w.place(&second.entry)
	must(t, err)
	must(t, w.putCopy(t.Context(), at, &second.entry, w.stack[0].fd, "one"))
	at.folder.release(w)
	_, err = w.Close(t.Context())
	must(t, err)
	equal(t, content(t, target), map[string]string{"one": "content", "two": "content"})
}

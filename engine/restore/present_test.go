package restore

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/varve-backup/varve/engine/internal/fsat"
	"github.com/varve-backup/varve/engine/repository"
	"golang.org/x/sys/unix"
)

// identities are the inode and the time of change of every item: who has the
// same was not touched.
func identities(t *testing.T, root string, paths ...string) map[string][2]uint64 {
	t.Helper()
	found := map[string][2]uint64{}
	for _, path := range paths {
		var st unix.Stat_t
		must(t, unix.Lstat(root+"/"+path, &st))
		found[path] = [2]uint64{st.Ino, uint64(st.Ctim.Nano())}
	}
	return found
}

// putPresent restores a file as a caller does that compares first.
func (i item) putPresent(t *testing.T, w *Writer) {
	t.Helper()
	e := i.entry
	p := w.FindSame(t.Context(), &e)
	if p == nil {
		t.Fatalf("%q: not found to be the same", e.Path)
	}
	if err := w.PutPresent(t.Context(), &e, p); err != nil {
		t.Errorf("%q: %v", e.Path, err)
	}
}

// Nothing is touched that is as it should be, by either way to know that.
func TestWhatIsThereIsLeftAlone(t *testing.T) {
	target := t.TempDir() + "/new"
	small, large := file("dir/small", "content"), file("dir/large", strings.Repeat("0123456789", smallFile/5))
	first, second := file("first", "linked"), file("second", "linked")
	first.entry.HardLink, second.entry.HardLink = "first", "first"
	pipe := item{entry: repository.Entry{Path: "pipe", Type: repository.FIFO, Mode: 0o604, ModTime: when, HasNanoseconds: true}}
	lnk := link("link", "target")
	lnk.entry.HasNanoseconds = true
	special := file("special", "x")
	special.entry.Mode = 0o6711
	attr := file("attr", "y")
	attr.entry.HasXattrs = true
	probe := t.TempDir()
	if err := unix.Setxattr(probe, "user.a", []byte("1"), 0); err == nil {
		attr.entry.Xattrs = []repository.Xattr{{Name: "user.a", Value: []byte("1")}, {Name: "user.empty"}}
	}
	items := []item{dir(""), attr, dir("dir"), large, small, first, lnk, pipe, second, special}
	_, failed := restoreAll(t, target, Options{}, items...)
	if len(failed) > 0 {
		t.Fatal(failed)
	}
	names := []string{"", "dir", "dir/small", "dir/large", "first", "second", "pipe", "link", "special", "attr"}
	before := identities(t, target, names...)

	for _, clash := range []Clash{Replace, ReplaceOlder} {
		w, err := Open(target, Options{Clash: clash})
		must(t, err)
		for _, i := range items {
			if clash == Replace && i.entry.Type == repository.File {
				i.putPresent(t, w)
			} else {
				must(t, i.put(t.Context(), w))
			}
		}
		counts, err := w.Close(t.Context())
		if err != nil || counts.Same != 6 || counts.Files != 0 || counts.Bytes != 0 || counts.Inexact != 0 {
			t.Errorf("%v: got %+v, %v, want 6 files that are the same", clash, counts, err)
		}
		for path, id := range identities(t, target, names...) {
			if id != before[path] {
				t.Errorf("%v: %q was touched", clash, path)
			}
		}
	}
	// A small file is compared even when only its content is given.
	counts, _ := restoreAll(t, target, Options{Clash: Replace}, small)
	if counts.Same != 1 || counts.Files != 0 || identities(t, target, "dir/small")["dir/small"] != before["dir/small"] {
		t.Errorf("got %+v, want the small file to be left alone", counts)
	}
}

// What differs in attributes only is set right without being written.
func TestOnlyAttributesDiffer(t *testing.T) {
	target := t.TempDir() + "/new"
	f, d := file("file", "content"), dir("dir")
	f.entry.HasXattrs, d.entry.HasXattrs = true, true
	lnk := link("link", "target")
	restoreAll(t, target, Options{}, d, f, lnk)
	before := identities(t, target, "file", "dir", "link")
	now := time.Now()
	for _, path := range []string{"/file", "/dir"} {
		must(t, os.Chmod(target+path, 0o777))
		must(t, os.Chtimes(target+path, now, now))
		if err := unix.Setxattr(target+path, "user.extra", []byte("x"), 0); err != nil && !errors.Is(err, unix.ENOTSUP) {
			t.Fatal(err)
		}
	}
	w, err := Open(target, Options{Clash: Replace})
	must(t, err)
	must(t, d.put(t.Context(), w))
	f.putPresent(t, w)
	must(t, lnk.put(t.Context(), w))
	counts, err := w.Close(t.Context())
	if err != nil || counts.Same != 1 || counts.Inexact != 0 {
		t.Errorf("got %+v, %v", counts, err)
	}
	for path, mode := range map[string]os.FileMode{"file": 0o640, "dir": 0o755} {
		info, err := os.Stat(target + "/" + path)
		must(t, err)
		if info.Mode().Perm() != mode || !info.ModTime().Equal(when) {
			t.Errorf("%s: got %v %v, want %v %v", path, info.Mode(), info.ModTime(), mode, when)
		}
		if _, err := unix.Getxattr(target+"/"+path, "user.extra", nil); err == nil {
			t.Errorf("%s: an attribute stayed that it did not have", path)
		}
	}
	for path, id := range identities(t, target, "file", "dir", "link") {
		if id[0] != before[path][0] {
			t.Errorf("%q was made anew", path)
		}
	}
}

// What only seems to be there is written.
func TestWhatIsNotEnough(t *testing.T) {
	stored := file("file", "content")
	rows := []struct {
		name  string
		build func(target string) error
	}{
		{"other content", func(at string) error { return os.WriteFile(at+"/file", []byte("CONTENT"), 0o600) }},
		{"longer", func(at string) error { return os.WriteFile(at+"/file", []byte("content more"), 0o600) }},
		{"a link to it", func(at string) error {
			return errors.Join(os.WriteFile(at+"/other", []byte("content"), 0o600), os.Symlink("other", at+"/file"))
		}},
		{"another name", func(at string) error {
			return errors.Join(os.WriteFile(at+"/other", []byte("content"), 0o600), os.Link(at+"/other", at+"/file"))
		}},
		{"a pipe", func(at string) error { return unix.Mkfifo(at+"/file", 0o600) }},
		{"a folder", func(at string) error { return os.Mkdir(at+"/file", 0o700) }},
		{"nothing", func(string) error { return nil }},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			target := t.TempDir()
			must(t, row.build(target))
			w, err := Open(target, Options{Clash: Replace})
			must(t, err)
			if p := w.FindSame(t.Context(), &stored.entry); p != nil {
				t.Errorf("taken for the file: %+v", p)
			}
			must(t, stored.put(t.Context(), w))
			counts, err := w.Close(t.Context())
			if err != nil || counts.Files != 1 || counts.Same != 0 {
				t.Errorf("got %+v, %v, want one file written", counts, err)
			}
			want := map[string]string{"file": "content"}
			if strings.HasPrefix(row.name, "a link") || row.name == "another name" {
				want["other"] = "content"
			}
			equal(t, content(t, target), want)
			var st unix.Stat_t
			must(t, unix.Lstat(target+"/file", &st))
			if st.Nlink != 1 {
				t.Error("the file still has another name")
			}
		})
	}
}

// A file that changes between being compared and being left is not left.
func TestPresentThatChanged(t *testing.T) {
	target := t.TempDir()
	f := file("file", "content")
	must(t, os.WriteFile(target+"/file", []byte("content"), 0o600))
	w, err := Open(target, Options{Clash: Replace})
	must(t, err)
	p := w.FindSame(t.Context(), &f.entry)
	if p == nil {
		t.Fatal("not found")
	}
	must(t, os.WriteFile(target+"/file", []byte("changed"), 0o600))
	if err := w.PutPresent(t.Context(), &f.entry, p); !errors.Is(err, ErrMismatch) {
		t.Errorf("got %v, want ErrMismatch", err)
	}
	_, err = w.Close(t.Context())
	must(t, err)
}

func TestFind(t *testing.T) {
	target := t.TempDir()
	outside := t.TempDir()
	must(t, os.WriteFile(outside+"/file", []byte("secret"), 0o600))
	must(t, os.Symlink(outside, target+"/link"))
	must(t, os.Mkdir(target+"/dir", 0o700))
	must(t, os.WriteFile(target+"/dir/file", []byte("content"), 0o600))
	must(t, os.Chtimes(target+"/dir/file", when, when))
	e := file("dir/file", "content").entry
	younger := e
	younger.ModTime = when.Add(time.Hour)
	rows := []struct {
		clash        Clash
		e            repository.Entry
		found, stays bool
	}{
		{Replace, e, true, false},
		{Skip, e, true, true},
		{ReplaceOlder, e, true, true},
		{ReplaceOlder, younger, true, false},
		{KeepBoth, e, false, false},
		{Replace, file("link/file", "").entry, false, false},
		{Replace, file("../"+outside+"/file", "").entry, false, false},
		{Replace, dir("dir").entry, false, false},
		{Replace, file("none", "").entry, false, false},
	}
	for _, row := range rows {
		w, err := Open(target, Options{Clash: row.clash})
		must(t, err)
		p := w.Find(&row.e)
		if (p != nil) != row.found || p != nil && p.Stays() != row.stays {
			t.Errorf("%v, %q: got %+v", row.clash, row.e.Path, p)
		}
		if p != nil {
			must(t, p.Close())
			if _, err := p.ReadAt(make([]byte, 1), 0); err == nil {
				t.Error("a closed file was read")
			}
		}
		_, err = w.Close(t.Context())
		must(t, err)
		if w.Find(&row.e) != nil {
			t.Error("found below a target that is closed")
		}
	}
}

func TestPresentReadsFromAnywhere(t *testing.T) {
	target := t.TempDir()
	must(t, os.WriteFile(target+"/file", []byte("0123456789"), 0o600))
	w, err := Open(target, Options{Clash: Replace})
	must(t, err)
	p := w.Find(&repository.Entry{Path: "file", Type: repository.File})
	got, err := io.ReadAll(io.NewSectionReader(p, 3, 4))
	if err != nil || string(got) != "3456" || p.Size() != 10 || !p.Suffices() {
		t.Errorf("got %q, %v of %d", got, err, p.Size())
	}
	must(t, p.Close())
	_, err = w.Close(t.Context())
	must(t, err)
}

// A dry run says what a run would do.
func TestDryRunCountsWhatIsThere(t *testing.T) {
	target := t.TempDir()
	must(t, os.WriteFile(target+"/same", []byte("content"), 0o600))
	before := identities(t, target, "", "same")
	w, err := Open(target, Options{Clash: Replace, DryRun: true})
	must(t, err)
	same, other := file("same", "content"), file("other", "content")
	same.putPresent(t, w)
	must(t, w.Put(t.Context(), &other.entry, nil))
	counts, err := w.Close(t.Context())
	if err != nil || counts.Same != 1 || counts.Files != 1 {
		t.Errorf("got %+v, %v", counts, err)
	}
	for path, id := range identities(t, target, "", "same") {
		if id != before[path] {
			t.Errorf("%q was touched", path)
		}
	}
}

// Names of one inode that are to be two files are parted, and two files that
// are to be one are joined.
func TestLinksOfWhatIsThere(t *testing.T) {
	target := t.TempDir()
	must(t, os.WriteFile(target+"/one", []byte("content"), 0o600))
	must(t, os.Link(target+"/one", target+"/two"))
	must(t, os.WriteFile(target+"/three", []byte("content"), 0o600))
	must(t, os.WriteFile(target+"/four", []byte("content"), 0o600))
	one, two, three, four := file("one", "content"), file("two", "content"), file("three", "content"), file("four", "content")
	three.entry.HardLink, four.entry.HardLink = "four", "four"
	three.entry.Links, four.entry.Links = 2, 2
	two.entry.Mode = 0o400
	restoreAll(t, target, Options{Clash: Replace}, one, two, four, three)
	var st [4]unix.Stat_t
	for i, name := range []string{"one", "two", "three", "four"} {
		must(t, unix.Stat(target+"/"+name, &st[i]))
	}
	if st[0].Ino == st[1].Ino || st[2].Ino != st[3].Ino {
		t.Errorf("got inodes %d %d %d %d", st[0].Ino, st[1].Ino, st[2].Ino, st[3].Ino)
	}
	if st[0].Mode&0o777 != 0o640 || st[1].Mode&0o777 != 0o400 {
		t.Errorf("got modes %o %o", st[0].Mode, st[1].Mode)
	}
}

func TestLabelsStay(t *testing.T) {
	for name, want := range map[string]bool{
		"security.selinux": true, "security.capability": false, "user.security.x": false, "com.apple.provenance": true, "system.posix_acl_access": false,
	} {
		if fsat.IsLabel(name) != want {
			t.Errorf("%s: got %v", name, !want)
		}
	}
}

func BenchmarkNothingToRestore(b *testing.B) {
	target := b.TempDir()
	f := file("file", string(bytes.Repeat([]byte("x"), 4096)))
	restoreAll(b, target, Options{Clash: Replace}, f)
	sum := sha256.Sum256([]byte(f.content))
	f.entry.SHA256 = sum[:]
	w, err := Open(target, Options{Clash: Replace})
	must(b, err)
	b.ReportAllocs()
	for b.Loop() {
		must(b, w.PutPresent(b.Context(), &f.entry, w.FindSame(b.Context(), &f.entry)))
	}
	_, err = w.Close(b.Context())
	must(b, err)
}

// What killed runs left of a large file is found, and goes with the next one.
func TestLeftoversOfALargeFile(t *testing.T) {
	stored := file("dir/large", strings.Repeat("0123456789", smallFile/4))
	names := partNamesOf("large")
	for _, row := range []struct {
		name      string
		part, old int // how much they hold
		found     int
	}{
		{"none", 0, 0, 0},
		{"one", 300 << 10, 0, 300 << 10},
		{"put aside", 0, 200 << 10, 200 << 10},
		{"the later is larger", 300 << 10, 100 << 10, 300 << 10},
		{"the earlier is larger", 100 << 10, 200 << 10, 200 << 10},
	} {
		t.Run(row.name, func(t *testing.T) {
			target := t.TempDir()
			must(t, os.Mkdir(target+"/dir", 0o755))
			for name, size := range map[string]int{names.part: row.part, names.old: row.old} {
				if size > 0 {
					must(t, os.WriteFile(target+"/dir/"+name, []byte(stored.content[:size]), 0o600))
				}
			}
			w, err := Open(target, Options{Clash: Replace})
			must(t, err)
			p := w.Find(&stored.entry)
			switch {
			case (p != nil) != (row.found > 0):
				t.Errorf("found %+v", p)
			case p != nil && (p.Size() != int64(row.found) || p.Suffices() || p.Stays()):
				t.Errorf("found %+v, want %d bytes", p, row.found)
			}
			// Until it is complete, what was found stays.
			bad := stored
			bad.content = "x" + bad.content[1:]
			if err := bad.put(t.Context(), w); !errors.Is(err, ErrMismatch) {
				t.Errorf("got %v, want ErrMismatch", err)
			}
			if _, err := os.Stat(target + "/dir/" + names.old); (err == nil) != (row.found > 0) {
				t.Errorf("after a failure: %v", err)
			}
			must(t, stored.put(t.Context(), w))
			if p != nil {
				got := make([]byte, row.found)
				if _, err := p.ReadAt(got, 0); err != nil || string(got) != stored.content[:row.found] {
					t.Errorf("what was found cannot be read any more: %v", err)
				}
				must(t, p.Close())
			}
			_, err = w.Close(t.Context())
			must(t, err)
			equal(t, content(t, target), map[string]string{"dir": "/", "dir/large": stored.content})
		})
	}
}

// What another run is writing is left to it.
func TestPartOfALivingRun(t *testing.T) {
	target := t.TempDir()
	part := target + "/" + partNamesOf("large").part
	f, err := os.Create(part)
	must(t, err)
	defer f.Close()
	must(t, unix.Flock(int(f.Fd()), unix.LOCK_EX))
	large := file("large", strings.Repeat("x", 2*smallFile))
	counts, failed := restoreAll(t, target, Options{Clash: Replace}, large)
	if len(failed) > 0 || counts.Files != 1 {
		t.Errorf("got %+v, %v", counts, failed)
	}
	if _, err := os.Stat(part); err != nil {
		t.Error(err)
	}
}

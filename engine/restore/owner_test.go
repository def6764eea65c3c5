package restore

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

func TestOwner(t *testing.T) {
	named := file("file", "x")
	named.entry.User, named.entry.Group = "root", "no such group"
	named.entry.UID, named.entry.GID = 12345, 54321
	rows := map[Owner][2]uint32{ByName: {0, 54321}, ByNumber: {12345, 54321}, None: {0, uint32(os.Getegid())}}
	for owner, want := range rows {
		if !isRoot() {
			want = [2]uint32{uint32(os.Geteuid()), uint32(os.Getegid())}
		}
		target := t.TempDir() + "/new"
		var r report
		counts, _ := restoreAll(t, target, Options{Owner: owner, Watch: r.watch()}, named)
		var st unix.Stat_t
		must(t, unix.Stat(target+"/file", &st))
		if got := [2]uint32{st.Uid, st.Gid}; got != want || counts.Inexact != 0 || len(r.problems) > 0 {
			t.Errorf("%v: got %v, %+v, %v, want %v", owner, got, counts, r.problems, want)
		}
	}
}

// A user gives what he restores to the groups that he is in, and to no others.
func TestGroupsOfAUser(t *testing.T) {
	const mine, foreign = 54321, 54322
	rows := []struct {
		name  string
		owner Owner
		gid   uint32
		want  uint32
	}{
		{"one of mine", ByNumber, mine, mine},
		{"one of mine, without a name here", ByName, mine, mine},
		{"another", ByNumber, foreign, uint32(os.Getegid())},
		{"nobody's", None, mine, uint32(os.Getegid())},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			target := t.TempDir() + "/new"
			var r report
			w, err := Open(target, Options{Owner: row.owner, Watch: r.watch()})
			must(t, err)
			want := row.want
			w.root = false
			if isRoot() {
				w.groups = []int{mine}
			} else if want == mine {
				want = uint32(os.Getegid())
			}
			f, d := file("dir/file", "x"), dir("dir")
			f.entry.UID, f.entry.GID, f.entry.Group = 12345, row.gid, "no such group"
			f.entry.Mode = 0o2750
			d.entry.UID, d.entry.GID = 12345, row.gid
			must(t, d.put(t.Context(), w))
			must(t, f.put(t.Context(), w))
			counts, err := w.Close(t.Context())
			if err != nil || counts.Inexact > 0 || len(r.problems) > 0 {
				t.Errorf("got %+v, %v, %v", counts, r.problems, err)
			}
			for _, path := range []string{"/dir", "/dir/file"} {
				var st unix.Stat_t
				must(t, unix.Stat(target+path, &st))
				if st.Uid != uint32(os.Geteuid()) || st.Gid != want {
					t.Errorf("%s: got %d:%d, want %d:%d", path, st.Uid, st.Gid, os.Geteuid(), want)
				}
			}
			var st unix.Stat_t
			must(t, unix.Stat(target+"/dir/file", &st))
			if st.Mode&0o7777 != 0o2750 {
				t.Errorf("got mode %o", st.Mode&0o7777)
			}
		})
	}
}

// Files that are there already are given to whom they belong without being
// written.
func TestOwnerOfWhatIsThere(t *testing.T) {
	if !isRoot() {
		t.Log("only root gives files away, which TestOwner is about")
		return
	}
	target := t.TempDir()
	must(t, os.WriteFile(target+"/file", []byte("x"), 0o600))
	f := file("file", "x")
	f.entry.User, f.entry.UID, f.entry.GID, f.entry.Mode = "root", 12345, 54321, 0o4711
	for owner, want := range map[Owner][2]uint32{ByNumber: {12345, 54321}, ByName: {0, 54321}} {
		w, err := Open(target, Options{Clash: Replace, Owner: owner})
		must(t, err)
		f.putPresent(t, w)
		counts, err := w.Close(t.Context())
		must(t, err)
		var st unix.Stat_t
		must(t, unix.Stat(target+"/file", &st))
		if st.Uid != want[0] || st.Gid != want[1] || st.Mode&0o7777 != 0o4711 || counts.Same != 1 {
			t.Errorf("%v: got %d:%d %o, %+v, want %v", owner, st.Uid, st.Gid, st.Mode, counts, want)
		}
	}
}

// A user cannot set what belongs to another, so that it is made anew.
func TestWhatBelongsToAnother(t *testing.T) {
	if !isRoot() {
		t.Log("only root makes files of others")
		return
	}
	target := t.TempDir()
	f, l := file("file", "x"), link("link", "target")
	must(t, os.WriteFile(target+"/file", []byte("x"), 0o600))
	must(t, os.Symlink("target", target+"/link"))
	must(t, os.Lchown(target+"/file", 12345, 12345))
	must(t, os.Lchown(target+"/link", 12345, 12345))
	w, err := Open(target, Options{Clash: Replace})
	must(t, err)
	w.root = false
	if w.FindSame(t.Context(), &f.entry) != nil {
		t.Error("taken for the file")
	}
	must(t, f.put(t.Context(), w))
	must(t, l.put(t.Context(), w))
	counts, err := w.Close(t.Context())
	must(t, err)
	for _, path := range []string{"/file", "/link"} {
		var st unix.Stat_t
		must(t, unix.Lstat(target+path, &st))
		if st.Uid != uint32(os.Geteuid()) || counts.Inexact > 0 || counts.Same > 0 {
			t.Errorf("%s: it belongs to %d, %+v", path, st.Uid, counts)
		}
	}
}

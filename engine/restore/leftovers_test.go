package restore

import (
	"os"
	"testing"

	"github.com/varve-backup/varve/engine/internal/fsat"
	"golang.org/x/sys/unix"
)

func TestNamesOfLeftovers(t *testing.T) {
	w, err := Open(t.TempDir()+"/new", Options{})
	must(t, err)
	defer w.Close(t.Context())
	for name, want := range map[string]bool{
		w.tempName(): true, ".varve-restore-ABCDEFGH-1": true, ".varve-restore-ABCDEF27-1234": true, ".varve-restore-ABCDEFGH-": false,
		".varve-restore-ABCDEFGH-x": false, ".varve-restore-abcdefgh-1": false, ".varve-restore-": false, "x.varve-restore-ABCDEFGH-1": false,
		partNamesOf("x").part: false, ".varve-restore-ABCDEFGHI-1": false, "": false,
	} {
		if isTemp(name) != want {
			t.Errorf("%q: got %v", name, !want)
		}
	}
}

// What a killed run left goes, unless another one may be at work.
func TestLeftoversGo(t *testing.T) {
	const left = ".varve-restore-ABCDEFGH-17"
	for _, living := range []bool{false, true} {
		target := t.TempDir()
		must(t, os.Mkdir(target+"/dir", 0o755))
		must(t, os.WriteFile(target+"/"+left, nil, 0o600))
		must(t, os.WriteFile(target+"/dir/"+left, nil, 0o600))
		must(t, os.WriteFile(target+"/.varve-restore-mine", nil, 0o600))
		if living {
			fd, err := fsat.Open(unix.AT_FDCWD, target, fsat.FolderFlags, 0)
			must(t, err)
			defer unix.Close(fd)
			must(t, unix.Flock(fd, unix.LOCK_EX))
		}
		restoreAll(t, target, Options{Clash: Replace, DryRun: true}, dir("dir"))
		if _, err := os.Stat(target + "/" + left); err != nil {
			t.Errorf("a dry run removed something: %v", err)
		}
		counts, failed := restoreAll(t, target, Options{Clash: Replace}, dir(""), dir("dir"), file("dir/file", "x"))
		if len(failed) > 0 || counts.Files != 1 {
			t.Errorf("got %+v, %v", counts, failed)
		}
		want := map[string]string{"dir": "/", "dir/file": "x", ".varve-restore-mine": ""}
		if living {
			want[left], want["dir/"+left] = "", ""
		}
		equal(t, content(t, target), want)
	}
}

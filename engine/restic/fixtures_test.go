package restic

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/varve-backup/varve/backends/local"
	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/restic/crypto"
	"github.com/varve-backup/varve/engine/restore"
)

const passphrase = "varve-fixture"

// unpack unpacks a fixture, and returns the folder of the repository in it.
func unpack(t testing.TB, name string) string {
	t.Helper()
	dir := t.TempDir()
	if out, err := exec.Command("tar", "-xzf", filepath.Join("testdata", name+".tar.gz"), "-C", dir).CombinedOutput(); err != nil {
		t.Fatalf("unpacking %s: %v\n%s", name, err, out)
	}
	found, err := filepath.Glob(filepath.Join(dir, "*", "config"))
	if err != nil || len(found) != 1 {
		t.Fatalf("%s holds %q, %v", name, found, err)
	}
	return filepath.Dir(found[0])
}

func configFor(t testing.TB, dir string) Config {
	t.Helper()
	s, err := local.Open(dir, local.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	return Config{
		Store: s, CacheDir: t.TempDir(), Passphrase: func() (string, error) { return passphrase, nil },
		Host: "lake", User: "ada", Program: "varve test", Now: time.Now, Watch: repository.Ignore(),
		KeyCost: crypto.Cost{N: 1 << 10, R: 8, P: 1},
	}
}

func openAt(t testing.TB, dir string) *Repository {
	t.Helper()
	r, err := Open(t.Context(), configFor(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// Every repository that restic wrote comes back as it was.
func TestRestoreWhatResticWrote(t *testing.T) {
	for _, name := range []string{"restic-0.14", "restic-0.14-format1", "restic-0.19"} {
		t.Run(name, func(t *testing.T) {
			r := openAt(t, unpack(t, name))
			snapshots, err := r.Snapshots(t.Context())
			if err != nil || len(snapshots) != 2 {
				t.Fatalf("%d snapshots, %v", len(snapshots), err)
			}
			for i, s := range snapshots {
				target := filepath.Join(t.TempDir(), "target")
				restoreTo(t, r, &s, target)
				compareTable(t, target, fmt.Sprintf("testdata/state-%d.tsv", 2-i))
			}
		})
	}
}

// restoreTo restores a snapshot, and fails for everything that does not come.
func restoreTo(t testing.TB, r *Repository, s *Snapshot, target string) {
	t.Helper()
	c, err := r.Contents(t.Context(), s, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	watch := repository.Ignore()
	watch.Problem = func(path string, kind repository.Problem, err error) { t.Errorf("%q: %d %v", path, kind, err) }
	out, err := restore.Open(target, restore.Options{Watch: watch})
	if err != nil {
		t.Fatal(err)
	}
	for {
		item, err := c.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if item == nil {
			break
		}
		if err := putItem(t, out, item); err != nil {
			t.Errorf("%q: %v", item.Path, err)
		}
	}
	if _, err := out.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if err := errors.Join(c.Lost()...); err != nil {
		t.Error(err)
	}
}

func putItem(t testing.TB, out *restore.Writer, item *Item) error {
	if item.Type != repository.File {
		return out.Put(t.Context(), &item.Entry, nil)
	}
	content, err := item.Open()
	if err != nil {
		return err
	}
	return errors.Join(out.Put(t.Context(), &item.Entry, content), content.Close())
}

// compareTable compares a folder with a table of what should be in it.
func compareTable(t *testing.T, root, table string) {
	t.Helper()
	f, err := os.Open(table)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	want := map[string]string{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		path, rest, _ := strings.Cut(lines.Text(), "\t")
		want[path] = rest
	}
	delete(want, "path")
	err = filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || path == root {
			return err
		}
		name, got := describe(t, root, path)
		if want[name] != got {
			t.Errorf("%s:\n got %s\nwant %s", name, got, want[name])
		}
		delete(want, name)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range want {
		t.Errorf("%s did not come back", name)
	}
	checkXattr(t, filepath.Join(root, "one"))
}

func checkXattr(t *testing.T, path string) {
	t.Helper()
	var value [100]byte
	n, err := unix.Lgetxattr(path, "user.comment", value[:])
	if errors.Is(err, unix.ENOTSUP) {
		return // a file system without attributes
	}
	if err != nil || string(value[:n]) != "an \x00 attribute" {
		t.Errorf("the attribute of %s is %q, %v", path, value[:max(n, 0)], err)
	}
}

// describe makes the line of the table for an item.
func describe(t *testing.T, root, path string) (name, line string) {
	t.Helper()
	name, err := filepath.Rel(root, path)
	if err != nil {
		t.Fatal(err)
	}
	name = strings.NewReplacer(`\`, `\\`, "\t", `\t`).Replace(name)
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	st := info.Sys().(*syscall.Stat_t)
	kind, size, links, what := "file", info.Size(), uint64(st.Nlink), ""
	switch {
	case info.IsDir():
		kind, size, links = "dir", 0, 1
	case info.Mode()&fs.ModeSymlink != 0:
		kind, size, links = "symlink", 0, 1
		what, err = os.Readlink(path)
	case info.Mode()&fs.ModeNamedPipe != 0:
		kind, size, links = "fifo", 0, 1
	default:
		var content []byte
		content, err = os.ReadFile(path)
		what = fmt.Sprintf("%x", sha256.Sum256(content))
	}
	if err != nil {
		t.Fatal(err)
	}
	return name, fmt.Sprintf("%s\t%04o\t%d\t%d\t%d\t%s", kind, st.Mode&0o7777, info.ModTime().UnixNano(), size, links, what)
}

// A file that happens to be named config is no repository, and is not
// overwritten by one.
func TestConfigOfSomebodyElse(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, configName), "colour = blue")
	c := configFor(t, dir)
	if there, err := Exists(t.Context(), c.Store); there || err != nil {
		t.Errorf("taken for a repository: %v, %v", there, err)
	}
	if r, err := Create(t.Context(), c); !errors.Is(err, ErrExists) {
		t.Errorf("got %v, %v, want ErrExists", r, err)
	}
	if there, err := Exists(t.Context(), configFor(t, unpack(t, "restic-0.14")).Store); !there || err != nil {
		t.Errorf("a repository is not found: %v, %v", there, err)
	}
}

package tree

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/varve-backup/varve/engine/restic/id"
)

// oddNames are files of the real backup: what quoting treats apart.
var oddNames = []string{
	"plain.txt", "bad \xff\xfe name", `q"uo\te`, "\u2028\u2029", "a<b>&c", "line\nbreak\ttab\a\b\v\f\r\x01\x7f", "Südtirol 日本 😀",
	"u\u0308 apart", "nbsp\u00a0\ufeff", "\xed\xa0\x80", `\xff`, `\u0041`, "...", " ", "\ufffd", "-rf", "%s", "'", "\U0010ffff",
	strings.Repeat("long", 63), strings.Repeat("\xff", 255),
}

// Trees of the real restic are read as what is on disk, and encoded again they
// are the same bytes. It runs in a zone with an offset, which restic stores.
func TestTreesOfRealRestic(t *testing.T) {
	dir := makeOddFiles(t)
	r := newRestic(t)
	r.run(dir, "backup", ".", "--quiet")
	checkTree(t, r, r.rootTree(), dir)
}

// checkTree compares one directory, and those below it.
func checkTree(t *testing.T, r restic, tree, dir string) {
	t.Helper()
	b := r.run(dir, "cat", "blob", tree)
	if id.Of(b).String() != tree {
		t.Fatalf("restic gave other bytes than those of %s", tree)
	}
	nodes, err := decode(b)
	if err != nil {
		t.Fatalf("%v\n%s", err, b)
	}
	sameBytes(t, encode(t, nodes), replacedTarget(b))
	var names []string
	for _, n := range nodes {
		names = append(names, n.Name)
		checkNode(t, n, filepath.Join(dir, n.Name))
		if n.Type == Dir {
			checkTree(t, r, n.Subtree.String(), filepath.Join(dir, n.Name))
		}
	}
	if want := namesIn(t, dir); !slices.Equal(names, want) {
		t.Errorf("got names %q, want %q", names, want)
	}
}

// replacedTarget is b without the one loss of releases before 0.16: they had no
// linktarget_raw, and once read the escape is a real replacement character.
func replacedTarget(b []byte) []byte {
	if bytes.Contains(b, []byte("linktarget_raw")) {
		return b
	}
	return bytes.ReplaceAll(b, []byte(`"linktarget":"bad\ufffd"`), []byte(`"linktarget":"bad`+"\ufffd"+`"`))
}

// namesIn lists what restic backs up: all but sockets.
func namesIn(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Type()&fs.ModeSocket == 0 {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names
}

func checkNode(t *testing.T, n *Node, path string) {
	t.Helper()
	var st unix.Stat_t
	if err := unix.Lstat(path, &st); err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	if n.Mode != uint32(info.Mode()) || Perm(n.Mode) != st.Mode&0o7777 || Mode(n.Type.Entry(), st.Mode) != n.Mode {
		t.Errorf("%q: got mode %o, want %v", path, n.Mode, info.Mode())
	}
	if !n.ModTime.Equal(info.ModTime()) || n.UID != st.Uid || n.GID != st.Gid || n.Inode != st.Ino {
		t.Errorf("%q: got %+v", path, n)
	}
	if n.Type == File && (n.Size != uint64(st.Size) || n.Links != uint64(st.Nlink)) {
		t.Errorf("%q: got size %d, links %d", path, n.Size, n.Links)
	}
	if n.Type == CharDevice && n.Device != st.Rdev {
		t.Errorf("%q: got device %d, want %d", path, n.Device, st.Rdev)
	}
	checkTarget(t, n, path)
	checkXattrs(t, n, path)
}

func checkTarget(t *testing.T, n *Node, path string) {
	t.Helper()
	want, err := os.Readlink(path)
	if err != nil && n.Type != Symlink {
		return
	}
	if n.LinkTarget != want && n.LinkTarget != strings.ToValidUTF8(want, "\ufffd") {
		t.Errorf("%q: got target %q, want %q", path, n.LinkTarget, want)
	}
}

func checkXattrs(t *testing.T, n *Node, path string) {
	t.Helper()
	for _, x := range n.Xattrs {
		value := make([]byte, 4096)
		size, err := unix.Lgetxattr(path, x.Name, value)
		if err != nil || !bytes.Equal(x.Value, value[:size]) {
			t.Errorf("%q: got %s = %q, want %q, %v", path, x.Name, x.Value, value[:max(size, 0)], err)
		}
	}
	if strings.HasSuffix(path, "xattrs") && len(n.Xattrs) < 3 {
		t.Errorf("%q: got %d attributes", path, len(n.Xattrs))
	}
}

// makeOddFiles makes a directory with something of every kind.
func makeOddFiles(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	at := func(name string) string { return filepath.Join(dir, name) }
	for i, name := range oddNames {
		must(os.WriteFile(at(name), bytes.Repeat([]byte(name), i), 0o600))
		when := time.Unix(1_000_000_000+int64(i)*10_000_000, int64(i)*111_111_110)
		must(os.Chtimes(at(name), when, when.Add(time.Hour)))
	}
	must(os.Mkdir(at("sub"), 0o700))
	must(os.Mkdir(at("sub/empty"), 0o700))
	must(os.Symlink("bad\xff", at("sub/badlink")))
	must(os.Symlink("täl<k>&\u2028 \"q\" \\x", at("goodlink")))
	must(os.Link(at("plain.txt"), at("hardlink")))
	must(unix.Mkfifo(at("fifo"), 0o640))
	must(unix.Mknod(at("socket"), unix.S_IFSOCK|0o600, 0))
	if err := unix.Mknod(at("chardev"), unix.S_IFCHR|0o600, int(unix.Mkdev(1, 3))); err != nil && !errors.Is(err, fs.ErrPermission) {
		t.Fatal(err)
	}
	must(os.WriteFile(at("xattrs"), nil, 0o644))
	must(unix.Setxattr(at("xattrs"), "user.empty", nil, 0))
	must(unix.Setxattr(at("xattrs"), "user.binary", []byte("\x00\xff<&>\n"), 0))
	must(unix.Setxattr(at("xattrs"), "user.ü\u2028<", []byte("text"), 0))
	must(os.Chmod(at("plain.txt"), 0o640|fs.ModeSetuid|fs.ModeSetgid|fs.ModeSticky))
	must(os.Chmod(at("sub"), 0o755|fs.ModeSetgid|fs.ModeSticky))
	return dir
}

// restic runs the real program on a repository of its own.
type restic struct {
	t    *testing.T
	repo string
}

func newRestic(t *testing.T) restic {
	t.Helper()
	r := restic{t, filepath.Join(t.TempDir(), "repo")}
	r.run("", "init", "--quiet")
	return r
}

func (r restic) run(dir string, args ...string) []byte {
	r.t.Helper()
	cmd := exec.CommandContext(r.t.Context(), "restic", append(args, "--no-cache")...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "RESTIC_REPOSITORY="+r.repo, "RESTIC_PASSWORD=test", "TZ=Europe/Berlin", "RESTIC_PASSWORD_FILE=")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		r.t.Fatalf("restic %q: %v\n%s", args, err, &stderr)
	}
	return out
}

// rootTree returns the tree of the only snapshot.
func (r restic) rootTree() string {
	r.t.Helper()
	const key = `"tree":"`
	_, rest, found := strings.Cut(string(r.run("", "snapshots", "--json")), key)
	if !found || len(rest) < 2*id.Size {
		r.t.Fatal("no snapshot")
	}
	return rest[:2*id.Size]
}

package engine_test

import (
	"bufio"
	"cmp"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/sys/unix"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/secret"
)

const fixtures = "duplicity/testdata"

// fixture is an archive that a real duplicity wrote.
type fixture struct {
	name     string
	mode     engine.EncryptionMode
	prefixes engine.Prefixes
	expected string // where the tables are, when it is not name
}

var archives = []fixture{
	{name: "plain", mode: engine.EncryptNone},
	{name: "sym"},
	{name: "pubkey", mode: engine.EncryptKeys},
	{name: "hidden-signed", mode: engine.EncryptKeys},
	{name: "gnu-tar-py27", mode: engine.EncryptNone},
	{name: "xversion"},
	{name: "short-names"},
	{name: "old-filenames", mode: engine.EncryptNone, prefixes: engine.Prefixes{TimeSeparator: "_"}},
	{name: "prefixes", mode: engine.EncryptNone, prefixes: engine.Prefixes{All: "pre-", Archive: "arc-", Manifest: "man-", Signature: "sig-"}},
	{name: "uncompressed", mode: engine.EncryptNone},
	{name: "jsonstat", mode: engine.EncryptNone},
	{name: "empty-inc", mode: engine.EncryptNone},
	{name: "par2", mode: engine.EncryptNone},
	{name: "restarted", mode: engine.EncryptNone},
	{name: "restarted-shrunk", mode: engine.EncryptNone},
	{name: "replicated", mode: engine.EncryptNone, expected: "restarted"},
	{name: "tar-eof-trap"},
}

// tables are the files that say what each state of an archive holds.
func (f *fixture) tables(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(fixtures, cmp.Or(f.expected, f.name), "expected-*.tsv"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no tables for %s", f.name)
	}
	return paths
}

// Every archive comes back at every point in time as the real duplicity
// brought it back, and real duplicity's own failures are not ours.
func TestRestoreWhatDuplicityWrote(t *testing.T) {
	t.Setenv("GNUPGHOME", gnupgHome(t))
	for _, f := range archives {
		t.Run(f.name, func(t *testing.T) {
			for _, path := range f.tables(t) {
				var state int
				fmt.Sscanf(filepath.Base(path), "expected-%d.tsv", &state)
				t.Run(fmt.Sprint(state), func(t *testing.T) { f.check(t, state, path) })
			}
		})
	}
}

func (f *fixture) check(t *testing.T, state int, table string) {
	target := filepath.Join(t.TempDir(), "target")
	job := newEngine(t).Restore(engine.RestorePlan{
		Destination: f.destination(), At: time.Unix(1700000000+int64(state)*86400, 0), Target: target,
	})
	if err := job.Run(t.Context(), failOnProblem(t)); err != nil {
		t.Fatal(err)
	}
	compareTable(t, target, table)
}

func (f *fixture) destination() engine.Destination {
	return engine.Destination{
		URL: "file://" + filepath.Join(fixtures, f.name, "repo"), Prefixes: f.prefixes,
		Encryption: engine.Encryption{Mode: f.mode, Passphrase: secret.New("varve-fixture")},
	}
}

func newEngine(t testing.TB) *engine.Engine {
	t.Helper()
	return engine.New(engine.Config{ArchiveDir: t.TempDir(), TempDir: t.TempDir()})
}

// failOnProblem fails the test for every item that needs attention.
func failOnProblem(t testing.TB) func(engine.Event) {
	return func(e engine.Event) {
		if p, ok := e.(engine.FileProblem); ok {
			t.Errorf("%q: %d %v", p.Path, p.Problem, p.Err)
		}
	}
}

// gnupgHome makes a GnuPG home with the fixtures' keys.
func gnupgHome(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "vg")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = exec.Command("gpgconf", "--homedir", dir, "--kill", "all").Run() // it may never have started
		os.RemoveAll(dir)
	})
	for _, key := range []string{"test-rsa.sec.asc", "test-ecc.sec.asc"} {
		out, err := exec.Command("gpg", "--homedir", dir, "--batch", "--pinentry-mode", "loopback", "--passphrase", "varve-fixture",
			"--import", filepath.Join(fixtures, "keys", key)).CombinedOutput()
		if err != nil {
			t.Fatalf("importing %s (Debian package gnupg): %v\n%s", key, err, out)
		}
	}
	return dir
}

// compareTable compares a folder with a table of what should be in it.
func compareTable(t *testing.T, root, table string) {
	t.Helper()
	f, err := os.Open(table)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	want := map[string][]string{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if !strings.HasPrefix(lines.Text(), "#") {
			columns := strings.Split(lines.Text(), "\t")
			want[columns[0]] = columns
		}
	}
	seen := 0
	err = filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		seen++
		got := describe(t, root, path)
		w := want[got[0]]
		if w == nil {
			t.Errorf("%s should not be there", got[0])
			return nil
		}
		if os.Getuid() != 0 {
			got, w = got[:7], w[:7]
		}
		if !slices.Equal(got, w[:len(got)]) {
			t.Errorf("\n got %q\nwant %q", got, w)
		}
		return nil
	})
	if err != nil || seen != len(want) {
		t.Errorf("%d items of %d, %v", seen, len(want), err)
	}
}

// describe is the row of an item.
func describe(t *testing.T, root, path string) []string {
	t.Helper()
	var st unix.Stat_t
	if err := unix.Lstat(path, &st); err != nil {
		t.Fatal(err)
	}
	rel, _ := filepath.Rel(root, path)
	row := []string{
		escaped(rel), "file", fmt.Sprintf("%04o", st.Mode&0o7777), fmt.Sprint(st.Mtim.Sec), "-", "-", "-",
		fmt.Sprint(st.Uid), fmt.Sprint(st.Gid),
	}
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFDIR:
		row[1] = "dir"
	case unix.S_IFLNK:
		target, err := os.Readlink(path)
		if err != nil {
			t.Fatal(err)
		}
		row[1], row[3], row[6] = "symlink", "-", escaped(target)
	case unix.S_IFIFO:
		row[1] = "fifo"
	default:
		b, err := readAnyway(path, uint32(st.Mode)&0o7777)
		if err != nil {
			t.Fatal(err)
		}
		row[4], row[5] = fmt.Sprint(len(b)), fmt.Sprintf("%x", sha256.Sum256(b))
	}
	return row
}

// readAnyway reads a file that its owner may have no right to read.
func readAnyway(path string, mode uint32) ([]byte, error) {
	if mode&0o400 == 0 {
		if err := syscall.Chmod(path, mode|0o400); err != nil {
			return nil, err
		}
		defer syscall.Chmod(path, mode)
	}
	return os.ReadFile(path)
}

// escaped is how the tables write odd bytes.
func escaped(s string) string {
	var b strings.Builder
	for s != "" {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size == 1, r < ' ' && r != '\t' && r != '\n', r == 0x7f:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case r == '\\':
			b.WriteString(`\\`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\n':
			b.WriteString(`\n`)
		default:
			b.WriteString(s[:size])
		}
		s = s[size:]
	}
	return b.String()
}

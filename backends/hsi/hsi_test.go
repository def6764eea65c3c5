package hsi

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/address"
	"github.com/varve-backup/varve/backends/backendtest"
)

// rootVariable names the folder that stands for the archive, and makes the
// program of this test behave as hsi, as far as its manual says.
const rootVariable = "VARVE_TEST_HSI_ROOT"

func TestMain(m *testing.M) {
	if root := os.Getenv(rootVariable); root != "" && filepath.Base(os.Args[0]) == "hsi" {
		os.Exit(standIn(root, os.Args[1:]))
	}
	os.Exit(m.Run())
}

func standIn(root string, args []string) int {
	fmt.Fprint(os.Stderr, "Username: alice  UID: 1000  Acct: 1000(1000) Copies: 1 Firewall: off [hsi.8.3.0]\n\n")
	if words := os.Getenv("VARVE_TEST_HSI_FAILS"); words != "" {
		fmt.Fprintln(os.Stderr, words)
		return 64
	}
	if len(args) != 1 {
		return 64
	}
	err := command(root, strings.Fields(args[0]))
	switch {
	case err == nil:
		return 0
	case errors.Is(err, fs.ErrNotExist):
		fmt.Fprintln(os.Stderr, "*** "+args[0]+": HPSS_ENOENT: No such file or directory")
		return 0 // as some versions do
	}
	fmt.Fprintln(os.Stderr, "*** "+err.Error())
	return 72
}

func command(root string, words []string) error {
	path := func(i int) string { return filepath.Join(root, words[i]) }
	switch strings.Join(words[:1], "") {
	case "put":
		return copyFile(words[1], path(3))
	case "get":
		return copyFile(path(3), words[1])
	case "mv":
		return os.Rename(path(1), path(2))
	case "rm":
		return os.Remove(path(1))
	case "mkdir":
		return os.MkdirAll(path(2), 0o700)
	case "ls":
		return list(path(2), words[2])
	}
	return errors.New("unknown command")
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

func list(dir, shown string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, shown+":")
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			continue // deleted meanwhile
		}
		kind, at := "-rw-------", info.ModTime().Format("Jan _2 15:04")
		if e.IsDir() {
			kind = "drwx------"
		}
		if time.Since(info.ModTime()) > 180*24*time.Hour {
			at = info.ModTime().Format("Jan _2  2006")
		}
		fmt.Fprintf(os.Stderr, "%s   1 alice     users     %12d %s %s\n", kind, info.Size(), at, e.Name())
	}
	return nil
}

// install puts the stand-in where programs are looked for.
func install(t testing.TB) (root string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin, root := t.TempDir(), t.TempDir()
	if err := os.Symlink(self, filepath.Join(bin, "hsi")); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin)
	t.Setenv(rootVariable, root)
	return root
}

func at(t testing.TB, raw string, create bool) (backends.Store, error) {
	t.Helper()
	a, err := address.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return Kind().Open(t.Context(), a, backends.Config{Create: create})
}

func TestStore(t *testing.T) {
	install(t)
	var n atomic.Int32
	backendtest.Suite{Slow: true, Open: func(t testing.TB) backends.Store {
		s, err := at(t, fmt.Sprintf("hsi://alice@host/home/alice/%d", n.Add(1)), true)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}}.Run(t)
}

// duplicity's names lie in the archive as they are.
func TestNamesAreDuplicitys(t *testing.T) {
	root := install(t)
	s, err := at(t, "hsi://host/x", true)
	if err != nil {
		t.Fatal(err)
	}
	name := "duplicity-inc.2026-01-01T00:00:00+01:00.to.20260102T000000Z.vol1.difftar.gpg"
	if err := s.Put(t.Context(), name, backends.BytesSource("1")); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(root, "x", name)); err != nil {
		t.Error(err)
	}
}

func TestErrors(t *testing.T) {
	install(t)
	s, err := at(t, "hsi://host/x", true)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := at(t, "hsi://host/none", false); !errors.Is(err, backends.ErrNotExist) {
		t.Errorf("missing folder: %v, want ErrNotExist", err)
	}
	for _, raw := range []string{"hsi://host", "hsi://host/a%20b", "hsi://host/a%3Brm"} {
		if _, err := at(t, raw, true); !errors.Is(err, backends.ErrConfig) {
			t.Errorf("%s: %v, want ErrConfig", raw, err)
		}
	}
	for words, want := range map[string]error{
		"*** put: HPSS_EACCES: denied": backends.ErrPermission, "*** put: HPSS_ENOSPC": backends.ErrFull, "*** Authentication failed": backends.ErrAuth,
		"*** HPSS_ENOENT": backends.ErrNotExist, "something odd": backends.ErrTemporary, "connect: Connection refused": backends.ErrTemporary,
	} {
		t.Setenv("VARVE_TEST_HSI_FAILS", words)
		err := s.Put(t.Context(), "x", backends.BytesSource("x"))
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", words, err, want)
		}
		backendtest.OneClass(t, err)
	}
	t.Setenv("PATH", t.TempDir())
	_, err = at(t, "hsi://host/x", true)
	if !errors.Is(err, backends.ErrUnsupported) {
		t.Errorf("not installed: %v, want ErrUnsupported", err)
	}
	backendtest.OneClass(t, err)
}

func TestSweepAndWritable(t *testing.T) {
	root := install(t)
	s, err := at(t, "hsi://host/x", true)
	if err != nil {
		t.Fatal(err)
	}
	for name, age := range map[string]time.Duration{"varve-put-1.tmp": 72 * time.Hour, "varve-put-2.tmp": 0, "whole": 72 * time.Hour} {
		path := filepath.Join(root, "x", name)
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, time.Time{}, time.Now().Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	sweeper, _ := backends.As[backends.Sweeper](s)
	prober, _ := backends.As[backends.Prober](s)
	if err := errors.Join(sweeper.Sweep(t.Context()), prober.Writable(t.Context())); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(filepath.Join(root, "x"))
	if err != nil || len(left) != 2 {
		t.Errorf("left are %v, %v", left, err)
	}
}

func TestParseLine(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	for line, want := range map[string]string{
		"-rw-------   1 alice     users          4096 Nov 20 14:42 name":                 "name 4096 false 2026-11-20T14:42:00Z",
		"-rw-------   1 alice     users          4096 Dec 20 14:42 name":                 "name 4096 false 2025-12-20T14:42:00Z",
		"drwx------   2 alice     users           512 Nov  4  2014 dir":                  "dir 512 true 2014-11-04T00:00:00Z",
		"-rw-r-----   1 alice  users  1 DISK   77 Nov  4  2014 /home/alice/a%20b%ZZ":     "a%20b%ZZ 77 false 2014-11-04T00:00:00Z",
		"-rw-r-----   1 alice  users  77 Nov  4  2014 a%20b":                             "a b 77 false 2014-11-04T00:00:00Z",
		"-rw-r-----   1 alice  users  -7 Nov  4  2014 a":                                 "",
		"lrwxrwxrwx   1 alice  users  7 Nov  4  2014 a":                                  "",
		"-rw-r-----   1 alice  users  7 Nov 44  2014 a":                                  "",
		"Username: alice  UID: 1000  Acct: 1000(1000) Copies: 1 Firewall: off [hsi.8.3]": "",
		"":                         "",
		"/home/alice:":             "",
		"*** ls: HPSS_ENOENT: a b": "",
	} {
		got := ""
		if e, ok := parseLine(line, now); ok {
			got = fmt.Sprint(e.name, " ", e.size, " ", e.folder, " ", e.at.Format(time.RFC3339))
		}
		if got != want {
			t.Errorf("%q is %q, want %q", line, got, want)
		}
	}
}

func FuzzParseLine(f *testing.F) {
	f.Add("-rw-------   1 alice     users          4096 Nov 20 14:42 name")
	f.Fuzz(func(t *testing.T, line string) {
		if e, ok := parseLine(line, time.Unix(1790000000, 0)); ok && (e.name == "" || e.size < 0 || strings.Contains(e.name, "/")) {
			t.Errorf("%+v", e)
		}
	})
}

func FuzzEscape(f *testing.F) {
	f.Add("-a b/%41;c")
	f.Fuzz(func(t *testing.T, name string) {
		escaped := escape(name)
		if strings.ContainsAny(escaped, " ;|&<>'\"\\`$*?\n") {
			t.Errorf("%q became %q", name, escaped)
		}
		if back := unescape(escaped); !strings.Contains(name, "/") && back != name {
			t.Errorf("%q came back as %q", name, back)
		}
	})
}

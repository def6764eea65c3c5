package portable

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/varve-backup/varve/settings"
)

func ada() *Setup {
	return &Setup{
		Made: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC), Machine: "old-laptop", User: "ada", Home: "/home/ada",
		Preferences: map[string]string{"theme": "dark"},
		Jobs: []Job{{
			Name: "Letters", Folders: [][]byte{[]byte("/home/ada/Letters \xff")}, Rules: []settings.Rule{{Kind: "glob", Pattern: "**\xfe"}},
			Place:      Place{URL: "sftp://ada@nas.local/b", Options: map[string]string{"timeout": "5"}, Logins: []string{"hidden", ""}},
			Encryption: settings.Passphrase, Retention: "keep-versions=3", FullEvery: 30, Timing: settings.Timing{Every: time.Hour},
			CheckEvery: 7, CheckFor: 10, Copies: []Place{{Raw: []byte("file:///media/\xfd"), URL: "file:///media/\xfd"}}, Passphrase: "nine green boats",
		}},
	}
}

func written(t testing.TB, s *Setup, passphrase string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(t.Context(), &b, s, passphrase); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestThereAndBack(t *testing.T) {
	for _, passphrase := range []string{"", "a passphrase of its own"} {
		file := written(t, ada(), passphrase)
		if sealed := !bytes.Contains(file, []byte("Letters")); sealed != (passphrase != "") || sealed && bytes.Contains(file, []byte("nine green boats")) {
			t.Errorf("with the passphrase %q, the file begins %q", passphrase, file[:20])
		}
		got, err := Read(t.Context(), bytes.NewReader(file), passphrase)
		if err != nil || !reflect.DeepEqual(got, ada()) {
			t.Errorf("came back as %+v, %v", got, err)
		}
	}
}

// What gpg opens is not lost with this program.
func TestGnuPGOpensIt(t *testing.T) {
	if _, err := exec.LookPath("gpg"); err != nil {
		t.Fatal("gpg is missing: Debian package gnupg")
	}
	home, err := os.MkdirTemp("", "vg") // sockets in it have a limit
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(home)
	path := filepath.Join(home, "file")
	if err := os.WriteFile(path, written(t, ada(), "p"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "gpg", "--homedir", home, "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", "p", "--decrypt", path).Output()
	if err != nil || !bytes.Contains(out, []byte("nine green boats")) {
		t.Errorf("gpg says %q, %v", out, err)
	}
	_ = exec.Command("gpgconf", "--homedir", home, "--kill", "all").Run() // it may never have started
}

func TestWhatIsRefused(t *testing.T) {
	plain, sealed := written(t, ada(), ""), written(t, ada(), "p")
	altered := bytes.Clone(sealed)
	altered[len(altered)/2] ^= 1
	edit := func(old, with string) []byte {
		if !bytes.Contains(plain, []byte(old)) {
			t.Fatalf("the file does not have %q", old)
		}
		return bytes.Replace(plain, []byte(old), []byte(with), 1)
	}
	for _, c := range []struct {
		what       string
		file       []byte
		passphrase string
		want       error
	}{
		{"nothing", nil, "", ErrForeign},
		{"a text", []byte("Dear Ada"), "", ErrForeign},
		{"another JSON", []byte(`{"version": 1}`), "", ErrForeign},
		{"a list", []byte(`[1]`), "", ErrForeign},
		{"a picture", []byte("\x89PNG\r\n\x1a\n and more"), "p", ErrForeign},
		{"noise", bytes.Repeat([]byte{0xff}, 100), "p", ErrForeign},
		{"without its passphrase", sealed, "", ErrSealed},
		{"with another passphrase", sealed, "q", ErrPassphrase},
		{"cut short", plain[:len(plain)/2], "", ErrDamaged},
		{"sealed, cut short", sealed[:len(sealed)-10], "p", ErrDamaged},
		{"sealed, altered", altered, "p", ErrDamaged},
		{"of a newer program", edit(`"Version": 1`, `"Version": 2`), "", ErrNewer},
		{"without a version", edit(`"Version": 1`, `"Version": 0`), "", ErrForeign},
		{"another type", edit(`"Name": "Letters"`, `"Name": 5`), "", ErrDamaged},
		{"no name", edit(`"Name": "Letters"`, `"Name": ""`), "", ErrDamaged},
		{"no folders", edit(`"Folders": [`, `"Folders": [], "F": [`), "", ErrDamaged},
		{"a folder of nowhere", edit(`"Folders": [`, `"Folders": ["YQ==",`), "", ErrDamaged},
		{"another protection", edit(`"passphrase"`, `"rot13"`), "", ErrDamaged},
		{"a rule that is none", edit("keep-versions=3", "keep-versions=x"), "", ErrDamaged},
		{"a destination that is none", edit("sftp://ada@nas.local/b", "sftp//"), "", ErrDamaged},
		{"several that are none", edit("sftp://ada@nas.local/b", "multi:///a?mode=mirror"), "", ErrDamaged},
		{"a negative number", edit(`"FullEvery": 30`, `"FullEvery": -1`), "", ErrDamaged},
		{"far too large", bytes.Repeat([]byte(" "), largest+1), "", ErrForeign},
	} {
		s, err := Read(t.Context(), bytes.NewReader(c.file), c.passphrase)
		if s != nil || !errors.Is(err, c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, %v; want %v", c.what, s, err, c.want)
		}
	}
}

// FuzzParse: whatever a file says, what comes of it is in order.
func FuzzParse(f *testing.F) {
	f.Add(written(f, ada(), ""))
	f.Add([]byte(`{"Varve": "settings", "Version": 1, "Setup": {"Jobs": [{"Name": "a", "Folders": ["L2E="], "Encryption": "none", "Place": {"URL": "file:///b"}}]}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := Parse(text)
		if (s == nil) == (err == nil) {
			t.Fatalf("%v, %v", s, err)
		}
		if err != nil {
			return
		}
		for i := range s.Jobs {
			if err := s.Jobs[i].check(); err != nil {
				t.Errorf("taken, though %v", err)
			}
		}
		again, err := Parse(written(t, s, ""))
		if err != nil || len(again.Jobs) != len(s.Jobs) {
			t.Errorf("not taken again: %v", err)
		}
	})
}

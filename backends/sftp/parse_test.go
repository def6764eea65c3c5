package sftp

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/varve-backup/varve/backends"
)

func TestWords(t *testing.T) {
	for line, want := range map[string][]string{
		"": nil, " a  b\t": {"a", "b"}, `-oIdentityFile='/my backup/id' "c d"`: {"-oIdentityFile=/my backup/id", "c d"}, `a\ b '\' ""`: {"a b", `\`, ""},
		"a\nb": {"a", "b"},
	} {
		if got, err := words(line); !slices.Equal(got, want) || err != nil {
			t.Errorf("%q: %q, %v, want %q", line, got, err, want)
		}
	}
	for _, word := range []string{"", "a b", "it's", `\'"$x`, "'"} {
		if got, err := exec.Command("sh", "-c", "printf %s "+quoted(word)).Output(); err != nil || string(got) != word {
			t.Errorf("%q became %q, %v", word, got, err)
		}
	}
}

func TestOptions(t *testing.T) {
	got, err := parseOptions("-oPort=22 -o 'IdentityFile = /a b' -i k -J x -p7 -oUser=me -C -4 -6 -oCompression=no")
	want := given{
		{"port", "22"},
		{"identityfile", "/a b"},
		{"identityfile", "k"},
		{"proxyjump", "x"},
		{"port", "7"},
		{"user", "me"},
		{"compression", "yes"},
		{"addressfamily", "inet"},
		{"addressfamily", "inet6"},
		{"compression", "no"},
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
}

func TestHops(t *testing.T) {
	for text, want := range map[string][]place{
		"": nil, "none": nil, "a": {{host: "a"}}, "u@a:7, ssh://b": {{"a", "u", 7}, {host: "b"}}, "[::1]:22,::2": {{"::1", "", 22}, {host: "::2"}},
	} {
		if got, err := hops(text); !slices.Equal(got, want) || err != nil {
			t.Errorf("%q: %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{",", "a:", "a:x", "u@", "a:70000"} {
		if got, err := hops(text); !errors.Is(err, backends.ErrConfig) {
			t.Errorf("%q: %v, %v, want ErrConfig", text, got, err)
		}
	}
}

func TestTarget(t *testing.T) {
	env := func(name string) string {
		return map[string]string{"HOME": "/home/me", "X": "ex", "SSH_AUTH_SOCK": "/agent"}[name]
	}
	g, err := parseOptions("-F none -oHostName=%h.lan -i ~/k -i ${X}/%d/%n/%h/%p/%r/%% -oProxyCommand='nc %h %p' -oHostKeyAlias=same -oServerAliveInterval=7")
	if err != nil {
		t.Fatal(err)
	}
	s, err := newSettings("nas", g, env)
	if err != nil {
		t.Fatal(err)
	}
	got, err := resolve(place{"nas", "me", 0}, s)
	if err != nil {
		t.Fatal(err)
	}
	if got.address() != "nas.lan:22" || got.keyName() != "same:22" || got.proxyCommand != "nc nas.lan 22" || got.agent != "/agent" ||
		!slices.Equal(got.identities, []string{"/home/me/k", "ex//home/me/nas/nas.lan/22/me/%"}) || got.aliveInterval != 7*time.Second ||
		got.knownHosts[0] != "/home/me/.ssh/known_hosts" {
		t.Errorf("got %+v", got)
	}
	if six := (&target{host: "fe80::1", port: 2222}); six.address() != "[fe80::1]:2222" {
		t.Error(six.address())
	}
}

func TestParseLine(t *testing.T) {
	for line, want := range map[string]backends.Object{
		"81a4 5 100 ./a b": {Name: "a b", Size: 5, ModTime: time.Unix(100, 0)}, "100644 1 2 ./x": {}, "41ed 5 100 ./dir": {}, "81a4 -5 1 ./x": {},
		"81a4 5 100 ./../x": {}, "81a4 5 100 .": {}, "81a4 5 100 ./.varve-put-X": {}, "": {}, "x": {}, "81a4 5 100": {}, "81a4 9999999999999999999999 1 ./x": {},
		"8180 0 -3 ./ü": {Name: "ü", ModTime: time.Unix(-3, 0)},
	} {
		got, ok := parseLine(line)
		if got != want || ok != (want.Name != "") {
			t.Errorf("%q: %+v, %v", line, got, ok)
		}
	}
}

func TestParseSpace(t *testing.T) {
	const head = "Filesystem 1024-blocks Used Available Capacity Mounted on\n"
	for text, want := range map[string][2]int64{
		head + "/dev/sda1 100 40 60 40% /": {60 << 10, 100 << 10}, head + "//nas/my share 100 40 -3 103% /mnt/50% full": {0, 100 << 10},
		head + "tmpfs 8 0 8 - /run": {8 << 10, 8 << 10},
	} {
		if free, total, err := parseSpace(text); [2]int64{free, total} != want || err != nil {
			t.Errorf("%q: %d of %d, %v, want %v", text, free, total, err, want)
		}
	}
	for _, text := range []string{"", head, "a b c", head + "x 9999999999999999999 1 1 1% /"} {
		if _, _, err := parseSpace(text); !errors.Is(err, backends.ErrUnsupported) {
			t.Errorf("%q: %v, want ErrUnsupported", text, err)
		}
	}
}

func TestSayings(t *testing.T) {
	for text, want := range map[string]error{
		"sh: 1: cannot create ./x: Read-only file system": backends.ErrPermission, "cat: write error: No space left on device": backends.ErrFull,
		"cat: write error: Disk quota exceeded": backends.ErrFull, "mkdir: can't create directory 'x': Permission denied": backends.ErrPermission,
		"touch: x: File name too long": backends.ErrInvalidName, "rm: x: Operation not permitted": backends.ErrPermission, "what?": nil,
	} {
		if got := sayings(text); got != want { //nolint:errorlint // sayings returns these themselves
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
	for text, want := range map[string]bool{
		"find: 'x': Permission denied": true, "find: ./x: Permission denied\nstat: can't stat './y': No such file or directory": true,
		"find: './a': Permission denied": false, "find: ./a: Permission denied": false, "find: read error": false, "": false,
		"find: \u2018./a\u2019: Permission denied": false,
	} {
		if got := harmlessIn(text, "./a", "a/"); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

func TestChoose(t *testing.T) {
	usual, all := []string{"a1", "a2", "b1"}, []string{"a1", "a2", "b1", "w1"}
	for text, want := range map[string][]string{
		"b1,a1": {"b1", "a1"}, "+w1,a1": {"a1", "a2", "b1", "w1"}, "-a*": {"b1"}, "^b1": {"b1", "a1", "a2"}, "zz": nil, "?1": {"a1", "b1", "w1"}, "[": nil,
	} {
		if got := choose(text, usual, all); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// The question for a code is told from the one for the password.
func TestIsCode(t *testing.T) {
	for question, want := range map[string]bool{"Password: ": false, "Passwort für alice: ": false, "Verification code: ": true, "One-time password (OATH) for `alice': ": true} {
		if isCode(question) != want {
			t.Errorf("%q: %v", question, !want)
		}
	}
}

func FuzzListing(f *testing.F) {
	f.Add("81a4 5 100 ./a b\n41ed 0 0 ./dir\n", "a")
	f.Add("8180 0 -3 ./x/\xff\nrubbish\n\n", "")
	f.Fuzz(func(t *testing.T, text, prefix string) {
		all, err := parseList(strings.NewReader(text), prefix)
		for _, o := range all {
			if !validName(o.Name) || o.Size < 0 || !strings.HasPrefix(o.Name, prefix) || strings.Contains(o.Name, "\n") {
				t.Errorf("%+v", o)
			}
		}
		if err != nil && len(text) < longestLine {
			t.Error(err)
		}
		if free, total, err := parseSpace(text); err == nil && (free < 0 || total < 0) {
			t.Errorf("%d of %d", free, total)
		}
	})
}

func FuzzOptions(f *testing.F) {
	f.Add("-oPort=22 -i 'a b' -J u@h:1,[::1]:2")
	f.Fuzz(func(t *testing.T, line string) {
		g, err := parseOptions(line)
		if err != nil {
			if !errors.Is(err, backends.ErrConfig) {
				t.Error(err)
			}
			return
		}
		for _, s := range g {
			_, _ = hops(s.value)
			if strings.IndexByte("+-^", (s.value + "x")[0]) >= 0 {
				_ = choose(s.value, nil, ssh.SupportedAlgorithms().Ciphers)
			}
		}
	})
}

// What is left of a file of known hosts is what the library reads.
func FuzzKnownHosts(f *testing.F) {
	const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0cPhXzVv1NpTn5UBgqmC1oM/NMcPbRCcRxvYsmYgVA"
	f.Add("# x\nnas " + key + "\n@revoked * " + key + "\n|1|AAAA|BBBB " + key + "\nbad\n")
	f.Add("nas,[::1]:22,!no*,?x " + key + " comment\n@cert-authority *.lan " + key)
	f.Fuzz(func(t *testing.T, text string) {
		clean := string(readable([]byte(text)))
		if strings.Count(clean, "\n") != strings.Count(text, "\n") {
			t.Error("lines have other numbers")
		}
		path := t.TempDir() + "/known"
		h := &hostKeys{target: &target{host: "nas", port: 22, knownHosts: []string{path}}}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		known, done, err := h.load()
		if err != nil {
			t.Fatalf("%q: %v", clean, err)
		}
		defer done()
		_ = known("nas:22", &net.TCPAddr{}, noKey{})
	})
}

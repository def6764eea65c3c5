package openpgp

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// What gpg itself says of keys that it made is read.
func TestKeys(t *testing.T) {
	home, err := os.MkdirTemp("", "g") // its socket needs a short name
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = exec.Command("gpgconf", "--homedir", home, "--kill", "all").Run() // it may never have started
		os.RemoveAll(home)
	})
	gpg := func(args ...string) {
		t.Helper()
		out, err := exec.CommandContext(t.Context(), "gpg", append([]string{"--homedir", home, "--batch", "--pinentry-mode", "loopback", "--passphrase", ""}, args...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("gpg (Debian: gnupg) %v: %v\n%s", args, err, out)
		}
	}
	if keys, err := Keys(t.Context(), home); err != nil || len(keys) != 0 {
		t.Fatalf("an empty keyring has %v, %v", keys, err)
	}
	gpg("--quick-generate-key", "Ada: of the lake <ada@example.org>", "future-default", "default", "1y")
	gpg("--quick-generate-key", "Signs only <s@example.org>", "ed25519", "sign", "never")
	gpg("--quick-generate-key", "Ben <ben@example.org>", "future-default", "default", "never")
	keys, err := Keys(t.Context(), home)
	if err != nil || len(keys) != 3 {
		t.Fatalf("got %+v, %v", keys, err)
	}
	ada, signs, ben := keys[0], keys[1], keys[2]
	if ada.User != "Ada: of the lake <ada@example.org>" || len(ada.Fingerprint) != 40 || !ada.Secret || !ada.Encrypts || !ada.Signs || ada.Expires.Before(time.Now()) {
		t.Errorf("Ada's key is %+v", ada)
	}
	if signs.Encrypts || !signs.Signs || !signs.Expires.IsZero() {
		t.Errorf("the key that only signs is %+v", signs)
	}
	if err := os.RemoveAll(filepath.Join(home, "private-keys-v1.d")); err != nil {
		t.Fatal(err)
	}
	gpg("--delete-keys", "--yes", signs.Fingerprint)
	if keys, err = Keys(t.Context(), home); err != nil || len(keys) != 2 || keys[1].Fingerprint != ben.Fingerprint || keys[1].Secret || keys[1].Signs || !keys[1].Encrypts {
		t.Errorf("without secret parts: %+v, %v", keys, err)
	}
}

func TestKeysThatCannotBeUsed(t *testing.T) {
	const text = "tru::1:1:0:3:1:5\n" +
		"pub:e:255:22:AA:1:2::u:::sc::::::23::0:\nfpr:::::::::AAAA:\nuid:e::::1::X::Old <o@example.org>::::::::::0:\n" +
		"pub:u:255:22:BB:1:::u:::scESCD::::::23::0:\nfpr:::::::::BBBB:\n" +
		"pub:u:255:22:CC:1:::u:::scESC::::::23::0:\nfpr:::::::::CCCC:\nuid:r::::1::X::Gone <g@example.org>::::::::::0:\nuid:u::::1::X::A\\x3ab \\xzz \\x::::::::::0:\nsub:u:255:18:DD:1::::::e::::::23:\nfpr:::::::::DDDD:\n"
	keys := parseKeys([]byte(text))
	if len(keys) != 1 || keys[0].Fingerprint != "CCCC" || keys[0].User != `A:b \xzz \x` {
		t.Errorf("got %+v", keys)
	}
}

func FuzzParseKeys(f *testing.F) {
	f.Add([]byte("pub:u:255:22:CC:1:::u:::scESC::::::23::0:\nfpr:::::::::CCCC:\nuid:u::::1::X::A\\x3ab::::::::::0:\n"))
	f.Add([]byte("fpr:\nuid\npub"))
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, k := range parseKeys(text) {
			if len(k.User) > len(text) {
				t.Error("a name out of nothing")
			}
		}
	})
}

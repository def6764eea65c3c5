package openpgp

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

const passphrase = "varve-fixture"

// home makes a GnuPG home with the test keys. Its path is short: sockets in
// it have a limit.
func home(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "vg")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = exec.Command("gpgconf", "--homedir", dir, "--kill", "all").Run() // it may never have started
		os.RemoveAll(dir)
	})
	if _, err := exec.LookPath("gpg"); err != nil {
		t.Fatal("gpg is missing: Debian package gnupg")
	}
	for _, key := range []string{"test-rsa.sec.asc", "test-ecc.sec.asc"} {
		out, err := exec.Command("gpg", "--homedir", dir, "--batch", "--pinentry-mode", "loopback", "--passphrase", passphrase,
			"--import", filepath.Join("testdata", key)).CombinedOutput()
		if err != nil {
			t.Fatalf("importing %s: %v\n%s", key, err, out)
		}
	}
	return dir
}

const (
	rsaKey = "19B937B8456A77ED3B0B69ED5F2A64CEB9D8E218"
	eccKey = "19B441E01005E24941D0BE69B75E68A49596739C"
)

// Every message was made by gpg in the way that testdata/index.tsv tells.
func TestMessagesOfGnuPG(t *testing.T) {
	want := read(t, "testdata/plaintext.bin")
	d := decrypter(t, DecryptConfig{Passphrases: []string{passphrase}, GnuPGHome: home(t)})
	paths, err := filepath.Glob("testdata/*.gpg")
	if err != nil || len(paths) < 30 {
		t.Fatalf("%d messages, %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			got, err := decrypt(d, iotest.HalfReader(bytes.NewReader(read(t, path))))
			if strings.Contains(path, "tampered") || strings.Contains(path, "truncated") {
				if !errors.Is(err, ErrDamaged) {
					t.Errorf("got %v, want ErrDamaged", err)
				}
				return
			}
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("%d bytes of %d, %v", len(got), len(want), err)
			}
		})
	}
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func decrypter(t testing.TB, c DecryptConfig) *Decrypter {
	t.Helper()
	d, err := NewDecrypter(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func decrypt(d *Decrypter, src io.Reader) ([]byte, error) {
	r, err := d.Decrypt(src)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(r)
	return b, errors.Join(err, r.Close())
}

func encrypt(t testing.TB, c EncryptConfig, content []byte) []byte {
	t.Helper()
	e, err := NewEncrypter(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	m, err := e.Encrypt(&out)
	if err != nil {
		t.Fatal(err)
	}
	for rest := content; len(rest) > 0; {
		n := min(len(rest), 100_001)
		if _, err := m.Write(rest[:n]); err != nil {
			t.Fatal(err)
		}
		rest = rest[n:]
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func mixed(n int) []byte {
	rnd := rand.New(rand.NewPCG(3, 4))
	b := bytes.Repeat([]byte("something to compress, "), n/46+1)[:n/2]
	for len(b) < n {
		b = append(b, byte(rnd.Uint32()))
	}
	return b
}

// gpg reads every kind of message that we write, and so do we.
func TestOurMessages(t *testing.T) {
	dir := home(t)
	for name, c := range map[string]EncryptConfig{
		"passphrase":               {Passphrase: passphrase, Compress: true},
		"passphrase, uncompressed": {Passphrase: passphrase},
		"RSA key":                  {Recipients: []string{rsaKey}, Compress: true},
		"ECC key by its short id":  {Recipients: []string{eccKey[24:]}},
		"hidden":                   {HiddenRecipients: []string{rsaKey}, Compress: true},
		"two, one of them hidden":  {Recipients: []string{rsaKey}, HiddenRecipients: []string{eccKey}, Compress: true},
		"passphrase and key":       {Passphrase: passphrase, Recipients: []string{rsaKey}, Compress: true},
		"signed":                   {Recipients: []string{rsaKey}, SignKey: eccKey, SignPassphrase: passphrase, Compress: true},
		"signed with a passphrase": {Passphrase: passphrase, SignKey: rsaKey, Compress: true},
		"signed for a hidden key":  {HiddenRecipients: []string{rsaKey}, SignKey: rsaKey},
	} {
		t.Run(name, func(t *testing.T) {
			c.GnuPGHome = dir
			for _, size := range []int{0, 1, pieceSize - 6, pieceSize - 5, 3_000_000} {
				content := mixed(size)
				sealed := encrypt(t, c, content)
				got, err := decrypt(decrypter(t, DecryptConfig{Passphrases: []string{passphrase}, GnuPGHome: dir, SignKey: c.SignKey}), bytes.NewReader(sealed))
				if err != nil || !bytes.Equal(got, content) {
					t.Errorf("we read %d bytes of %d, %v", len(got), size, err)
				}
				checkGnuPG(t, dir, sealed, content)
			}
		})
	}
}

func checkGnuPG(t *testing.T, dir string, sealed, want []byte) {
	t.Helper()
	cmd := exec.Command("gpg", "--homedir", dir, "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", passphrase, "--decrypt")
	cmd.Stdin = bytes.NewReader(sealed)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	got, err := cmd.Output()
	if err != nil || !bytes.Equal(got, want) || strings.Contains(stderr.String(), "integrity") {
		t.Errorf("gpg reads %d bytes of %d, %v: %s", len(got), len(want), err, stderr.String())
	}
}

func TestRefusals(t *testing.T) {
	dir := home(t)
	sealed := encrypt(t, EncryptConfig{Passphrase: passphrase, Compress: true}, mixed(200_000))
	forKey := encrypt(t, EncryptConfig{Recipients: []string{rsaKey}, GnuPGHome: dir}, mixed(1000))
	signed := encrypt(t, EncryptConfig{Recipients: []string{rsaKey}, SignKey: rsaKey, GnuPGHome: dir}, mixed(1000))
	empty, err := os.MkdirTemp("", "vg")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = exec.Command("gpgconf", "--homedir", empty, "--kill", "all").Run() // it may never have started
		os.RemoveAll(empty)
	})
	flip := func(at int) []byte {
		b := bytes.Clone(sealed)
		b[at] ^= 4
		return b
	}
	for _, row := range []struct {
		name    string
		config  DecryptConfig
		message []byte
		want    error
	}{
		{"wrong passphrase", DecryptConfig{Passphrases: []string{"wrong"}}, sealed, ErrWrongPassphrase},
		{"cut", DecryptConfig{Passphrases: []string{passphrase}}, sealed[:len(sealed)-1], ErrDamaged},
		{"cut in the middle", DecryptConfig{Passphrases: []string{passphrase}}, sealed[:len(sealed)/2], ErrDamaged},
		{"flipped in the middle", DecryptConfig{Passphrases: []string{passphrase}}, flip(len(sealed) / 2), ErrDamaged},
		{"flipped at the end", DecryptConfig{Passphrases: []string{passphrase}}, flip(len(sealed) - 1), ErrDamaged},
		{"empty", DecryptConfig{Passphrases: []string{passphrase}}, nil, ErrDamaged},
		{"foreign", DecryptConfig{Passphrases: []string{passphrase}}, []byte("this is some text"), ErrDamaged},
		{"no secret key", DecryptConfig{Passphrases: []string{passphrase}, GnuPGHome: empty}, forKey, ErrNoSecretKey},
		{"signed by another", DecryptConfig{Passphrases: []string{passphrase}, GnuPGHome: dir, SignKey: eccKey}, signed, ErrSigner},
		{"not signed", DecryptConfig{Passphrases: []string{passphrase}, GnuPGHome: dir, SignKey: rsaKey}, forKey, ErrSigner},
		{"wrong passphrase of a key", DecryptConfig{Passphrases: []string{"wrong"}, GnuPGHome: dir}, encrypt(t, EncryptConfig{Recipients: []string{eccKey}, GnuPGHome: dir}, nil), ErrWrongPassphrase},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := decrypt(decrypter(t, row.config), bytes.NewReader(row.message))
			if !errors.Is(err, row.want) {
				t.Errorf("%d bytes and %v, want %v", len(got), err, row.want)
			}
		})
	}
	if _, err := NewEncrypter(t.Context(), EncryptConfig{Recipients: []string{"nobody@example.org"}, GnuPGHome: dir}); !errors.Is(err, ErrNoPublicKey) {
		t.Errorf("an unknown recipient: %v", err)
	}
}

func TestClosingEarlyEndsGnuPG(t *testing.T) {
	dir := home(t)
	sealed := encrypt(t, EncryptConfig{Recipients: []string{rsaKey}, GnuPGHome: dir}, mixed(5_000_000))
	r, err := decrypter(t, DecryptConfig{GnuPGHome: dir}).Decrypt(bytes.NewReader(sealed))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(r, make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if state := r.(*gnuPGReader).cmd.ProcessState; state == nil {
		t.Error("gpg was not waited for")
	}
}

func FuzzDecrypt(f *testing.F) {
	f.Add(read(f, "testdata/sym-s2k-sha256-1024.gpg"))
	f.Add(read(f, "testdata/sym-s2k-simple-sha1.gpg"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := bytes.NewReader(b)
		head, err := readHead(newBuffered(r))
		if err != nil || len(head.symmetric) > 1 {
			return
		}
		// Any count of rounds is right, and takes its time: only cheap ones
		// are of interest here.
		for _, raw := range head.symmetric {
			if len(raw) > 14 && raw[14] > 0x60 {
				return
			}
		}
		d := &Decrypter{config: DecryptConfig{Passphrases: []string{passphrase}}, ctx: t.Context(), keys: map[string]sessionKey{}}
		buffered := newBuffered(bytes.NewReader(b))
		if head, err = readHead(buffered); err != nil || !head.native {
			return
		}
		data, err := d.open(head, buffered)
		if err != nil {
			return
		}
		c, err := newContent(data)
		if err == nil {
			_, _ = io.Copy(io.Discard, io.LimitReader(c, 1<<22)) // any error but a panic is right
		}
	})
}

func BenchmarkEncrypt(b *testing.B) {
	e, err := NewEncrypter(b.Context(), EncryptConfig{Passphrase: passphrase, Compress: true})
	if err != nil {
		b.Fatal(err)
	}
	content := mixed(8 << 20)
	b.SetBytes(int64(len(content)))
	for b.Loop() {
		m, err := e.Encrypt(io.Discard)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := m.Write(content); err != nil {
			b.Fatal(err)
		}
		if err := m.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecrypt(b *testing.B) {
	content := mixed(8 << 20)
	sealed := encrypt(b, EncryptConfig{Passphrase: passphrase, Compress: true}, content)
	d := decrypter(b, DecryptConfig{Passphrases: []string{passphrase}})
	b.SetBytes(int64(len(content)))
	for b.Loop() {
		r, err := d.Decrypt(bytes.NewReader(sealed))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, r); err != nil {
			b.Fatal(err)
		}
	}
}

package openpgp

import (
	"bytes"
	"context"
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
			sizes := []int{0, 300_000}
			if strings.HasPrefix(name, "passphrase,") {
				// A piece is full with the six bytes before the content.
				sizes = []int{0, 1, pieceSize - 6, pieceSize - 5, 3_000_000}
			}
			for _, size := range sizes {
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
	for _, row := range []struct {
		name    string
		config  DecryptConfig
		message []byte
		want    error
	}{
		{"wrong passphrase", DecryptConfig{Passphrases: []string{"wrong"}}, sealed, ErrWrongPassphrase},
		{"cut", DecryptConfig{Passphrases: []string{passphrase}}, sealed[:len(sealed)-1], ErrDamaged},
		{"cut in the middle", DecryptConfig{Passphrases: []string{passphrase}}, sealed[:len(sealed)/2], ErrDamaged},
		{"flipped in the middle", DecryptConfig{Passphrases: []string{passphrase}}, flipped(sealed, len(sealed)/2), ErrDamaged},
		{"flipped at the end", DecryptConfig{Passphrases: []string{passphrase}}, flipped(sealed, len(sealed)-1), ErrDamaged},
		{"empty", DecryptConfig{Passphrases: []string{passphrase}}, nil, ErrDamaged},
		{"foreign", DecryptConfig{Passphrases: []string{passphrase}}, []byte("this is some text"), ErrDamaged},
		{"wrong passphrase, to be signed", DecryptConfig{Passphrases: []string{"wrong"}, GnuPGHome: dir, SignKey: rsaKey}, sealed, ErrWrongPassphrase},
		{"wrong passphrases, to be signed", DecryptConfig{Passphrases: []string{"wrong", "too"}, GnuPGHome: dir, SignKey: rsaKey}, sealed, ErrWrongPassphrase},
		{"cut, for a key", DecryptConfig{GnuPGHome: dir}, forKey[:len(forKey)-1], ErrDamaged},
		{"flipped at the end, for a key", DecryptConfig{GnuPGHome: dir}, flipped(forKey, len(forKey)-1), ErrDamaged},
		{"too many passphrases", DecryptConfig{Passphrases: []string{passphrase}}, append(bytes.Repeat(sealed[:15], mostSymmetric), sealed...), ErrDamaged},
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

// The start of a message on which passphrases are tried ends inside a piece.
func TestSeveralPassphrasesForALargeMessage(t *testing.T) {
	dir := home(t)
	want := mixed(400_000)
	sealed := encrypt(t, EncryptConfig{Recipients: []string{eccKey}, GnuPGHome: dir}, want)
	forgetSecrets(t, dir)
	d := decrypter(t, DecryptConfig{Passphrases: []string{"wrong", passphrase}, GnuPGHome: dir})
	got, err := decrypt(d, bytes.NewReader(sealed))
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes of %d, %v", len(got), len(want), err)
	}
}

// A message may share the key of one that was opened before it, if that is of
// the same passphrase and not weaker than our own.
func TestKeysAreShared(t *testing.T) {
	content := mixed(1000)
	ours := encrypt(t, EncryptConfig{Passphrase: passphrase}, content)
	weaker := bytes.Clone(ours)
	weaker[stretchedSize-1] = 0 // a message of another count, which does not open
	rows := []struct {
		name   string
		opens  string
		before []byte
		shared bool
	}{
		{"ours", passphrase, ours, true},
		{"another passphrase", "another", encrypt(t, EncryptConfig{Passphrase: "another"}, content), false},
		{"nothing opened", passphrase, weaker, false},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			d := decrypter(t, DecryptConfig{Passphrases: []string{row.opens}})
			_, _ = decrypt(d, bytes.NewReader(row.before)) // one of them does not open
			next := encrypt(t, EncryptConfig{Passphrase: passphrase, Like: d}, content)
			if got := bytes.Equal(next[:stretchedSize], row.before[:stretchedSize]); got != row.shared {
				t.Errorf("shared: %v, want %v", got, row.shared)
			}
			if bytes.Equal(next, row.before) {
				t.Error("the message is the same, byte for byte")
			}
			checkGnuPG(t, home(t), next, content)
		})
	}
}

// forgetSecrets ends the agent, which may remember a passphrase.
func forgetSecrets(t *testing.T, dir string) {
	t.Helper()
	if out, err := exec.Command("gpgconf", "--homedir", dir, "--kill", "all").CombinedOutput(); err != nil {
		t.Fatalf("ending the agent: %v\n%s", err, out)
	}
}

func flipped(message []byte, at int) []byte {
	b := bytes.Clone(message)
	b[at] ^= 4
	return b
}

func TestSeveralPassphrases(t *testing.T) {
	want := read(t, "testdata/plaintext.bin")
	// Each in a home of its own: an agent remembers what was right.
	for _, name := range []string{"sym-default.gpg", "sym-TWOFISH.gpg", "sym-z-bzip2.gpg", "pk-ecc.gpg", "pk-and-sym.gpg"} {
		t.Run(name, func(t *testing.T) {
			d := decrypter(t, DecryptConfig{Passphrases: []string{"wrong", passphrase, "also wrong"}, GnuPGHome: home(t)})
			for range 2 {
				got, err := decrypt(d, bytes.NewReader(read(t, filepath.Join("testdata", name))))
				if err != nil || !bytes.Equal(got, want) {
					t.Errorf("%d bytes of %d, %v", len(got), len(want), err)
				}
			}
		})
	}
}

// What goes wrong below a message is not damage: it may be right the next time.
func TestErrorsOfTheSource(t *testing.T) {
	dir := home(t)
	errSource := errors.New("the line is down")
	c := DecryptConfig{Passphrases: []string{passphrase}, GnuPGHome: dir}
	for _, sealed := range [][]byte{
		encrypt(t, EncryptConfig{Passphrase: passphrase, Compress: true}, mixed(400_000)),
		encrypt(t, EncryptConfig{Recipients: []string{rsaKey}, GnuPGHome: dir}, mixed(400_000)),
	} {
		d := decrypter(t, c)
		for _, at := range []int{0, 1, 10, 20, 400, len(sealed) / 2, len(sealed) - 10, len(sealed)} {
			src := io.MultiReader(bytes.NewReader(sealed[:at]), iotest.ErrReader(errSource))
			if _, err := decrypt(d, src); !errors.Is(err, errSource) || errors.Is(err, ErrDamaged) {
				t.Errorf("failing after %d of %d bytes: %v", at, len(sealed), err)
			}
		}
	}
}

// Argon2 would take the two terabytes that the packet asks for.
func TestMemoryIsNotTheMessagesChoice(t *testing.T) {
	const argon2, passes, lanes, exponent = 4, 1, 1, 31
	body := append([]byte{4, 9, argon2}, make([]byte, 16)...)
	body = append(body, passes, lanes, exponent)
	if _, err := makeKey(append([]byte{0xc3, byte(len(body))}, body...), passphrase); !errors.Is(err, errUnsupported) {
		t.Errorf("got %v, want %v", err, errUnsupported)
	}
}

func TestTalkativeGnuPG(t *testing.T) {
	var c call
	c.listen(strings.NewReader(strings.Repeat("[GNUPG:] ENC_TO 0\n", 3*mostStatus)))
	if len(c.status) != mostStatus {
		t.Errorf("%d lines are kept", len(c.status))
	}
	for range 3 {
		if n, err := c.stderr.Write(make([]byte, mostStatus-1)); n != mostStatus-1 || err != nil {
			t.Errorf("wrote %d, %v", n, err)
		}
	}
	if len(c.stderr) != mostStatus {
		t.Errorf("%d bytes are kept", len(c.stderr))
	}
}

func TestCancelledLookup(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := NewEncrypter(ctx, EncryptConfig{Recipients: []string{rsaKey}, GnuPGHome: t.TempDir()})
	if !errors.Is(err, context.Canceled) || errors.Is(err, ErrNoPublicKey) {
		t.Errorf("got %v, want %v", err, context.Canceled)
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
	if state := r.(*opened).ReadCloser.(*gnuPGReader).cmd.ProcessState; state == nil {
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
		d := &Decrypter{config: DecryptConfig{Passphrases: []string{passphrase}}, ctx: t.Context(), keys: map[string]stretching{}}
		buffered := newBuffered(bytes.NewReader(b))
		if head, err = readHead(buffered); err != nil || !head.native {
			return
		}
		data, err := d.open(head, buffered)
		if err != nil {
			return
		}
		c, err := newContent(data, buffered)
		if err == nil {
			_, _ = io.Copy(io.Discard, io.LimitReader(c, 1<<22)) // any error but a panic is right
		}
	})
}

// roomFor takes some bytes, and then fails.
type roomFor int

var errNoRoom = errors.New("no room")

func (r *roomFor) Write(p []byte) (int, error) {
	if *r -= roomFor(len(p)); *r < 0 {
		return 0, errNoRoom
	}
	return len(p), nil
}

// What a message cannot be written for is told once, by whichever layer.
func TestFailureIsToldOnce(t *testing.T) {
	for _, compress := range []bool{false, true} {
		e, err := NewEncrypter(t.Context(), EncryptConfig{Passphrase: passphrase, Compress: compress})
		if err != nil {
			t.Fatal(err)
		}
		room := roomFor(1000)
		m, err := e.Encrypt(&room)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = m.Write(mixed(1 << 20)) // Close tells it, too
		if err := m.Close(); !errors.Is(err, errNoRoom) || strings.Count(err.Error(), "no room") != 1 {
			t.Errorf("compressed %v: %v", compress, err)
		}
	}
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

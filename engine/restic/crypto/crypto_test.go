package crypto

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func run(from byte, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = from + byte(i)
	}
	return b
}

// The vectors of formats/restic.md section 24.
func TestSeal(t *testing.T) {
	k, err := keyOf(append(append(run(0, 32), run(0x40, 16)...), run(0x80, 16)...))
	if err != nil {
		t.Fatal(err)
	}
	const plain = "varve test vector"
	want := unhex(t, "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff e461bffb46b6f4ae291dc6222551177bb8 9d46dcdf3e18c9a07bc71913bcf5b4ad")
	if got := k.sealWith([ivSize]byte(run(0xf0, 16)), nil, []byte(plain)); !bytes.Equal(got, want) {
		t.Errorf("sealed: %x, want %x", got, want)
	}
	got, err := k.Open([]byte("before "), want)
	if err != nil || string(got) != "before "+plain {
		t.Errorf("opened: %q, %v", got, err)
	}
}

func TestStretch(t *testing.T) {
	f := &File{KDF: kdfName, N: 32768, R: 8, P: 1, Salt: bytes.Repeat([]byte{0x5a}, 64)}
	k, err := f.stretch("passw0rd")
	if err != nil {
		t.Fatal(err)
	}
	want := unhex(t, "0d9fc9460d12137cb845ec5e0e9c83b74f236242c83b237c011d59b553a0dceb c926cd8901427d0e523127a75fbfd544 41dee5ae8750a3e0ebd837ba3df50cfd")
	got := append(append(append([]byte{}, k.material.Encrypt...), k.material.MAC.K...), k.material.MAC.R...)
	if !bytes.Equal(got, want) {
		t.Errorf("got %x, want %x", got, want)
	}
}

func TestAlteredBytesDoNotOpen(t *testing.T) {
	k, err := NewKey()
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := k.Seal(nil, []byte("content"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range sealed {
		b := bytes.Clone(sealed)
		b[i] ^= 1
		if got, err := k.Open(nil, b); !errors.Is(err, ErrUnauthentic) || k.Authentic(b) {
			t.Errorf("byte %d altered: %q, %v", i, got, err)
		}
	}
	scratch := make([]byte, 3)
	if !k.Holds(sealed, []byte("content"), scratch) || k.Holds(sealed, []byte("another"), scratch) || k.Holds(sealed, []byte("conten"), scratch) {
		t.Error("what was sealed is taken for another content, or not for itself")
	}
	for n := range sealed {
		if got, err := k.Open(nil, sealed[:n]); !errors.Is(err, ErrUnauthentic) || k.Authentic(sealed[:n]) {
			t.Errorf("cut to %d: %q, %v", n, got, err)
		}
	}
	if !k.Authentic(sealed) {
		t.Error("what was sealed is not authentic")
	}
	if got, err := k.OpenInPlace(sealed); err != nil || string(got) != "content" {
		t.Errorf("in place: %q, %v", got, err)
	}
}

func TestKeyFile(t *testing.T) {
	k, err := NewKey()
	if err != nil {
		t.Fatal(err)
	}
	f, err := k.SealFor("pass", Cost{N: 16, R: 8, P: 1})
	if err != nil {
		t.Fatal(err)
	}
	got, err := f.Open("pass")
	if err != nil || !bytes.Equal(got.material.Encrypt, k.material.Encrypt) {
		t.Errorf("the key is another one, %v", err)
	}
	if _, err := f.Open("other"); !errors.Is(err, ErrPassphrase) {
		t.Errorf("another passphrase: %v", err)
	}
}

func TestHostileKeyFiles(t *testing.T) {
	salt := strings.Repeat("A", 85) + "g=="
	for name, row := range map[string]string{
		"no JSON":           "hello",
		"another function":  `{"kdf":"argon2","N":16,"r":8,"p":1,"salt":"` + salt + `"}`,
		"no power of two":   `{"kdf":"scrypt","N":17,"r":8,"p":1,"salt":"` + salt + `"}`,
		"terabytes":         `{"kdf":"scrypt","N":1073741824,"r":1024,"p":1,"salt":"` + salt + `"}`,
		"overflow":          `{"kdf":"scrypt","N":2,"r":4611686018427387904,"p":4,"salt":"` + salt + `"}`,
		"negative":          `{"kdf":"scrypt","N":16,"r":-8,"p":-1,"salt":"` + salt + `"}`,
		"salt of one byte":  `{"kdf":"scrypt","N":16,"r":8,"p":1,"salt":"AA=="}`,
		"nothing in it":     `{}`,
		"another structure": `[]`,
	} {
		if f, err := Parse([]byte(row)); !errors.Is(err, ErrFile) {
			t.Errorf("%s: %+v, %v", name, f, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"created":"2026-11-21T07:00:00Z","kdf":"scrypt","N":16,"r":8,"p":1,"salt":"` + strings.Repeat("A", 86) + `==","data":""}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		k, err := Parse(b)
		if err == nil && k.N > mostMemory/128/k.R {
			t.Errorf("N=%d r=%d is taken", k.N, k.R)
		}
	})
}

func BenchmarkSeal(b *testing.B) {
	k, err := NewKey()
	if err != nil {
		b.Fatal(err)
	}
	plain, out := make([]byte, 1<<20), make([]byte, 0, 1<<20+Overhead)
	b.SetBytes(int64(len(plain)))
	for b.Loop() {
		out, _ = k.Seal(out[:0], plain)
	}
}

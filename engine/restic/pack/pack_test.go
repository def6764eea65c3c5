package pack

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"testing"

	"github.com/varve-backup/varve/engine/restic/crypto"
	"github.com/varve-backup/varve/engine/restic/id"
)

func newKey(t testing.TB) *crypto.Key {
	t.Helper()
	k, err := crypto.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// fill adds n blobs to a pack.
func fill(t testing.TB, w *Writer, n int) {
	t.Helper()
	for i := range n {
		content := bytes.Repeat([]byte{byte(i)}, i%7*100)
		plain := uint32(0)
		if i%3 == 1 {
			plain = 12345
		}
		sealed, err := w.key.Seal(nil, content)
		if err != nil {
			t.Fatal(err)
		}
		w.AddSealed(&Blob{ID: id.Of(content), Kind: Kind(i % 2), Plain: plain}, sealed)
	}
}

// finish ends a pack and returns its bytes.
func finish(t testing.TB, w *Writer) (id.ID, []byte) {
	t.Helper()
	name, err := w.Finish()
	if err != nil {
		t.Fatal(err)
	}
	r, err := w.Open()
	if err != nil {
		t.Fatal(err)
	}
	file, err := io.ReadAll(r)
	if err != nil || int64(len(file)) != w.Size() {
		t.Fatalf("%d bytes of %d, %v", len(file), w.Size(), err)
	}
	return name, file
}

func TestRoundTrip(t *testing.T) {
	key := newKey(t)
	w := NewWriter(key, &Memory{})
	for _, n := range []int{0, 1, 14, 15, 16, 17, 1000, 20_000} {
		w.Reset()
		fill(t, w, n)
		want := slices.Clone(w.Blobs())
		name, file := finish(t, w)
		if name != id.Of(file) {
			t.Errorf("%d blobs: the name is not the sum", n)
		}
		if Size(want) != int64(len(file)) {
			t.Errorf("%d blobs: size %d, want %d", n, Size(want), len(file))
		}
		got, err := ReadHeader(key, bytes.NewReader(file), int64(len(file)))
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%d blobs: got %d, %v", n, len(got), err)
		}
	}
}

// Two packs become one that holds the blobs of both.
func TestAppend(t *testing.T) {
	key, m := newKey(t), &Memory{}
	a, b := NewWriter(key, m), NewWriter(key, m)
	fill(t, a, 7000) // more than one piece
	fill(t, b, 100)
	a.Append(b)
	want := slices.Clone(a.Blobs())
	name, file := finish(t, a)
	got, err := ReadHeader(key, bytes.NewReader(file), int64(len(file)))
	if err != nil || len(got) != 7100 || !slices.Equal(got, want) || name != id.Of(file) {
		t.Fatalf("%d blobs, %v", len(got), err)
	}
	for _, b := range got {
		plain, err := key.Open(nil, file[b.Offset:b.Offset+b.Length])
		if err != nil || id.Of(plain) != b.ID {
			t.Fatalf("blob %s: %v", b.ID.Short(), err)
		}
	}
}

func TestDamagedPacks(t *testing.T) {
	key := newKey(t)
	w := NewWriter(key, &Memory{})
	fill(t, w, 20)
	_, file := finish(t, w)
	read := func(b []byte) error {
		_, err := ReadHeader(key, bytes.NewReader(b), int64(len(b)))
		return err
	}
	for n := range len(file) {
		if err := read(file[:n]); !errors.Is(err, ErrDamaged) {
			t.Fatalf("cut to %d: %v", n, err)
		}
	}
	head := len(file) - lengthSize - crypto.Overhead - len(header(w.Blobs()))
	for i := head; i < len(file); i++ {
		b := bytes.Clone(file)
		b[i] ^= 0x10
		if err := read(b); !errors.Is(err, ErrDamaged) {
			t.Fatalf("byte %d altered: %v", i, err)
		}
	}
}

func FuzzParseHeader(f *testing.F) {
	w := NewWriter(newKey(f), &Memory{})
	fill(f, w, 5)
	f.Add(header(w.Blobs()))
	f.Add([]byte{4})
	f.Fuzz(func(t *testing.T, b []byte) {
		blobs, err := parseHeader(b)
		if err == nil && !bytes.Equal(header(blobs), b) {
			t.Errorf("%x became %+v", b, blobs)
		}
	})
}

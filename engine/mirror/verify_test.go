package mirror

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/faulty"
	"github.com/varve-backup/varve/backends/retry"
)

// flipping changes a byte of what it stores.
type flipping struct {
	backends.Store
	times int
}

func (f *flipping) Put(ctx context.Context, name string, src backends.Source) error {
	if f.times == 0 {
		return f.Store.Put(ctx, name, src)
	}
	f.times--
	in, err := src.Open()
	if err != nil {
		return err
	}
	b, err := io.ReadAll(in)
	if err = errors.Join(err, in.Close()); err != nil {
		return err
	}
	b[0] ^= 1
	return f.Store.Put(ctx, name, backends.BytesSource(b))
}

// What came back with other content is copied again, and is no file in the end:
// SyncTool leaves it, and its next run takes it for good.
func TestVerifyGetAfterPut(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.put(w.src, 1, "a=content")
		store := w.dst
		w.dst = &flipping{store, 1}
		w.must()
		if text(t, store, "a") == "content" {
			t.Error("nothing was flipped")
		}
		if err := store.Delete(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		w.o.VerifyAfterPut = true
		w.dst = &flipping{store, 1}
		if r := w.must(); r.NotCopied != 1 || len(names(t, store)) != 0 {
			t.Errorf("got %+v, and %q", r, names(t, store))
		}
		w.o.Rounds = 1
		w.dst = &flipping{store, 1}
		if r := w.must(); r.Copied != 1 {
			t.Errorf("got %+v", r)
		}
		w.holds()
	})
}

// hashing knows sums.
type hashing struct {
	backends.Store
	kind string
	sums map[string]string
}

func (h *hashing) Hash(_ context.Context, name string) (string, []byte, error) {
	if sum, ok := h.sums[name]; ok {
		return h.kind, []byte(sum), nil
	}
	return "", nil, backends.ErrUnsupported
}

// Sums that both servers know are taken for the content; where one does, the
// other side is read.
func TestSums(t *testing.T) {
	const md5OfOne = "\xc4\xca\x42\x38\xa0\xb9\x23\x82\x0d\xcc\x50\x9a\x6f\x75\x84\x9b"
	for _, row := range []struct {
		name        string
		src, dst    *hashing
		reads       int // of either side
		moved       int64
		want        []string
		sameInTimes bool
	}{
		{"both, the same", &hashing{kind: "k", sums: map[string]string{"a": "s"}}, &hashing{kind: "k", sums: map[string]string{"a": "s"}}, 0, 0, []string{"prove a"}, true},
		{"both, another", &hashing{kind: "k", sums: map[string]string{"a": "s"}}, &hashing{kind: "k", sums: map[string]string{"a": "t"}}, 1, 1, []string{"prove a", "replace a"}, true},
		{"two kinds", &hashing{kind: "k", sums: map[string]string{"a": "s"}}, &hashing{kind: "l", sums: map[string]string{"a": "s"}}, 2, 1, []string{"prove a"}, true},
		{"none of this file", &hashing{kind: "k"}, &hashing{kind: "k"}, 2, 1, []string{"prove a"}, true},
		{"the destination", nil, &hashing{kind: "md5", sums: map[string]string{"a": md5OfOne}}, 1, 1, []string{"prove a"}, true},
		{"the destination, another", nil, &hashing{kind: "md5", sums: map[string]string{"a": "x"}}, 2, 2, []string{"prove a", "replace a"}, true},
		{"the source", &hashing{kind: "md5", sums: map[string]string{"a": md5OfOne}}, nil, 1, 1, []string{"prove a"}, true},
		{"newer by its time, and not by its sum", &hashing{kind: "k", sums: map[string]string{"a": "s"}}, &hashing{kind: "k", sums: map[string]string{"a": "s"}}, 0, 0, []string{"prove a"}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				first, second := w.src, w.dst
				if !row.sameInTimes {
					first, second = second, first
				}
				w.put(first, 1, "a=1")
				w.put(second, 2, "a=1")
				src, dst := faulty.New(w.src), faulty.New(w.dst)
				w.src, w.dst = src, dst
				if row.src != nil {
					row.src.Store = src
					w.src = row.src
				}
				if row.dst != nil {
					row.dst.Store = dst
					w.dst = row.dst
				}
				w.o.VerifyContents = true
				w.must()
				w.did(row.want...)
				if reads := src.Calls(faulty.Get) + dst.Calls(faulty.Get); reads != row.reads || w.moved != row.moved {
					t.Errorf("%d reads, %d bytes", reads, w.moved)
				}
			})
		})
	}
}

// What cannot be read at the destination is copied anew; what cannot be read at
// the source is told, and the destination keeps what it has.
func TestVerifyWhatCannotBeRead(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.put(w.src, 1, "a=1", "b=2")
		w.put(w.dst, 2, "a=1", "b=2")
		w.o.VerifyContents, w.o.Workers = true, 1
		src, dst := w.src, w.dst
		w.dst = faulty.New(dst, faulty.Fault{Op: faulty.Get, On: 1, Err: backends.ErrPermission})
		w.must()
		w.did("prove a", "prove b", "replace a")
		w.dst = faulty.New(dst, faulty.Fault{Op: faulty.Get, On: 1, Cut: 1, Err: errors.New("cut")})
		w.put(src, 3, "a=12")
		w.put(dst, 4, "a=12")
		w.must()
		w.did("prove a", "prove b", "replace a")
		w.dst, w.src = dst, faulty.New(src, faulty.Fault{Op: faulty.Get, On: 1, Err: backends.ErrPermission})
		if r := w.must(); r.NotCopied != 1 || r.Replaced != 0 || len(w.failed) != 1 || !strings.HasPrefix(w.failed[0], "prove a: the source") {
			t.Errorf("got %+v, %q", r, w.failed)
		}
	})
}

// A Put that begins anew is compared with what was read last.
func TestVerifyAfterABrokenPut(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.put(w.src, 1, "a="+strings.Repeat("x", 1000))
		w.src = faulty.New(w.src, faulty.Fault{Op: faulty.Get, On: 1, Cut: 500, Err: backends.ErrTemporary})
		w.dst = retry.New(w.dst, retry.Options{})
		w.o.VerifyAfterPut = true
		if r := w.must(); r.Copied != 1 {
			t.Errorf("got %+v, %q", r, w.failed)
		}
		w.holds()
	})
}

package mirror

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/faulty"
	"github.com/varve-backup/varve/backends/memory"
	"github.com/varve-backup/varve/backends/retry"
)

// calls notes what changes a store, in order.
type calls struct {
	backends.Store
	mu  sync.Mutex
	all []string
}

func (c *calls) note(what, name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = append(c.all, what+" "+name)
}

func (c *calls) Put(ctx context.Context, name string, src backends.Source) error {
	c.note("put", name)
	return c.Store.Put(ctx, name, src)
}

func (c *calls) Delete(ctx context.Context, name string) error {
	c.note("delete", name)
	return c.Store.Delete(ctx, name)
}

// A run that ends anywhere leaves a mirror that promises nothing it does not
// hold: SyncTool removes first, and in no order.
func TestOrder(t *testing.T) {
	for _, row := range []struct {
		name string
		now  []string
		then []string
		want []string
	}{
		{
			"restic",
			[]string{"config", "data/00/a", "index/b", "snapshots/c"},
			[]string{"config", "data/00/d", "index/e", "snapshots/f"},
			[]string{"put data/00/d", "put index/e", "put snapshots/f", "delete snapshots/c", "delete index/b", "delete data/00/a"},
		},
		{
			"duplicity",
			[]string{"duplicity-full.1.manifest.gpg", "duplicity-full.1.vol1.difftar.gpg", "duplicity-full-signatures.1.sigtar.gpg", "kept"},
			[]string{"duplicity-full.2.manifest.gpg", "duplicity-full.2.vol1.difftar.gpg", "duplicity-full-signatures.2.sigtar.gpg", "kept"},
			[]string{
				"put duplicity-full-signatures.2.sigtar.gpg", "put duplicity-full.2.vol1.difftar.gpg", "put duplicity-full.2.manifest.gpg",
				"delete duplicity-full.1.manifest.gpg", "delete duplicity-full.1.vol1.difftar.gpg", "delete duplicity-full-signatures.1.sigtar.gpg",
			},
		},
		{
			"Duplicati",
			[]string{"duplicati-20260101T000000Z.dlist.zip.aes", "duplicati-b1.dblock.zip.aes", "duplicati-i1.dindex.zip.aes", "kept"},
			[]string{"duplicati-20260102T000000Z.dlist.zip.aes", "duplicati-b2.dblock.zip.aes", "duplicati-i2.dindex.zip.aes", "kept"},
			[]string{
				"put duplicati-b2.dblock.zip.aes", "put duplicati-i2.dindex.zip.aes", "put duplicati-20260102T000000Z.dlist.zip.aes",
				"delete duplicati-20260101T000000Z.dlist.zip.aes", "delete duplicati-i1.dindex.zip.aes", "delete duplicati-b1.dblock.zip.aes",
			},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				w.o.MaxRemove = 100
				w.put(w.src, 1, row.then...)
				w.put(w.dst, 2, row.now...)
				c := &calls{Store: w.dst}
				w.dst = c
				w.must()
				if !slices.Equal(c.all, row.want) {
					t.Errorf("got %q", c.all)
				}
				w.holds()
			})
		})
	}
}

// A storm of refusals passes: the rounds are for that.
func TestRounds(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		for i := range 50 {
			w.put(w.src, 1, fmt.Sprintf("f%02d=%d", i, i))
		}
		var faults []faulty.Fault
		for i := range 120 {
			faults = append(faults, faulty.Fault{Op: faulty.Put, On: i + 1, Err: fmt.Errorf("%w: 503", backends.ErrTemporary)})
		}
		store := w.dst
		w.dst = faulty.New(store, faults...)
		w.o.Rounds, w.o.Pause = 5, 5*time.Second
		begun := time.Now()
		if r := w.must(); r.Copied != 50 || r.NotCopied != 0 || time.Since(begun) < 10*time.Second {
			t.Errorf("after %v: %+v", time.Since(begun), r)
		}
		w.holds()
		if len(w.failed) > 0 {
			t.Errorf("what succeeded at last was reported: %q", w.failed)
		}
		w.put(store, 1, "f00=x", "f01=yy")
		w.dst = faulty.New(store, faulty.Fault{Op: faulty.Put, Err: backends.ErrTemporary})
		w.o.Rounds = 2
		w.o.Force = true
		begun = time.Now()
		r := w.must()
		if took := time.Since(begun); r.NotCopied != 50 || took != 10*time.Second {
			t.Errorf("two rounds took %v: %+v", took, r)
		}
	})
}

// After a failed copy nothing goes: what is missing may be in what would go.
// Failed removals count: SyncTool ends with 0.
func TestNothingGoesAfterAFailure(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.example()
		store := w.dst
		w.dst = faulty.New(store, faulty.Fault{Op: faulty.Put, On: 1, Err: backends.ErrTooLarge})
		r := w.must()
		if r.NotCopied != 1 || r.HeldBack != 1 || r.Removed != 0 || len(w.failed) != 1 {
			t.Errorf("got %+v, %q", r, w.failed)
		}
		w.dst = faulty.New(store, faulty.Fault{Op: faulty.Delete, On: 1, Err: backends.ErrPermission})
		r = w.must()
		if r.NotRemoved != 1 || r.NotCopied != 0 || len(w.failed) != 1 || !strings.HasPrefix(w.failed[0], "remove x") {
			t.Errorf("got %+v, %q", r, w.failed)
		}
		w.dst = store
		w.must()
		w.did("remove x")
	})
}

// An old copy whose making fails is not lost: SyncTool replaces the file all
// the same.
func TestFailedRenameKeepsTheOldFile(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.example()
		w.o.Retention = true
		w.dst = &renaming{Store: w.dst, fails: func(from, _ string) error {
			if from == "c" {
				return fmt.Errorf("%w: no", backends.ErrPermission)
			}
			return nil
		}}
		r := w.must()
		if r.NotCopied != 1 || text(t, w.dst, "c") != strings.Repeat("o", 30) {
			t.Errorf("got %+v", r)
		}
		if got := names(t, w.dst); !slices.Equal(got, []string{"a", "b", "c", "x"}) {
			t.Errorf("it holds %q", got)
		}
	})
}

// Cut off anywhere while a file takes the place of another, the next run ends
// it, and both contents are there.
func TestRetentionIsContinued(t *testing.T) {
	cut := errors.New("cut")
	for n := range 8 {
		bubble(t, func(t *testing.T, w *world) {
			w.example()
			w.o.Retention, w.o.Workers = true, 1
			calls := 0
			step := func(string, string) error {
				if calls++; calls == n+1 {
					return fmt.Errorf("%w: %w", backends.ErrPermission, cut)
				}
				return nil
			}
			store := w.dst
			w.dst = &renaming{Store: &stepping{store, step}, fails: step}
			w.must()
			w.dst = &renaming{Store: store}
			w.must()
			w.must()
			w.did()
			kept := map[string]string{}
			var old []string
			for _, name := range names(t, w.dst) {
				if original, _, ok := ParseAside(name); ok {
					kept[original] = text(t, w.dst, name)
					old = append(old, name)
				}
			}
			if len(old) != 2 || kept["c"] != strings.Repeat("o", 30) || kept["x"] != "xxxxx" {
				t.Errorf("cut at %d: it holds %q", n, names(t, w.dst))
			}
			w.holds(old...)
		})
	}
}

// stepping asks before each change.
type stepping struct {
	backends.Store
	step func(string, string) error
}

func (s *stepping) Put(ctx context.Context, name string, src backends.Source) error {
	if err := s.step(name, ""); err != nil {
		return err
	}
	return s.Store.Put(ctx, name, src)
}

// The answer to a rename got lost: it is not done twice.
func TestRenameWhoseAnswerIsLost(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.example()
		w.o.Retention = true
		store := w.dst
		lost := map[string]bool{}
		inner := &renaming{Store: store}
		w.dst = &renaming{Store: store, fails: func(from, to string) error {
			if !lost[from] {
				lost[from] = true
				if err := inner.Rename(t.Context(), from, to); err != nil {
					return err
				}
				return fmt.Errorf("%w: the answer was lost", backends.ErrTemporary)
			}
			return nil
		}}
		w.o.Workers = 1
		if r := w.must(); r.NotCopied+r.NotRemoved != 0 {
			t.Errorf("got %+v, %q", r, w.failed)
		}
		w.holds("20000101120000.old.c", "20000101120000.old.x")
	})
}

// What is set aside within one second gets a time of its own.
func TestTwiceWithinASecond(t *testing.T) {
	bubble(t, func(_ *testing.T, w *world) {
		w.o.Retention = true
		w.put(w.src, 1, "c=1")
		w.must()
		for _, size := range []string{"22", "333"} {
			w.put(w.src, 1, "c="+size)
			w.must()
		}
		w.holds("20000101010000.old.c", "20000101010001.old.c")
	})
}

// One line that breaks is a pause.
func TestReadsThatBreak(t *testing.T) {
	bubble(t, func(_ *testing.T, w *world) {
		w.put(w.src, 1, "a="+strings.Repeat("x", 1000))
		w.src = retry.New(faulty.New(w.src, faulty.Fault{Op: faulty.Get, On: 1, Cut: 500, Err: backends.ErrTemporary}), retry.Options{})
		w.must()
		w.holds()
	})
}

// What is wrong with the source is not held against the destination, and what
// will not get better is not tried again within a round.
func TestSourceThatCannotBeRead(t *testing.T) {
	for _, row := range []struct {
		err  error
		gets int
	}{{backends.ErrNotExist, 1}, {backends.ErrPermission, 1}, {backends.ErrTemporary, 3}} {
		bubble(t, func(t *testing.T, w *world) {
			w.put(w.src, 1, "a=1", "b=2")
			w.put(w.dst, 2, "b=2", "c=3")
			src := faulty.New(w.src, faulty.Fault{Op: faulty.Get, Err: row.err})
			w.src, w.dst = src, retry.New(w.dst, retry.Options{Attempts: 3})
			r := w.must()
			if r.NotCopied != 1 || r.HeldBack != 1 || src.Calls(faulty.Get) != row.gets || !strings.Contains(w.failed[0], "the source: "+row.err.Error()) {
				t.Errorf("%v: %+v after %d reads, %q", row.err, r, src.Calls(faulty.Get), w.failed)
			}
		})
	}
}

// growing says another size than it has.
type growing struct {
	backends.Store
	listed int64
}

func (g *growing) List(ctx context.Context, prefix string) iter.Seq2[backends.Object, error] {
	return func(yield func(backends.Object, error) bool) {
		for o, err := range g.Store.List(ctx, prefix) {
			o.Size = g.listed
			if !yield(o, err) {
				return
			}
		}
	}
}

// A file that changed since it was listed is copied as it is in the next round.
func TestSourceThatChanges(t *testing.T) {
	for _, listed := range []int64{2, 9} {
		bubble(t, func(t *testing.T, w *world) {
			w.put(w.src, 1, "a=12345")
			store := w.src
			w.src = &growing{store, listed}
			if r := w.must(); r.NotCopied != 1 {
				t.Errorf("without rounds: %+v", r)
			}
			w.o.Rounds = 1
			w.must()
			w.src = store
			w.holds()
		})
	}
}

// A destination that is gone is not asked for each of many files. What may be
// wrong with a file says nothing about others.
func TestDeadDestination(t *testing.T) {
	for err, most := range map[error]int{
		backends.ErrOffline: 4, backends.ErrAuth: 4, backends.ErrFull: inARow + 4, backends.ErrTemporary: inARow + 4, backends.ErrInvalidName: 1000,
	} {
		bubble(t, func(t *testing.T, w *world) {
			for i := range 1000 {
				w.put(w.src, 1, fmt.Sprintf("f%03d=x", i))
			}
			dst := faulty.New(w.dst, faulty.Fault{Op: faulty.Put, Err: err})
			w.dst = dst
			r := w.must()
			if r.NotCopied != 1000 || dst.Calls(faulty.Put) > most || len(w.failed) > most || len(w.notices) == 0 != (most == 1000) {
				t.Errorf("%v: %+v after %d tries, %d failed", err, r, dst.Calls(faulty.Put), len(w.failed))
			}
		})
	}
}

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

// room is a store that knows its room.
type room struct {
	backends.Store
	free int64
	err  error
}

func (r *room) Space(context.Context) (free, total int64, err error) { return r.free, -1, r.err }

func TestRoom(t *testing.T) {
	for _, row := range []struct {
		name string
		room room
		o    Options
		want error
	}{
		{"enough", room{free: 40}, Options{}, nil},
		{"too little", room{free: 39}, Options{}, backends.ErrFull},
		{"too little in a dry run", room{free: 39}, Options{DryRun: true}, backends.ErrFull},
		{"quota-disable", room{free: 39}, Options{IgnoreRoom: true}, nil},
		// SyncTool takes these for too little.
		{"unknown", room{free: -1}, Options{}, nil},
		{"an error", room{err: backends.ErrUnsupported}, Options{}, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				w.example()
				w.o = row.o
				w.o.MaxRemove, w.o.Workers = 50, 1
				row.room.Store = w.dst
				w.dst = &row.room
				if _, err := w.run(); !errors.Is(err, row.want) {
					t.Errorf("got %v", err)
				}
			})
		})
	}
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

// A dry run reads no file and changes nothing: SyncTool's downloads everything.
func TestDryRun(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.example()
		w.o.DryRun, w.o.VerifyContents, w.o.VerifyAfterPut, w.o.KeepAside = true, true, true, time.Second
		w.put(w.dst, 12, "19990101000000.old.z=1", "19990101000000.new.z=1")
		before := names(t, w.dst)
		src, dst := faulty.New(w.src), faulty.New(w.dst)
		w.src, w.dst = src, dst
		w.w.Confirm = func(context.Context, Preview) (bool, error) { t.Error("it asks"); return false, nil }
		if r := w.must(); r.Copied != 1 || r.Replaced != 1 || r.Removed != 1 || r.Expired != 1 || r.Bytes != 40 {
			t.Errorf("got %+v", r)
		}
		w.did("prove b", "copy a", "replace c", "remove x", "expire 19990101000000.old.z")
		for _, op := range []faulty.Op{faulty.Put, faulty.Get, faulty.Delete} {
			if n := src.Calls(op) + dst.Calls(op); n > 0 {
				t.Errorf("%d calls of kind %d", n, op)
			}
		}
		if after := names(t, w.dst); !slices.Equal(after, before) || len(w.notices) != 1 {
			t.Errorf("it holds %q; notices %q", after, w.notices)
		}
	})
}

// Nobody is asked when there is nothing to do, and a no changes nothing.
func TestConfirm(t *testing.T) {
	for _, answers := range []string{"n", "yn", "yy"} {
		bubble(t, func(t *testing.T, w *world) {
			w.example()
			w.o.VerifyContents = true
			var asked []Preview
			w.w.Confirm = func(_ context.Context, p Preview) (bool, error) {
				asked = append(asked, p)
				return answers[len(asked)-1] == 'y', nil
			}
			r := w.must()
			want := []Preview{{Prove: 1}, {Copies: 1, Replaced: 1, Removed: 1, Bytes: 40}}
			if !slices.Equal(asked, want[:len(answers)]) || r.Declined != (answers != "yy") {
				t.Errorf("%s: %+v, asked %+v", answers, r, asked)
			}
			if answers != "yy" {
				if got := names(t, w.dst); !slices.Equal(got, []string{"b", "c", "x"}) {
					t.Errorf("%s: it holds %q", answers, got)
				}
				return
			}
			w.o.VerifyContents = false
			answers = "yyn"
			w.must()
			if len(asked) != 2 {
				t.Error("asked about nothing")
			}
		})
	}
}

// twice lists a name twice.
type twice struct{ backends.Store }

func (s twice) List(ctx context.Context, prefix string) iter.Seq2[backends.Object, error] {
	return func(yield func(backends.Object, error) bool) {
		for range 2 {
			for o, err := range s.Store.List(ctx, prefix) {
				if !yield(o, err) {
					return
				}
			}
		}
	}
}

func TestListings(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.example()
		src, dst := w.src, w.dst
		for _, row := range []struct {
			src, dst backends.Store
			want     error
			says     string
		}{
			{twice{src}, dst, ErrTwice, `the source: a name is there twice: "a"`},
			{src, twice{dst}, ErrTwice, `the destination: a name is there twice: "b"`},
			{faulty.New(src, faulty.Fault{Op: faulty.List, Err: backends.ErrNotExist}), dst, backends.ErrNotExist, "the source"},
			{src, faulty.New(dst, faulty.Fault{Op: faulty.List, Err: backends.ErrAuth}), backends.ErrAuth, "the destination"},
		} {
			w.src, w.dst = row.src, row.dst
			if _, err := w.run(); !errors.Is(err, row.want) || !strings.Contains(err.Error(), row.says) {
				t.Errorf("got %v, want %s", err, row.says)
			}
			w.did()
		}
	})
}

// warning is a source of several parts, one of which is away.
type warning struct{ backends.Store }

func (warning) Warnings() []error { return []error{errors.New("part 2 is away")} }

func TestSourceThatIsNotAllThere(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.example()
		w.src = warning{w.src}
		if r := w.must(); r.HeldBack != 1 || r.Removed != 0 || r.Copied != 1 || !strings.Contains(w.notices[0], "part 2 is away") {
			t.Errorf("got %+v, %q", r, w.notices)
		}
	})
}

// Cancelled at any moment, the next run does the rest.
func TestCancelled(t *testing.T) {
	enough := errors.New("enough")
	for _, n := range []int64{1, 50, 500} {
		bubble(t, func(t *testing.T, w *world) {
			for i := range 200 {
				w.put(w.src, 1, fmt.Sprintf("f%03d=%d", i, i))
			}
			w.put(w.dst, 2, "x=1")
			w.o.MaxRemove = 100
			ctx, cancel := context.WithCancelCause(t.Context())
			waits := int64(0)
			var mu sync.Mutex
			w.w.Wait = func(ctx context.Context) error {
				mu.Lock()
				defer mu.Unlock()
				if waits++; waits == n {
					cancel(enough)
				}
				return context.Cause(ctx)
			}
			r, err := Run(ctx, w.src, w.dst, w.o, w.w)
			if n < 500 && (!errors.Is(err, enough) || r.Copied >= 200 || len(names(t, w.dst)) < int(r.Copied)) {
				t.Errorf("%d: %v, %+v", n, err, r)
			}
			if len(w.failed) > 0 {
				t.Errorf("%d: %q", n, w.failed)
			}
			w.w.Wait = nil
			first := r.Copied
			if r := w.must(); r.Copied+first != 200 {
				t.Errorf("%d: %d and then %d", n, first, r.Copied)
			}
			w.holds()
		})
	}
}

// endless is a store whose one object is a stream, and that keeps nothing.
type endless struct {
	backends.Store
	size int64
}

func (e endless) List(context.Context, string) iter.Seq2[backends.Object, error] {
	return func(yield func(backends.Object, error) bool) {
		yield(backends.Object{Name: "large", Size: e.size}, nil)
	}
}

func (e endless) Get(context.Context, string, int64, int64) (io.ReadCloser, error) {
	return io.NopCloser(io.LimitReader(zeros{}, e.size)), nil
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

type forgetful struct{ backends.Store }

func (forgetful) Put(_ context.Context, _ string, src backends.Source) error {
	in, err := src.Open()
	if err != nil {
		return err
	}
	_, err = io.CopyBuffer(io.Discard, struct{ io.Reader }{in}, make([]byte, 64<<10))
	return errors.Join(err, in.Close())
}

// A file of any size takes little memory. SyncTool holds it whole to compare
// it, and copies it to a disk to copy it.
func TestLargeFileIsNoBurden(t *testing.T) {
	const size = 1 << 30
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r, err := Run(t.Context(), endless{size: size}, forgetful{memory.New()}, Options{}, Watch{})
	if err != nil || r.Bytes != size {
		t.Errorf("%+v, %v", r, err)
	}
	same := endless{size: size}
	if r, err = Run(t.Context(), same, same, Options{VerifyContents: true}, Watch{}); err != nil || r.Same != 1 {
		t.Errorf("%+v, %v", r, err)
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 8<<20 {
		t.Errorf("it took %d bytes", used)
	}
}

func TestWorkers(t *testing.T) {
	if n := workers(memory.New(), memory.New()); n != fewest {
		t.Errorf("got %d", n)
	}
	for connections, want := range map[int]int{1: fewest, 8: 8, 100: most} {
		if n := workers(memory.New(), described{memory.New(), connections}); n != want {
			t.Errorf("%d connections: %d", connections, n)
		}
	}
}

type described struct {
	backends.Store
	connections int
}

func (d described) Traits() backends.Traits { return backends.Traits{Connections: d.connections} }

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

// What names other files waits for all rounds of those.
func TestOrderThroughRounds(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.put(w.src, 1, "data/a=1", "index/b=2", "snapshots/c=3")
		c := &calls{Store: w.dst}
		w.dst = faulty.New(c, faulty.Fault{Op: faulty.Put, On: 1, Err: backends.ErrTemporary}, faulty.Fault{Op: faulty.Put, On: 2, Err: backends.ErrTemporary})
		w.o.Rounds, w.o.Pause = 2, time.Second
		w.must()
		if want := []string{"put data/a", "put index/b", "put snapshots/c"}; !slices.Equal(c.all, want) {
			t.Errorf("got %q", c.all)
		}
	})
}

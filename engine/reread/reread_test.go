package reread_test

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/varve-backup/varve/engine/reread"
)

func TestRecordIsKept(t *testing.T) {
	path, now := filepath.Join(t.TempDir(), "new", "record"), time.Unix(1_700_000_000, 0)
	r := reread.Load(path)
	for i, name := range []string{"c", "a b", "gone", "bad"} {
		if err := r.Note(name, name != "bad", now.Add(time.Duration(i)*time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Save(); err != nil {
		t.Fatal(err)
	}
	r = reread.Load(path)
	sizes := map[string]int64{"a b": 1, "c": 10, "bad": 100, "new": 1000}
	r.Keep(maps.Keys(sizes))
	names := slices.Sorted(maps.Keys(sizes))
	if r.Sort(names); !slices.Equal(names, []string{"bad", "new", "c", "a b"}) {
		t.Errorf("got %q", names)
	}
	if f := r.Since(now.Add(time.Minute), maps.All(sizes)); f != (reread.Fresh{Read: 1, Of: 1111, Damaged: 100}) {
		t.Errorf("got %+v", f)
	}
	if err := r.Note("bad", true, now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if f := r.Since(now.Add(time.Minute), maps.All(sizes)); f != (reread.Fresh{Read: 101, Of: 1111}) {
		t.Errorf("once it is whole again: %+v", f)
	}
}

func TestBudget(t *testing.T) {
	clock := time.Unix(0, 0)
	now := func() time.Time { return clock }
	b := reread.Plan{Mode: reread.Oldest, Bytes: 10}.Begin(now)
	if !b.Take(50) || b.Take(1) {
		t.Error("one file fits always, and then what is left")
	}
	b = reread.Plan{Mode: reread.Oldest, For: time.Hour}.Begin(now)
	if clock = clock.Add(2 * time.Hour); !b.Take(1) || b.Take(1) {
		t.Error("time that is spent ends the reading after one file")
	}
	b = reread.Plan{Mode: reread.Everything, Bytes: 1, For: 1}.Begin(now)
	for range 2 {
		if !b.Take(50) {
			t.Error("everything has no bounds")
		}
	}
}

func TestShares(t *testing.T) {
	for _, p := range []reread.Plan{{Mode: reread.Share, Part: 3, Of: 2}, {Mode: reread.Share}, {Mode: reread.Share, Part: -1, Of: 2}} {
		if err := p.Validate(); !errors.Is(err, reread.ErrShare) {
			t.Errorf("%+v: %v", p, err)
		}
	}
	for b := range 256 {
		in := 0
		for part := 1; part <= 7; part++ {
			if (reread.Plan{Mode: reread.Share, Part: part, Of: 7}).Includes(byte(b)) {
				in++
			}
		}
		if in != 1 {
			t.Errorf("%d is in %d of 7 parts", b, in)
		}
	}
}

func TestPercent(t *testing.T) {
	for f, want := range map[reread.Fresh]int{{}: 100, {Read: 1, Of: 3}: 33, {Read: 999, Of: 1000}: 99, {Read: 5, Of: 5}: 100, {Read: 6, Of: 5}: 100} {
		if got := f.Percent(); got != want {
			t.Errorf("%+v: %d", f, got)
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte("1 a\n2 b\nx\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		path := filepath.Join(t.TempDir(), "record")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		r := reread.Load(path)
		if err := r.Save(); err != nil {
			t.Fatal(err)
		}
	})
}

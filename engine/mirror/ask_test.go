package mirror

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/varve-backup/varve/backends/faulty"
)

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

package restore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"golang.org/x/sys/unix"
)

func TestDamagedContentLeavesNothing(t *testing.T) {
	boom := errors.New("boom")
	long := strings.Repeat("x", 3*smallFile)
	rows := []struct {
		name    string
		stored  string
		content io.Reader
		want    error
	}{
		{"short", "1234", strings.NewReader("123"), ErrMismatch},
		{"long", "1234", strings.NewReader("12345"), ErrMismatch},
		{"other", "1234", strings.NewReader("1235"), ErrMismatch},
		{"broken", "1234", io.MultiReader(strings.NewReader("12"), iotest.ErrReader(boom)), boom},
		{"none", "1234", nil, nil},
		{"large, short", long, strings.NewReader(long[1:]), ErrMismatch},
		{"large, long", long, strings.NewReader(long + "x"), ErrMismatch},
		{"large, endless", long, endless{}, ErrMismatch},
		{"large, other", long, strings.NewReader(long[1:] + "y"), ErrMismatch},
		{"large, broken", long, io.MultiReader(strings.NewReader(long[:smallFile+5]), iotest.ErrReader(boom)), boom},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			target := t.TempDir()
			must(t, os.WriteFile(target+"/file", []byte("mine"), 0o644))
			w, err := Open(target, Options{Clash: Replace})
			must(t, err)
			e := file("file", row.stored).entry
			if err := w.Put(t.Context(), &e, row.content); err == nil || row.want != nil && !errors.Is(err, row.want) {
				t.Errorf("got %v, want %v", err, row.want)
			}
			counts, err := w.Close(t.Context())
			must(t, err)
			equal(t, content(t, target), map[string]string{"file": "mine"})
			if counts != (Counts{}) {
				t.Errorf("got %+v, want nothing counted", counts)
			}
		})
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestFullDiskEndsTheRun(t *testing.T) {
	for _, size := range []int{10, smallFile + 1} {
		target := t.TempDir() + "/new"
		var r report
		full := func(int, []byte, int64) (int, error) { return 0, unix.ENOSPC }
		w, err := Open(target, Options{Watch: r.watch(), write: full})
		must(t, err)
		err = nil
		for i := 0; i < 1000 && err == nil; i++ {
			err = file(fmt.Sprintf("%04d", i), strings.Repeat("x", size)).put(t.Context(), w)
		}
		if !errors.Is(err, ErrFull) || !errors.Is(err, unix.ENOSPC) {
			t.Errorf("Put: got %v, want ErrFull", err)
		}
		if _, err := w.Close(t.Context()); !errors.Is(err, ErrFull) {
			t.Errorf("Close: got %v, want ErrFull", err)
		}
		equal(t, content(t, target), nil)
	}
}

func TestCancelLeavesNoPartialFile(t *testing.T) {
	target := t.TempDir() + "/new"
	ctx, cancel := context.WithCancel(t.Context())
	w, err := Open(target, Options{})
	must(t, err)
	e := file("file", strings.Repeat("x", 4*smallFile)).entry
	err = w.Put(ctx, &e, io.MultiReader(strings.NewReader(strings.Repeat("x", smallFile+1)), readerFunc(func(p []byte) (int, error) {
		cancel()
		return len(p), nil
	})))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	if _, err := w.Close(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Close: got %v, want context.Canceled", err)
	}
	equal(t, content(t, target), nil)
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

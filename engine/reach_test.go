package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/memory"
	"github.com/varve-backup/varve/engine/repository"
)

// archived keeps everything where it must be asked for.
type archived struct {
	backends.Store
	asked []string
	err   error
}

func (a *archived) Get(_ context.Context, name string, _, _ int64) (io.ReadCloser, error) {
	return nil, fmt.Errorf("reading %s: %w", name, backends.ErrCold)
}

func (a *archived) Thaw(_ context.Context, names []string, days int) error {
	a.asked = append(a.asked, fmt.Sprint(names, days))
	return a.err
}

// What lies in an archive is asked for by whoever needs it.
func TestColdIsAskedFor(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{{nil, "will be readable for 7 days"}, {errors.New("no right to ask"), "no right to ask"}} {
		s := &archived{Store: memory.New(), err: c.err}
		_, err := (&teller{s, repository.Ignore()}).Get(t.Context(), "volume", 0, -1)
		if !errors.Is(err, backends.ErrCold) || !strings.Contains(err.Error(), c.want) || !slices.Equal(s.asked, []string{"[volume] 7"}) {
			t.Errorf("asked %q, %v", s.asked, err)
		}
	}
}

// littered has something left of broken uploads.
type littered struct {
	backends.Store
	swept int
}

func (l *littered) Sweep(context.Context) error { l.swept++; return nil }

func TestSweep(t *testing.T) {
	l := &littered{Store: memory.New()}
	sweep(t.Context(), &teller{l, repository.Ignore()})
	if sweep(t.Context(), memory.New()); l.swept != 1 {
		t.Errorf("swept %d times", l.swept)
	}
}

// Variables of a destination are read before the program's own.
func TestEnvironmentOfADestination(t *testing.T) {
	t.Setenv("VARVE_TEST_ONE", "program's")
	t.Setenv("VARVE_TEST_TWO", "program's")
	e := New(Config{ArchiveDir: t.TempDir()})
	c := e.reach(Destination{Environment: map[string]string{"VARVE_TEST_ONE": "its own"}}, false)
	if one, two := c.Env("VARVE_TEST_ONE"), c.Env("VARVE_TEST_TWO"); one != "its own" || two != "program's" {
		t.Errorf("got %q and %q", one, two)
	}
}

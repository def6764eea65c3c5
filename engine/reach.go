package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/engine/repository"
)

// reach says how a destination is opened.
func (e *Engine) reach(d Destination, create bool) backends.Config {
	c := backends.Config{Create: create, Options: d.Options, Tokens: e.config.Tokens, Trust: e.config.Questions.Trust}
	if dir := e.disposable(); dir != "" {
		c.State = filepath.Join(dir, "drives")
	}
	if ask := e.config.Questions.Secret; ask != nil {
		c.Secret = func(ctx context.Context, r backends.SecretRequest) (string, error) {
			s, err := ask(ctx, r)
			return s.Reveal(), err
		}
	}
	if len(d.Environment) > 0 {
		c.Getenv = func(name string) string {
			if v, set := d.Environment[name]; set {
				return v
			}
			return os.Getenv(name)
		}
	}
	return c
}

// teller is a store that says at its end what went wrong without stopping
// anything: one of several destinations that did not take part.
type teller struct {
	backends.Store
	watch repository.Observer
}

// Unwrap implements backends.Wrapper.
func (t *teller) Unwrap() backends.Store { return t.Store }

// thawDays is for how long what was asked for stays readable: the next run
// comes within that time, and each day is paid for.
const thawDays = 7

// Get implements backends.Store. What lies in the destination's archive is asked
// for, so that a later run finds it.
func (t *teller) Get(ctx context.Context, name string, off, n int64) (io.ReadCloser, error) {
	r, err := t.Store.Get(ctx, name, off, n)
	if err == nil || !errors.Is(err, backends.ErrCold) {
		return r, err
	}
	thawer, ok := backends.As[backends.Thawer](t.Store)
	if !ok {
		return nil, fmt.Errorf("%w; only the service's own pages can ask for it", err)
	}
	if terr := thawer.Thaw(ctx, []string{name}, thawDays); terr != nil {
		return nil, fmt.Errorf("%w; asking for it: %w", err, terr)
	}
	return nil, fmt.Errorf("%w; it was asked for, and will be readable for %d days", err, thawDays)
}

// sweep removes what broken uploads left. It is a courtesy: what cannot be
// removed now can be later.
func sweep(ctx context.Context, s backends.Store) {
	if sweeper, ok := backends.As[backends.Sweeper](s); ok {
		_ = sweeper.Sweep(ctx)
	}
}

// Close implements backends.Store.
func (t *teller) Close() error {
	if w, ok := backends.As[backends.Warner](t.Store); ok {
		for _, err := range w.Warnings() {
			t.watch.Notice(err.Error())
		}
	}
	return t.Store.Close()
}

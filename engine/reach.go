package engine

import (
	"context"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/engine/repository"
)

// reach says how a destination is opened.
func (e *Engine) reach(d Destination, create bool) backends.Config {
	c := backends.Config{Create: create, Options: d.Options, Tokens: e.config.Tokens, Trust: e.config.Questions.Trust}
	if ask := e.config.Questions.Secret; ask != nil {
		c.Secret = func(ctx context.Context, r backends.SecretRequest) (string, error) {
			s, err := ask(ctx, r)
			return s.Reveal(), err
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

// Close implements backends.Store.
func (t *teller) Close() error {
	if w, ok := backends.As[backends.Warner](t.Store); ok {
		for _, err := range w.Warnings() {
			t.watch.Notice(err.Error())
		}
	}
	return t.Store.Close()
}

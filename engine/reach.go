package engine

import (
	"context"

	"github.com/varve-backup/varve/backends"
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

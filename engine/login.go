package engine

import (
	"context"
	"errors"

	"github.com/varve-backup/varve/engine/destination"
)

// LoginPlan says how one logs in to a service with a browser.
type LoginPlan struct {
	// Kind is the kind of destination, Options are those of it.
	Kind    string
	Options map[string]string
	// Page opens a page in a browser on this computer. When it is nil, Ask gets
	// what LogIn returned on another one.
	Page func(url string) error
	// Ask gets the answer to a question of the service, as which of several
	// drives; when it is nil, the first counts.
	Ask func(ctx context.Context, question destination.Option) (string, error)
}

// ErrNotKept: a login was made, and could not be kept.
var ErrNotKept = errors.New("the login could not be kept")

// LogIn has a person log in, and keeps the login for the destinations of that
// kind. It returns it, to be handed to another computer; also beside
// ErrNotKept.
func (e *Engine) LogIn(ctx context.Context, p LoginPlan) (login string, err error) {
	const op = "logging in"
	account, login, err := destination.LogIn(ctx, p.Kind, p.Options, p.Page, p.Ask)
	if err != nil {
		return "", classify(ctx, op, err)
	}
	if e.config.Tokens == nil {
		return login, nil
	}
	if err := e.config.Tokens.Save(ctx, account, login); err != nil {
		return login, classify(ctx, op, errors.Join(ErrNotKept, err))
	}
	return login, nil
}

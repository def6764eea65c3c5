package engine

import (
	"context"
	"fmt"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/address"
	"github.com/varve-backup/varve/backends/limit"
	"github.com/varve-backup/varve/backends/open"
)

// Limits say how much of a network all calls of an Engine use together. They
// hold beside those that a destination has of its own. The zero value limits
// nothing.
type Limits struct {
	// Upload and Download are bytes per second; 0 means no limit.
	Upload, Download int64
	// Schedule says otherwise at certain hours, as in
	// "mon-fri 08:00-18:00 500K/2M; else -"; empty says nothing.
	Schedule string
}

// Limit changes the limits, also of what is going on. After an error they are
// what they were.
func (e *Engine) Limit(l Limits) error {
	s, err := limit.ParseSchedule(l.Schedule)
	if err != nil {
		return &Error{Op: "limiting the speed", Kind: Invalid, Err: err}
	}
	if l.Upload < 0 || l.Download < 0 {
		return &Error{Op: "limiting the speed", Kind: Invalid, Err: fmt.Errorf("%w: a speed is less than nothing", errInvalid)}
	}
	e.limiter.Set(limit.Options{Rates: limit.Rates{Upload: l.Upload, Download: l.Download}, Schedule: s})
	return nil
}

// openPlace opens a destination as c says, within the limits.
func (e *Engine) openPlace(ctx context.Context, url string, c backends.Config) (backends.Store, error) {
	s, err := open.Store(ctx, url, c)
	if err != nil {
		return nil, err
	}
	return e.limited(s, url), nil
}

// limited holds a store back that is elsewhere: a folder takes nothing from a
// network. Of several destinations in one, folders are held back too.
func (e *Engine) limited(s backends.Store, url string) backends.Store {
	if a, err := address.Parse(url); err == nil && a.Scheme == "file" {
		return s
	}
	return limit.New(s, e.limiter)
}

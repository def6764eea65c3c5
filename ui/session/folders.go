package session

import (
	"context"
	"sync"

	"github.com/varve-backup/varve/engine"
)

// Explorer goes through the folders at a destination that may become a job's.
// The connection of the first question serves the others too, until Close.
type Explorer interface {
	// Folders lists those in a folder; "" is the one that the choice names.
	Folders(ctx context.Context, folder string) (engine.Folders, error)
	MakeFolder(ctx context.Context, folder string) error
	Close()
}

// Explore returns who goes through the folders of a choice.
func (s *Session) Explore(c Choice) Explorer { return &explorer{session: s, choice: c} }

type explorer struct {
	session *Session
	choice  Choice

	mu    sync.Mutex
	there *engine.Explorer // nil before the first question; guarded by mu
}

// begun is the engine's, which knows the login.
func (x *explorer) begun(ctx context.Context) (*engine.Explorer, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.there == nil {
		d, err := x.session.chosen(ctx, x.choice)
		if err != nil {
			return nil, err
		}
		x.there = x.session.engine.Explore(d)
	}
	return x.there, nil
}

// Folders implements Explorer.
func (x *explorer) Folders(ctx context.Context, folder string) (engine.Folders, error) {
	there, err := x.begun(ctx)
	if err != nil {
		return engine.Folders{}, err
	}
	return there.Folders(withLogin(ctx, x.choice), folder)
}

// MakeFolder implements Explorer.
func (x *explorer) MakeFolder(ctx context.Context, folder string) error {
	there, err := x.begun(ctx)
	if err != nil {
		return err
	}
	return there.MakeFolder(withLogin(ctx, x.choice), folder)
}

// Close implements Explorer.
func (x *explorer) Close() {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.there != nil {
		x.there.Close()
	}
}

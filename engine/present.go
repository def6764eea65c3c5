package engine

import (
	"context"
	"errors"

	"github.com/varve-backup/varve/backends"
)

// Present opens a destination and closes it again: nothing there is listed. A
// folder that is not there is an answer, not an error; one whose drive is not
// connected, or another one, is Offline.
func (e *Engine) Present(ctx context.Context, d Destination) (there bool, err error) {
	store, err := e.openPlace(ctx, d.URL, e.reach(d, false))
	if errors.Is(err, backends.ErrNotExist) {
		return false, nil
	}
	if err == nil {
		err = store.Close()
	}
	return err == nil, classify(ctx, "looking for the destination", err)
}

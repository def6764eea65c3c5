package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/varve-backup/varve/backends"
)

// mostNamed is how many folders of one are told: more than anybody reads.
const mostNamed = 5000

// Folders are those that lie directly in one at a destination.
type Folders struct {
	// Names are in the order of their bytes.
	Names []string
	// Cut: there are more than those.
	Cut bool
}

// Folders lists the folders directly in one at a destination; "" is the one
// that the address names. Nothing is made there. What is missing is NotFound,
// and a kind of destination that cannot tell is NoSuchDestination.
func (e *Engine) Folders(ctx context.Context, d Destination, folder string) (Folders, error) {
	var found Folders
	err := e.inFolders(ctx, d, "listing folders at the destination", func(f backends.Foldered) error {
		for name, err := range f.Folders(ctx, folder) {
			if err != nil {
				return err
			}
			if found.Cut = len(found.Names) == mostNamed; found.Cut {
				break
			}
			found.Names = append(found.Names, name)
		}
		return nil
	})
	slices.Sort(found.Names)
	return found, err
}

// MakeFolder makes a folder at a destination, and those that it lies in. One
// that is there is no error; a name that cannot be is Invalid.
func (e *Engine) MakeFolder(ctx context.Context, d Destination, folder string) error {
	return e.inFolders(ctx, d, "making a folder at the destination", func(f backends.Foldered) error {
		return f.MakeFolder(ctx, folder)
	})
}

// inFolders opens a destination for a look at its folders.
func (e *Engine) inFolders(ctx context.Context, d Destination, op string, do func(backends.Foldered) error) error {
	store, err := e.openPlace(ctx, d.URL, e.reach(d, false))
	if err == nil {
		if f, can := backends.As[backends.Foldered](store); can {
			err = do(f)
		} else {
			err = fmt.Errorf("%w: its folders cannot be listed", backends.ErrUnsupported)
		}
		err = errors.Join(err, store.Close())
	}
	switch {
	case ctx.Err() != nil:
	case errors.Is(err, backends.ErrNotExist):
		return &Error{Op: op, Kind: NotFound, Err: err}
	case errors.Is(err, backends.ErrInvalidName):
		return &Error{Op: op, Kind: Invalid, Err: err}
	}
	return classify(ctx, op, err)
}

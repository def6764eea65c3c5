package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/engine/recognise"
)

// mostNamed is how many folders of one are told: more than anybody reads. As
// many names of files tell which program's they are.
const mostNamed = 5000

// Folders are those that lie directly in one at a destination.
type Folders struct {
	// Names are in the order of their bytes.
	Names []string
	// Cut: there are more than those.
	Cut bool
	// Making says how another one comes to be beside them.
	Making Making
	// Holds is the program whose backup the names there promise.
	Holds recognise.Program
}

// Making says how a folder comes to be at a destination.
type Making = backends.Making

// The ways.
const (
	MadeEmpty     = backends.MadeEmpty
	MadeByContent = backends.MadeByContent
	MadeElsewhere = backends.MadeElsewhere
)

// Explorer goes through the folders of a destination before it is one. It may
// be used by several goroutines; their questions wait for each other.
type Explorer struct {
	engine *Engine
	place  Destination

	mu    sync.Mutex
	store backends.Store // nil while there is no connection; guarded by mu
}

// Explore goes through the folders of a destination. The first question
// connects; what connects then stays open for the others, until Close.
func (e *Engine) Explore(d Destination) *Explorer { return &Explorer{engine: e, place: d} }

// Folders lists the folders directly in one; "" is the one that the address
// names. Nothing is made there. What is missing is NotFound, and a kind of
// destination that cannot tell is NoSuchDestination.
func (x *Explorer) Folders(ctx context.Context, folder string) (found Folders, err error) {
	err = x.ask(ctx, "listing folders at the destination", func(f backends.Foldered) (err error) {
		found, err = folders(ctx, f, folder)
		return err
	})
	return found, err
}

func folders(ctx context.Context, f backends.Foldered, folder string) (found Folders, err error) {
	var files []string
	found.Making = backends.MakingIn(f, folder)
	for item, err := range f.Inside(ctx, folder) {
		switch {
		case err != nil:
			return Folders{}, err
		case !item.Folder && len(files) < mostNamed:
			files = append(files, item.Name)
		case item.Folder && len(found.Names) < mostNamed:
			found.Names = append(found.Names, item.Name)
		case item.Folder:
			found.Cut = true
		}
		if found.Cut {
			break
		}
	}
	slices.Sort(found.Names)
	found.Names = slices.Compact(found.Names) // Google Drive has several of a name
	for _, name := range found.Names {
		files = append(files, name+"/")
	}
	found.Holds = recognise.Of(files)
	return found, nil
}

// MakeFolder makes a folder, and those that it lies in. One that is there is no
// error; a name that cannot be is Invalid.
func (x *Explorer) MakeFolder(ctx context.Context, folder string) error {
	return x.ask(ctx, "making a folder at the destination", func(f backends.Foldered) error {
		return f.MakeFolder(ctx, folder)
	})
}

// Close ends the connection, if there is one. A question afterwards makes
// another.
func (x *Explorer) Close() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.leave()
}

// leave is Close with the lock held.
func (x *Explorer) leave() {
	if x.store != nil {
		_ = x.store.Close() // nothing was stored; a login that could not be kept is asked for again
		x.store = nil
	}
}

// ask asks at the destination. A connection that was lost while nothing was
// asked is made anew, once.
func (x *Explorer) ask(ctx context.Context, op string, question func(backends.Foldered) error) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	kept := x.store != nil
	err := x.once(ctx, question)
	if kept && lost(err) && ctx.Err() == nil {
		err = x.once(ctx, question)
	}
	if ctx.Err() == nil && errors.Is(err, backends.ErrNotExist) {
		return &Error{Op: op, Kind: NotFound, Err: err}
	}
	return classify(ctx, op, err)
}

// lost tells that another connection may answer.
func lost(err error) bool {
	return err != nil && (!backends.IsPermanent(err) || errors.Is(err, backends.ErrOffline))
}

// once asks on the connection that there is, or on a new one.
func (x *Explorer) once(ctx context.Context, question func(backends.Foldered) error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if x.store == nil {
		c := x.engine.reach(x.place, false)
		c.Explore = true
		store, err := x.engine.openPlace(ctx, x.place.URL, c)
		if err != nil {
			return err
		}
		x.store = store
	}
	f, can := backends.As[backends.Foldered](x.store)
	if !can {
		return fmt.Errorf("%w: its folders cannot be listed", backends.ErrUnsupported)
	}
	err := question(f)
	if lost(err) {
		x.leave()
	}
	return err
}

package ui

import (
	"context"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/recognise"
	"github.com/varve-backup/varve/ui/session"
)

// fakeServer is a destination with folders.
type fakeServer struct {
	ways      []string // ways to them, from the top of the account
	waysCut   bool
	waysMade  func(folder string) engine.Making // nil: all are made
	waysHold  map[string]recognise.Program      // the backups in them
	waysAsked []session.Choice                  // what each connection was for
	waysLeft  []session.Choice                  // those that were closed
	waysRead  func(ctx context.Context) error   // what each question does, nil nothing
	wayMade   func(ctx context.Context) error
	waysLock  sync.Mutex
}

// fakeExplorer is a connection to a fakeServer.
type fakeExplorer struct {
	server *fakeServer
	choice session.Choice
}

func (f *fakeServer) Explore(c session.Choice) session.Explorer {
	f.waysAsked = append(f.waysAsked, c)
	return &fakeExplorer{f, c}
}

func (x *fakeExplorer) Folders(ctx context.Context, folder string) (engine.Folders, error) {
	f := x.server
	if f.waysRead != nil {
		if err := f.waysRead(ctx); err != nil {
			return engine.Folders{}, err
		}
	}
	if folder != "" && !slices.Contains(f.ways, folder) {
		return engine.Folders{}, &engine.Error{Op: "listing folders at the destination", Kind: engine.NotFound}
	}
	found := engine.Folders{Cut: f.waysCut, Holds: f.waysHold[folder]}
	if f.waysMade != nil {
		found.Making = f.waysMade(folder)
	}
	for _, way := range f.ways {
		if strings.TrimPrefix(path.Dir("/"+way), "/") == folder {
			found.Names = append(found.Names, path.Base(way))
		}
	}
	return found, nil
}

func (x *fakeExplorer) MakeFolder(ctx context.Context, folder string) error {
	f := x.server
	if f.wayMade != nil {
		if err := f.wayMade(ctx); err != nil {
			return err
		}
	}
	f.ways = append(f.ways, folder)
	return nil
}

func (x *fakeExplorer) Close() {
	x.server.waysLock.Lock()
	defer x.server.waysLock.Unlock()
	x.server.waysLeft = append(x.server.waysLeft, x.choice)
}

// closed are the addresses whose connections were closed.
func (f *fakeServer) closed() (all []string) {
	f.waysLock.Lock()
	defer f.waysLock.Unlock()
	for _, c := range f.waysLeft {
		all = append(all, c.Destination)
	}
	return all
}

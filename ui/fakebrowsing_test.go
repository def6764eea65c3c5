package ui

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/ui/session"
)

// fakeServer is a destination with folders.
type fakeServer struct {
	ways      []string // ways to them, from the top of the account
	waysCut   bool
	waysAsked []session.Choice
	waysRead  func(ctx context.Context) error // what each question does, nil nothing
	wayMade   func(ctx context.Context) error
}

func (f *fakeServer) FoldersAt(ctx context.Context, c session.Choice, folder string) (engine.Folders, error) {
	f.waysAsked = append(f.waysAsked, c)
	if f.waysRead != nil {
		if err := f.waysRead(ctx); err != nil {
			return engine.Folders{}, err
		}
	}
	if folder != "" && !slices.Contains(f.ways, folder) {
		return engine.Folders{}, &engine.Error{Op: "listing folders at the destination", Kind: engine.NotFound}
	}
	found := engine.Folders{Cut: f.waysCut}
	for _, way := range f.ways {
		if strings.TrimPrefix(path.Dir("/"+way), "/") == folder {
			found.Names = append(found.Names, path.Base(way))
		}
	}
	return found, nil
}

func (f *fakeServer) MakeFolderAt(ctx context.Context, _ session.Choice, folder string) error {
	if f.wayMade != nil {
		if err := f.wayMade(ctx); err != nil {
			return err
		}
	}
	f.ways = append(f.ways, folder)
	return nil
}

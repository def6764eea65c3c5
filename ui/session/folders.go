package session

import (
	"context"

	"github.com/varve-backup/varve/engine"
)

// FoldersAt lists those in a folder at a destination that may become a job's; ""
// is the one that it names.
func (s *Session) FoldersAt(ctx context.Context, c Choice, folder string) (engine.Folders, error) {
	d, err := s.chosen(ctx, c)
	if err != nil {
		return engine.Folders{}, err
	}
	return s.engine.Folders(withLogin(ctx, c), d, folder)
}

// MakeFolderAt makes one there.
func (s *Session) MakeFolderAt(ctx context.Context, c Choice, folder string) error {
	d, err := s.chosen(ctx, c)
	if err != nil {
		return err
	}
	return s.engine.MakeFolder(withLogin(ctx, c), d, folder)
}

package mega

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/varve-backup/varve/backends"
)

// Inside implements backends.Foldered. The list of all files says it, so that
// MEGA is asked only for what has changed.
func (s *Store) Inside(ctx context.Context, folder string) iter.Seq2[backends.Item, error] {
	return func(yield func(backends.Item, error) bool) {
		found, err := s.inside(ctx, folder)
		if err != nil {
			yield(backends.Item{}, fmt.Errorf("listing the folder %q: %w", folder, err))
			return
		}
		for _, item := range found {
			if !yield(item, nil) {
				return
			}
		}
	}
}

func (s *Store) inside(ctx context.Context, folder string) ([]backends.Item, error) {
	at := s.root
	if folder != "" {
		if err := check(folder); err != nil {
			return nil, err
		}
		at = s.parts(folder)
	}
	if err := s.follow(ctx); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	folders := s.tree.folders(at)
	if len(folders) == 0 {
		return nil, fmt.Errorf("%w: there is no folder %q", backends.ErrNotExist, strings.Join(at, "/"))
	}
	return s.tree.children(folders), nil
}

// children are what lies directly in some folders of one name, once each.
func (t *tree) children(folders []*node) (found []backends.Item) {
	within := map[string]bool{}
	for _, f := range folders {
		within[f.handle] = true
	}
	seen := map[backends.Item]bool{}
	for _, n := range t.nodes {
		item := backends.Item{Name: n.name, Folder: !n.file}
		if within[n.parent] && !seen[item] && check(n.name) == nil && !strings.Contains(n.name, "/") {
			seen[item] = true
			found = append(found, item)
		}
	}
	return found
}

// MakeFolder implements backends.Foldered.
func (s *Store) MakeFolder(ctx context.Context, folder string) error {
	err := check(folder)
	if err == nil {
		err = s.makeFolder(ctx, folder)
	}
	if err != nil {
		return fmt.Errorf("making the folder %q: %w", folder, err)
	}
	return nil
}

func (s *Store) makeFolder(ctx context.Context, folder string) error {
	if err := s.follow(ctx); err != nil {
		return err
	}
	end, err := s.change(ctx)
	if err != nil {
		return err
	}
	defer end()
	if len(s.files(folder)) > 0 {
		return fmt.Errorf("%w: there is a file of that name", backends.ErrInvalidName)
	}
	_, err = s.folder(ctx, s.parts(folder), len(s.root))
	return err
}

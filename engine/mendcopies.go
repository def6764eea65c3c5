package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/varve-backup/varve/backends"
)

// ErrMendCopy: another place, from which something is to be mended, cannot be
// used. Nothing was given up for that.
var ErrMendCopy = errors.New("another place of the archive cannot be used")

// wholeReader is an archive that hands out stored files which it can prove.
type wholeReader interface {
	// readWhole writes a stored file to out. It reports false for one that is not
	// there, or not whole.
	readWhole(ctx context.Context, name string, out io.Writer) (whole bool, err error)
}

func (a *deduplicated) readWhole(ctx context.Context, name string, out io.Writer) (bool, error) {
	return a.CopyFile(ctx, name, out)
}

func (a *volumes) readWhole(ctx context.Context, name string, out io.Writer) (bool, error) {
	return a.CopyFile(ctx, name, out)
}

// fetchAll takes damaged files from other places, as far as they have them whole.
func (m *mending) fetchAll() error {
	m.whole = map[string]bool{}
	if len(m.plan.Copies) == 0 {
		return nil
	}
	m.step(MendCopies)
	to, err := m.e.openPlace(m.ctx, m.plan.Destination.URL, m.e.reach(m.plan.Destination, false))
	if err != nil {
		return err
	}
	for _, c := range m.plan.Copies {
		if err == nil {
			err = m.fetchFrom(c, to)
		}
	}
	m.result.Fetched = len(m.whole)
	return errors.Join(err, to.Close())
}

func (m *mending) fetchFrom(d Destination, to backends.Store) error {
	err := m.open(d, func(a archive) error {
		from, ok := a.(wholeReader)
		if !ok {
			return nil
		}
		for i := range m.result.Found {
			name := m.result.Found[i].File
			if name == "" || m.whole[name] {
				continue
			}
			if err := m.fetch(from, to, name); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("%w: %w", ErrMendCopy, err)
	}
	return nil
}

// fetch copies a file that is whole, over a file of this computer: what is sent
// is what was proved.
func (m *mending) fetch(from wholeReader, to backends.Store, name string) (err error) {
	f, err := os.CreateTemp(m.e.config.TempDir, "varve-mend-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	whole, err := from.readWhole(m.ctx, name, f)
	if err != nil || !whole {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if err := to.Put(m.ctx, name, heldFile{f.Name(), info.Size()}); err != nil {
		return fmt.Errorf("storing %s: %w", name, err)
	}
	m.whole[name] = true
	return nil
}

// heldFile is a file of this computer that is stored.
type heldFile struct {
	path string
	size int64
}

// Size implements backends.Source.
func (f heldFile) Size() int64 { return f.size }

// Open implements backends.Source.
func (f heldFile) Open() (io.ReadCloser, error) { return os.Open(f.path) }

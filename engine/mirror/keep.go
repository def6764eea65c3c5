package mirror

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/varve-backup/varve/backends"
)

// replaceAside replaces a file and keeps what it was under another name. Where
// the destination renames, the new one is whole before the old one moves;
// elsewhere the old one is copied first and then replaced in one step.
func (r *run) replaceAside(ctx context.Context, t *task, aside string) error {
	if _, renames := backends.As[backends.Renamer](r.dst); !renames {
		if err := r.duplicate(ctx, t.Name, aside); err != nil {
			return err
		}
		return r.put(ctx, t.Name, t)
	}
	staged := marked(t.Name, r.work.stamp, newMark)
	if err := r.put(ctx, staged, t); err != nil {
		return err
	}
	if err := r.rename(ctx, t.Name, aside); err != nil {
		return atDestination(errors.Join(err, r.dst.Delete(ctx, staged)))
	}
	return atDestination(r.rename(ctx, staged, t.Name))
}

// setAside gives a file another name.
func (r *run) setAside(ctx context.Context, name, aside string) error {
	if _, renames := backends.As[backends.Renamer](r.dst); renames {
		return atDestination(r.rename(ctx, name, aside))
	}
	if err := r.duplicate(ctx, name, aside); err != nil {
		return err
	}
	return atDestination(r.dst.Delete(ctx, name))
}

// renames is how often one is tried.
const renames = 3

// rename renames, and takes an answer that got lost for what it was.
func (r *run) rename(ctx context.Context, from, to string) (err error) {
	renamer, _ := backends.As[backends.Renamer](r.dst)
	for range renames {
		if err = renamer.Rename(ctx, from, to); err == nil || ctx.Err() != nil {
			return err
		}
		if errors.Is(err, backends.ErrNotExist) {
			if _, serr := r.dst.Stat(ctx, to); serr == nil {
				return nil
			}
		}
		if backends.IsPermanent(err) {
			return err
		}
	}
	return err
}

// duplicate copies a file of the destination by way of this machine: a store
// cannot read and write one file at the same time with a single connection.
func (r *run) duplicate(ctx context.Context, name, to string) (err error) {
	f, err := os.CreateTemp(r.TempDir, "varve-mirror-*")
	if err != nil {
		return fmt.Errorf("making room for a copy of %q: %w", name, err)
	}
	defer func() { err = errors.Join(err, os.Remove(f.Name())) }()
	n, err := r.fetch(ctx, name, f)
	if err = errors.Join(err, f.Close()); err != nil {
		return atDestination(err)
	}
	return atDestination(r.dst.Put(ctx, to, backends.FileSource{Path: f.Name(), Bytes: n}))
}

func (r *run) fetch(ctx context.Context, name string, to io.Writer) (int64, error) {
	in, err := r.dst.Get(ctx, name, 0, -1)
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(to, r.counted(ctx, in))
	return n, errors.Join(err, in.Close())
}

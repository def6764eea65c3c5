package engine

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/varve-backup/varve/engine/duplicity"
	"github.com/varve-backup/varve/engine/repository"
)

// Cat writes the content of one file of a version to out, and returns the
// version. The content is proved while it is written: when Cat returns an
// error, what was written may be cut short or wrong.
func (e *Engine) Cat(ctx context.Context, d Destination, m Moment, path string, out io.Writer) (Version, error) {
	const op = "reading a file"
	archive, err := e.openArchive(ctx, d, repository.Ignore(), false)
	if err != nil {
		return Version{}, classify(ctx, op, err)
	}
	defer archive.close()
	version, err := pick(ctx, archive, m)
	if err != nil {
		return Version{}, classify(ctx, op, err)
	}
	return version.version(), classify(ctx, op, catFrom(ctx, version, path, out))
}

func catFrom(ctx context.Context, version openVersion, path string, out io.Writer) error {
	contents, err := version.contents(ctx, []string{path})
	if err != nil {
		return err
	}
	item, err := contents.next(ctx)
	switch {
	case err != nil:
	case item == nil && len(contents.Lost()) > 0:
		err = errors.Join(contents.Lost()...)
	case item == nil:
		err = fmt.Errorf("%q: %w", path, duplicity.ErrNotFound)
	default:
		err = copyItem(ctx, item, path, out)
	}
	return errors.Join(err, contents.Close())
}

// copyItem writes a file out.
func copyItem(ctx context.Context, item *item, path string, out io.Writer) error {
	switch {
	case item.Path != path || item.Type == repository.Dir:
		return fmt.Errorf("%w: %q is a folder", errInvalid, path)
	case item.Type != repository.File:
		return fmt.Errorf("%w: %q is no regular file but a %s", errInvalid, path, item.Type)
	}
	if item.broken != nil {
		return item.broken
	}
	content, err := item.source.Open()
	if err != nil {
		return err
	}
	_, err = io.Copy(out, endable{ctx, content})
	return errors.Join(err, content.Close())
}

// endable ends a reader with its context.
type endable struct {
	ctx context.Context //nolint:containedctx // of one copy
	src io.Reader
}

func (e endable) Read(p []byte) (int, error) {
	if err := e.ctx.Err(); err != nil {
		return 0, err
	}
	return e.src.Read(p)
}

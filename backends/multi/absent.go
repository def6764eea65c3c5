package multi

import (
	"context"
	"io"
	"iter"

	"github.com/varve-backup/varve/backends"
)

// absent is a part that could not be opened.
type absent struct{ err error }

func (a absent) Put(context.Context, string, backends.Source) error { return a.err }

func (a absent) Get(context.Context, string, int64, int64) (io.ReadCloser, error) {
	return nil, a.err
}

func (a absent) List(context.Context, string) iter.Seq2[backends.Object, error] {
	return func(yield func(backends.Object, error) bool) { yield(backends.Object{}, a.err) }
}

func (a absent) Stat(context.Context, string) (backends.Object, error) {
	return backends.Object{}, a.err
}

func (a absent) Delete(context.Context, string) error { return a.err }

func (a absent) Close() error { return nil }

package engine

import (
	"context"
	"io"
	"iter"
	"time"

	"github.com/varve-backup/varve/engine/repository"
)

// archive is an open destination, of whichever format.
type archive interface {
	history
	retained
	pinning
	backup(j jobRun, p BackupPlan, watch repository.Observer) (Summary, error)
	status(ctx context.Context) (Status, error)
	// check proves what is stored.
	check(ctx context.Context, plan DataCheck, report func(Finding)) (Checked, error)
	close() error
}

// history is the versions of an archive.
type history interface {
	// versions lists the complete versions, newest first.
	versions(ctx context.Context) ([]Version, error)
	// at opens the newest version that is not younger than at; zero means the
	// newest of all.
	at(ctx context.Context, at time.Time) (openVersion, error)
	// all opens every version, newest first. Those that cannot be read are in
	// the error, beside the others.
	all(ctx context.Context) ([]openVersion, error)
}

// openVersion is a version that was chosen.
type openVersion interface {
	version() Version
	// roots are the folders that it is of, none where that is not known.
	roots() []string
	// origin are the machine and the folders that it is of, as far as what is
	// stored says so. It may need what opens the archive.
	origin(ctx context.Context) (host string, folders []string, err error)
	// contents reads items with what they hold, in order.
	contents(ctx context.Context, paths []string) (contents, error)
	// comparable are contents for a dry run that compares: of what they hold
	// nothing is fetched.
	comparable(ctx context.Context, paths []string) (contents, error)
	browse(ctx context.Context) (listing, error)
	// totals counts what is to be read, for progress only.
	totals(ctx context.Context, paths []string) (files, bytes int64, known bool, err error)
}

// contents is a version being read.
type contents interface {
	// next returns the next item, or nil at the end. It is valid until the
	// next call.
	next(ctx context.Context) (*item, error)
	// Missing are the wanted paths that the version does not hold.
	Missing() []string
	// Lost says what was wrong with stored files that could not be used.
	Lost() []error
	Close() error
}

// listing is a version opened for browsing.
type listing interface {
	ReadDir(ctx context.Context, path string) iter.Seq2[repository.Entry, error]
	Walk(ctx context.Context, path string) iter.Seq2[repository.Entry, error]
	// open opens a file in place; what has to be kept of it lies in temp.
	open(ctx context.Context, e *repository.Entry, temp string) (File, error)
	Close() error
}

// item is one item of a version.
type item struct {
	*repository.Entry
	// broken says why it cannot be brought back, nil when it can.
	broken error
	source interface {
		// Open proves length and hash: its last Read fails when they do not
		// match. Content leaves that to whoever reads.
		Open() (io.ReadCloser, error)
		Content() (io.ReadCloser, error)
	}
}

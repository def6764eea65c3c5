// Package mirror makes one store equal to another, as Duplicati's SyncTool does
// with the files of a folder, and without the ways in which that loses them:
// what is new is copied before anything goes, a source that is empty or gone
// empties nothing, and what was set aside stays out of the comparison. Start
// with Run.
//
// It knows nothing of the formats but an order: what names other files is
// copied after them and removed before them, so that a mirror which was cut off
// does not promise what it does not hold.
package mirror

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/varve-backup/varve/backends"
)

// Options say how a mirror is made. The zero value copies what differs, removes
// what the source does not have, tries nothing twice, and refuses to remove.
type Options struct {
	// Force copies every file, whatever the comparison would say.
	Force bool
	// Retention gives what would be replaced or removed another name instead:
	// see Aside.
	Retention bool
	// KeepAside is for how long what was set aside stays; 0 is for ever.
	KeepAside time.Duration
	// VerifyContents compares the content of files that seem to be equal, and
	// VerifyAfterPut that of each file after it was copied.
	VerifyContents, VerifyAfterPut bool
	// Rounds is how often those files are tried again that could not be copied,
	// each time after Pause.
	Rounds int
	Pause  time.Duration
	// DryRun compares, and neither reads nor changes a file.
	DryRun bool
	// AllowEmptySource lets an empty source empty the destination. Otherwise no
	// more than MaxRemove percent of the destination's files are removed.
	AllowEmptySource bool
	MaxRemove        int
	// IgnoreRoom begins also when there is too little room.
	IgnoreRoom bool
	// Vet is shown what both sides hold, in order of the names, before anything is
	// compared; an error ends the run. nil is content with all.
	Vet func(ctx context.Context, src, dst []backends.Object) error
	// Workers is how many files are handled at once; 0 asks the stores.
	Workers int
	// TempDir holds a file on its way to another name, where the destination
	// cannot rename; empty means the system's.
	TempDir string
	// Now is the clock; nil means the system's.
	Now func() time.Time
}

// Action is what becomes of a file.
type Action uint8

// The actions. Each is done to a file of the destination but Prove, which reads
// it on both sides.
const (
	Copy    Action = iota + 1 // it is new
	Replace                   // its content becomes the source's
	Remove                    // the source does not have it
	Keep                      // it gets another name instead
	Expire                    // it got one long ago
	Prove                     // its content is compared
)

// Watch is told what happens. The functions are called from several goroutines.
type Watch struct {
	// Wait returns an error when the run shall end, and may block for a pause.
	Wait func(ctx context.Context) error
	// Stage tells what begins, and with how many files and bytes.
	Stage func(a Action, files, bytes int64)
	// Done tells of a file that was handled, or would be. to is its new name
	// when it was set aside.
	Done func(a Action, name, to string, bytes int64)
	// Failed tells of one that was not, after the last try.
	Failed func(a Action, name string, err error)
	// Moved counts bytes that were read to be copied or compared.
	Moved func(bytes int64)
	// Notice says something in a sentence.
	Notice func(sentence string)
	// Confirm is asked before files are compared by their content, with what
	// Prove says, and before anything is changed. nil is yes to all.
	Confirm func(ctx context.Context, p Preview) (bool, error)
}

// Preview is what is about to be done.
type Preview struct {
	// Prove counts files whose content is compared; the rest is not known then.
	Prove int
	// Copies, Replaced, Removed and Expired count files, and Bytes is what is
	// copied. Retention: none of those is lost but the expired ones.
	Copies, Replaced, Removed, Expired int
	Bytes                              int64
	Retention                          bool
}

func (p *Preview) isEmpty() bool { return p.Copies+p.Replaced+p.Removed+p.Expired == 0 }

// Result counts what was done, or in a dry run what would be.
type Result struct {
	// Same counts files that were equal already.
	Same int64
	// Copied and Replaced count files, Bytes what they hold.
	Copied, Replaced int64
	Bytes            int64
	Removed          int64
	// SetAside counts files that got another name, and Expired those that went
	// long after that.
	SetAside, Expired int64
	// NotCopied counts files of the source that are not at the destination, or
	// not proved to be; NotRemoved those that should have gone and did not.
	NotCopied, NotRemoved int64
	// HeldBack counts files that were not removed because something else went
	// wrong.
	HeldBack int64
	// Declined: Confirm said no.
	Declined bool
}

// The refusals: nothing was changed.
var (
	ErrEmptySource = errors.New("the source is empty")
	ErrTooMany     = errors.New("too many files would be removed")
	ErrTwice       = errors.New("a name is there twice")
)

// run is one run.
type run struct {
	Options
	src, dst backends.Store
	watch    Watch
	work     *work
	result   counters
}

// Run makes dst equal to src. It ends with an error when nothing could be
// compared or nothing may be done, and when ctx ends; single files that fail are
// in the Result, and the next run begins where this one ended.
func Run(ctx context.Context, src, dst backends.Store, o Options, w Watch) (Result, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	r := &run{Options: o, src: src, dst: dst, watch: w.complete()}
	if r.Workers == 0 {
		r.Workers = workers(src, dst)
	}
	err := r.all(ctx)
	return r.result.read(), err
}

func (r *run) all(ctx context.Context) error {
	if err := r.compare(ctx); err != nil {
		return err
	}
	if err := r.guard(); err != nil {
		return err
	}
	if yes, err := r.verify(ctx); err != nil || !yes {
		r.result.Declined = err == nil
		return err
	}
	if err := r.checkRoom(ctx); err != nil {
		return err
	}
	preview := r.work.preview(&r.Options)
	if preview.isEmpty() {
		return r.tidy(ctx)
	}
	if !r.DryRun {
		if yes, err := r.watch.Confirm(ctx, preview); err != nil || !yes {
			r.result.Declined = err == nil
			return err
		}
	}
	if err := r.copyAll(ctx); err != nil {
		return err
	}
	if err := r.removeAll(ctx); err != nil {
		return err
	}
	return r.tidy(ctx)
}

// complete replaces what nobody wants to know.
func (w Watch) complete() Watch {
	if w.Wait == nil {
		w.Wait = func(ctx context.Context) error { return context.Cause(ctx) }
	}
	if w.Stage == nil {
		w.Stage = func(Action, int64, int64) {}
	}
	if w.Done == nil {
		w.Done = func(Action, string, string, int64) {}
	}
	if w.Failed == nil {
		w.Failed = func(Action, string, error) {}
	}
	if w.Moved == nil {
		w.Moved = func(int64) {}
	}
	if w.Notice == nil {
		w.Notice = func(string) {}
	}
	if w.Confirm == nil {
		w.Confirm = func(context.Context, Preview) (bool, error) { return true, nil }
	}
	return w
}

// fewest and most bound how many files are handled at once: also a disk is
// faster with some, and no line with more.
const (
	fewest = 4
	most   = 16
)

func workers(src, dst backends.Store) int {
	return min(most, max(fewest, backends.TraitsOf(src).Connections, backends.TraitsOf(dst).Connections))
}

// atSource and atDestination say which side an error is of.
func atSource(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("the source: %w", err)
}

func atDestination(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("the destination: %w", err)
}

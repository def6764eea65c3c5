package engine

import (
	"context"
	"errors"
	"io"

	"github.com/varve-backup/varve/engine/duplicity"
	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/restore"
)

// Meet makes a job that tells what lies already where Restore would put the
// items of a plan, whatever its Clash: as ItemMet, in order. What is there is
// compared by content, and nothing of the content is fetched from the
// destination. Nothing is written. In the Summary, Same are the files that are
// there already, and Files and Bytes what would come back with Replace.
func (e *Engine) Meet(p RestorePlan) *Job {
	p.DryRun, p.Clash = true, restore.Replace
	return e.job("comparing with what is there", func(j jobRun) (Summary, error) { return e.restore(j, p, openVersion.comparable) })
}

// comparing are items that can be compared with a file, and no more.
type comparing interface {
	Describes(src io.Reader) (bool, error)
}

func (v *volumeVersion) comparable(ctx context.Context, paths []string) (contents, error) {
	s, err := v.archive.Signed(ctx, v.v, paths)
	if errors.Is(err, duplicity.ErrNoSignatures) {
		return v.contents(ctx, paths)
	}
	if err != nil {
		return nil, err
	}
	return signedContents{s}, nil
}

// comparable are the contents themselves: none is fetched unless it is wanted.
func (v *snapshotAt) comparable(ctx context.Context, paths []string) (contents, error) {
	return v.contents(ctx, paths)
}

// signedContents are a version of volumes as its signatures describe it.
type signedContents struct{ *duplicity.Signed }

func (c signedContents) next(ctx context.Context) (*item, error) {
	e, err := c.Next(ctx)
	if err != nil || e == nil {
		return nil, err
	}
	return &item{e, nil, signedItem{c.Signed}}, nil
}

// Lost is of volumes, which are not looked at.
func (signedContents) Lost() []error { return nil }

// signedItem is one of them.
type signedItem struct{ comparing }

var errNotRead = errors.New("its content was only to be compared")

// Open is not called in a dry run.
func (signedItem) Open() (io.ReadCloser, error) { return nil, errNotRead }

// Content is not called in a dry run.
func (signedItem) Content() (io.ReadCloser, error) { return nil, errNotRead }

// presentAlike returns the file at the target that is an item to be compared.
func (j jobRun) presentAlike(item *item, out *restore.Writer) *restore.Present {
	if c, ok := item.source.(comparing); ok && item.SHA256 == nil && item.Type == repository.File {
		return out.FindAlike(j.ctx, item.Entry, c.Describes)
	}
	return out.FindSame(j.ctx, item.Entry)
}

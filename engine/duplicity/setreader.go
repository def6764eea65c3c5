package duplicity

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/varve-backup/varve/engine/duplicity/manifest"
	"github.com/varve-backup/varve/engine/duplicity/tarstream"
	"github.com/varve-backup/varve/engine/repository"
)

// setReader yields the members of one set in order, through all of the
// volumes that it is given. A volume is fetched when the merge reaches its
// first path, and the one after it is fetched meanwhile.
type setReader struct {
	archive *Archive
	set     *Set
	volumes []manifest.Volume // still to be opened, ascending
	ahead   *pendingFetch     // of volumes[0]

	file   io.Closer
	tar    *tarstream.Reader
	volume manifest.Volume // the open one
	head   *tarstream.Header
	last   string
	any    bool
	// lost are the ranges of paths whose members could not be read.
	lost []lostRange
}

// lostRange is what a damaged volume held.
type lostRange struct {
	from, to string
	err      error
}

// pendingFetch is a volume on its way.
type pendingFetch struct {
	done   chan struct{}
	cancel context.CancelFunc
	file   *fetched
	err    error
}

// bound is a path that the next member is not below: exact once the member
// has been read. ok is false at the end of the set.
func (s *setReader) bound() (path string, exact, ok bool) {
	switch {
	case s.head != nil:
		return s.head.Entry.Path, true, true
	case s.tar != nil:
		return s.last, false, true
	case len(s.volumes) > 0:
		return s.volumes[0].Start.Path, false, true
	}
	return "", false, false
}

// load reads the next member's header; at the end of the set head stays nil.
// What a damaged volume held is noted as lost and passed over.
func (s *setReader) load(ctx context.Context) error {
	for s.head == nil && (s.tar != nil || len(s.volumes) > 0) {
		err := s.loadOnce(ctx)
		if err != nil && (ctx.Err() != nil || !isDamage(err)) {
			return err
		}
		if err != nil {
			s.giveUp(err)
		}
	}
	return nil
}

func (s *setReader) loadOnce(ctx context.Context) error {
	if s.tar == nil {
		if err := s.openNext(ctx); err != nil {
			return err
		}
	}
	h, err := s.tar.Next()
	if err == io.EOF { // a reader returns it as it is; inside another error it is damage
		return s.closeVolume()
	}
	if err != nil {
		return fmt.Errorf("reading volume %d: %w", s.volume.Number, damage(err))
	}
	return s.accept(h)
}

// accept takes a member that is in order: after the one before, or the next
// chunk of the same item.
func (s *setReader) accept(h *tarstream.Header) error {
	order := repository.Compare(h.Entry.Path, s.last)
	if s.any && (order < 0 || order == 0 && !h.Kind.IsChunk()) {
		return fmt.Errorf("reading volume %d: %w: %q is out of order", s.volume.Number, ErrDamaged, h.Entry.Path)
	}
	s.head, s.last, s.any = h, h.Entry.Path, true
	return nil
}

// openNext opens volumes[0] and starts fetching the one behind it.
func (s *setReader) openNext(ctx context.Context) error {
	s.volume = s.volumes[0]
	f, err := s.await(ctx)
	s.volumes = s.volumes[1:]
	if err != nil {
		return err
	}
	s.fetchAhead(ctx)
	name := s.set.Volumes[s.volume.Number].Name
	plain, err := s.archive.codec.reader(f, name)
	if err != nil {
		return errors.Join(fmt.Errorf("reading %s: %w", f.name, damage(err)), f.Close())
	}
	ahead := newReadAhead(plain)
	s.file = closers{ahead, f}
	s.tar = tarstream.NewReader(ahead)
	return nil
}

// await returns volumes[0], whether it was on its way or not.
func (s *setReader) await(ctx context.Context) (*fetched, error) {
	if s.ahead == nil {
		return s.archive.fetchVolume(ctx, fileOf(s.set, s.volume.Number), &s.volume)
	}
	p := s.ahead
	s.ahead = nil
	<-p.done
	return p.file, p.err
}

// fetchAhead begins to fetch volumes[0].
func (s *setReader) fetchAhead(ctx context.Context) {
	if len(s.volumes) == 0 {
		return
	}
	v := s.volumes[0]
	ctx, cancel := context.WithCancel(ctx)
	p := &pendingFetch{done: make(chan struct{}), cancel: cancel}
	go func() {
		defer close(p.done)
		p.file, p.err = s.archive.fetchVolume(ctx, fileOf(s.set, v.Number), &v)
	}()
	s.ahead = p
}

// giveUp notes what the rest of the open volume, or the volume that did not
// open, would have held.
func (s *setReader) giveUp(err error) {
	from := s.volume.Start.Path
	if s.tar != nil && s.any {
		from = s.last
	}
	s.lost = append(s.lost, lostRange{from, s.volume.End.Path, err})
	s.head = nil
	_ = s.closeVolume() // the volume is given up already
}

func (s *setReader) closeVolume() error {
	s.tar = nil
	if s.file == nil {
		return nil
	}
	f := s.file
	s.file = nil
	return f.Close()
}

// skip moves past the item at path, all its chunks included.
func (s *setReader) skip(ctx context.Context, path string) error {
	for s.head != nil && s.head.Entry.Path == path {
		s.head = nil
		if err := s.load(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Close ends what is open or on its way.
func (s *setReader) Close() error {
	var err error
	if s.ahead != nil {
		s.ahead.cancel()
		<-s.ahead.done
		if s.ahead.file != nil {
			err = s.ahead.file.Close()
		}
	}
	return errors.Join(err, s.closeVolume())
}

// closers closes several things, in order.
type closers []io.Closer

func (c closers) Close() error {
	var errs []error
	for _, x := range c {
		errs = append(errs, x.Close())
	}
	return errors.Join(errs...)
}

package cloud

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/rclone/rclone/fs"
	"github.com/rclone/rclone/fs/hash"
	"github.com/rclone/rclone/fs/object"

	"github.com/varve-backup/varve/backends"
)

// Put implements backends.Store. The library's own Put believes what it is
// told: it stores a source that is short, goes on after its context ended, and
// leaves half files at some services.
func (s *Store) Put(ctx context.Context, name string, src backends.Source) error {
	if err := s.ready(ctx, "storing", name); err != nil {
		return err
	}
	if largest := s.service.traits.MaxSize; largest > 0 && src.Size() > largest {
		return fmt.Errorf("storing %s: %w: it has %d bytes and may have %d", name, backends.ErrTooLarge, src.Size(), largest)
	}
	if s.warm != nil && strings.Contains(name, "manifest") {
		return s.warm.Put(ctx, name, src)
	}
	end, err := s.turns.change(ctx, name)
	if err != nil {
		return s.failed(ctx, "storing", name, err)
	}
	defer end()
	staged, err := s.aside(ctx, name)
	if err == nil && staged {
		err = s.putAside(ctx, name, src)
	} else if err == nil {
		_, err = s.upload(ctx, name, src)
	}
	return s.failed(ctx, "storing", name, err)
}

// aside tells whether an object has to be stored under another name first.
func (s *Store) aside(ctx context.Context, name string) (bool, error) {
	if s.staged || !s.service.fragile {
		return s.staged, nil
	}
	_, err := s.object(ctx, name)
	if errors.Is(err, fs.ErrorObjectNotFound) {
		return false, nil
	}
	return true, err
}

// putAside stores an object under another name and renames it.
func (s *Store) putAside(ctx context.Context, name string, src backends.Source) error {
	temp := tempName(name)
	o, err := s.upload(ctx, temp, src)
	if err == nil {
		err = s.rename(ctx, o, name)
	}
	if err != nil {
		s.discard(ctx, temp)
	}
	return err
}

// upload stores a source under a name and looks whether it is there.
func (s *Store) upload(ctx context.Context, name string, src backends.Source) (fs.Object, error) {
	// The library makes sums of what it is told has some.
	sums := map[hash.Type]string{}
	if s.service.summed {
		var err error
		if sums, err = s.copyTo(ctx, backends.AtOnce(src), func(in *exact) error {
			_, err := io.Copy(io.Discard, in)
			return err
		}); err != nil {
			return nil, err
		}
	}
	info := object.NewStaticObjectInfo(name, time.Now(), src.Size(), true, sums, nil)
	sums, err := s.copyTo(ctx, src, func(in *exact) error { return s.hand(ctx, in, info) })
	if err != nil {
		return nil, err
	}
	return s.settled(ctx, name, src.Size(), sums)
}

// hand gives a source to the library. One that goes on for a while after an
// upload has failed is left alone with that.
func (s *Store) hand(ctx context.Context, in *exact, info fs.ObjectInfo) error {
	inner, cancel := context.WithCancel(s.in(ctx))
	done := make(chan error, 1)
	upload := func() {
		defer cancel()
		// What comes with an error may be a typed nil, and is not looked at.
		_, err := s.fs.Put(inner, in, info)
		done <- err
	}
	if !s.service.lingers {
		upload()
		return <-done
	}
	go upload()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	case <-in.torn:
	}
	cancel()
	return context.Canceled // copyTo and classify know better why
}

// copyTo hands a source to whoever reads all of it, and returns its sums.
func (s *Store) copyTo(ctx context.Context, src backends.Source, read func(*exact) error) (map[hash.Type]string, error) {
	body, err := src.Open()
	if err != nil {
		return nil, &sourceError{err}
	}
	defer body.Close()
	sum, err := hash.NewMultiHasherTypes(hash.NewHashSet(s.sums()))
	if err != nil {
		return nil, err
	}
	in := &exact{ctx: ctx, src: body, left: src.Size(), unread: src.Size(), sum: sum, torn: make(chan struct{})}
	err = read(in)
	unread, broken := in.outcome()
	switch {
	case broken != nil:
		return nil, broken
	case err != nil:
		return nil, err
	case unread > 0:
		return nil, fmt.Errorf("%w: the library did not read it to its end", backends.ErrCorrupt)
	}
	return sum.Sums(), nil
}

// verify looks at what was stored: it must have the size, and the sum where
// the service tells one.
func (s *Store) verify(ctx context.Context, name string, size int64, sums map[hash.Type]string) (fs.Object, error) {
	o, err := s.object(ctx, name)
	if errors.Is(err, fs.ErrorObjectNotFound) {
		return nil, fmt.Errorf("%w: it is not there after it was stored", backends.ErrCorrupt)
	}
	if err != nil {
		return nil, err
	}
	if o.Size() != size {
		return nil, fmt.Errorf("%w: %d bytes are there of %d", backends.ErrCorrupt, o.Size(), size)
	}
	kind := s.sums()
	theirs, err := o.Hash(s.in(ctx), kind)
	if err != nil || theirs == "" {
		return o, nil //nolint:nilerr // a sum that cannot be had says nothing against the object
	}
	if ours := sums[kind]; ours != "" && !hash.Equals(ours, theirs) {
		return nil, fmt.Errorf("%w: its %v is %s, not %s", backends.ErrCorrupt, kind, theirs, ours)
	}
	return o, nil
}

// rename gives what was stored its name. Servers that do not replace what has
// that name already are made to.
func (s *Store) rename(ctx context.Context, o fs.Object, name string) error {
	err := s.move(ctx, o, name)
	if err == nil {
		return nil
	}
	old, oerr := s.object(ctx, name)
	if oerr != nil {
		return err
	}
	if oerr := old.Remove(s.in(ctx)); oerr != nil {
		return err
	}
	return s.move(ctx, o, name)
}

// move renames an object, or makes a copy at the service and removes the first.
func (s *Store) move(ctx context.Context, o fs.Object, name string) error {
	can := s.fs.Features()
	switch {
	case can.Move != nil:
		_, err := can.Move(s.in(ctx), o, name)
		return err
	case can.Copy != nil:
		if _, err := can.Copy(s.in(ctx), o, name); err != nil {
			return err
		}
		return o.Remove(s.in(ctx))
	}
	return fmt.Errorf("%w: it cannot rename, and would show objects before they are whole", backends.ErrUnsupported)
}

// parting is how long a failed Put may take to clean up.
const parting = 10 * time.Second

// discard removes what a failed Put left, also after its context has ended.
func (s *Store) discard(ctx context.Context, name string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), parting)
	defer cancel()
	if o, err := s.object(ctx, name); err == nil {
		_ = o.Remove(s.in(ctx)) // Sweep finds what stays
	}
}

// sourceError is an error of what was to be stored. It says nothing about the
// destination.
type sourceError struct{ err error }

func (e *sourceError) Error() string { return e.err.Error() }
func (e *sourceError) Unwrap() error { return e.err }

// exact hands a source on that has as many bytes as it says, as long as a
// context lasts. It holds the last bytes back until the source has ended: a
// service takes the object for whole when it has all of them.
type exact struct {
	ctx  context.Context //nolint:containedctx // io.Reader has no other way
	src  io.Reader
	left int64
	sum  io.Writer
	// err is why reading ended, other than at the end.
	err  error
	done bool
	torn chan struct{} // closed when reading ended so

	mu     sync.Mutex
	unread int64 // left, after the last read that ended; guarded by mu
	broken error // err, likewise; guarded by mu
}

// outcome is what was not read, and why. The library may be reading still: of
// an upload that fails it does not wait for all its goroutines.
func (e *exact) outcome() (unread int64, broken error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.unread, e.broken
}

// Read implements io.Reader.
func (e *exact) Read(p []byte) (int, error) {
	n, err := e.read(p)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.err != nil && e.broken == nil {
		close(e.torn)
	}
	e.unread, e.broken = e.left, e.err
	return n, err
}

func (e *exact) read(p []byte) (int, error) {
	if e.err == nil && e.ctx.Err() != nil {
		e.err = context.Cause(e.ctx)
	}
	if e.err != nil {
		return 0, e.err
	}
	if e.left == 0 {
		return 0, e.finish()
	}
	if len(p) == 0 {
		return 0, nil
	}
	n, err := e.src.Read(p[:min(int64(len(p)), e.left)])
	e.left -= int64(n)
	switch {
	case err == io.EOF && e.left > 0:
		e.err = fmt.Errorf("%w: it is %d bytes short", backends.ErrSourceSize, e.left)
	case err != nil && err != io.EOF:
		e.err = &sourceError{err}
	case e.left == 0:
		if end := e.finish(); end != io.EOF { // finish says EOF itself
			return 0, end
		}
	}
	if e.err != nil {
		return 0, e.err
	}
	_, _ = e.sum.Write(p[:n]) // a sum takes everything
	return n, nil
}

// finish makes sure that the source has no more bytes.
func (e *exact) finish() error {
	if e.done {
		return io.EOF
	}
	var more [1]byte
	n, err := io.ReadFull(e.src, more[:])
	switch {
	case n > 0:
		e.err = fmt.Errorf("%w: it goes on after its end", backends.ErrSourceSize)
		return e.err
	case !errors.Is(err, io.EOF):
		e.err = &sourceError{err}
		return e.err
	}
	e.done = true
	return io.EOF
}

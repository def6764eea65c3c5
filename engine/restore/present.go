package restore

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/varve-backup/varve/engine/internal/fsat"
	"github.com/varve-backup/varve/engine/repository"
	"golang.org/x/sys/unix"
)

// Present is a regular file that lies already where an item goes. It
// implements repository.Present.
type Present struct {
	fd       int
	id       repository.FileID
	size     int64
	modified time.Time
	suffices bool
	stays    bool
}

// Find opens what lies already where a regular file goes, or what a run that
// was killed left of it, so that it is compared before its content is fetched;
// nil when there is nothing that Put would consider. The caller closes it. Find may be called from any goroutine.
func (w *Writer) Find(e *repository.Entry) *Present {
	if e.Type != repository.File || w.options.Clash == Refuse || w.options.Clash == KeepBoth || checkPath(e.Path) != nil {
		return nil
	}
	path := e.Path
	if w.single != "" {
		path = w.single
	}
	fd, err := w.below.open(path)
	final := err == nil
	if errors.Is(err, unix.ENOENT) && e.Size >= smallFile {
		fd, err = w.below.openPart(path)
	}
	if err != nil {
		return nil
	}
	var st unix.Stat_t
	if unix.Fstat(fd, &st) != nil || st.Mode&unix.S_IFMT != unix.S_IFREG {
		unix.Close(fd)
		return nil
	}
	return &Present{
		fd: fd, id: idOf(&st), size: st.Size, modified: modified(&st), suffices: final && w.maySuffice(&st, e),
		stays: final && (w.options.Clash == Skip || w.options.Clash == ReplaceOlder && !isOlder(&st, e)),
	}
}

// FindSame is Find for a file of which the whole hash is known. It returns one
// that has the content of e, and is closed already.
func (w *Writer) FindSame(ctx context.Context, e *repository.Entry) *Present {
	if e.SHA256 == nil || e.Size < 0 {
		return nil
	}
	return w.FindAlike(ctx, e, func(there io.Reader) (bool, error) {
		sum := sha256.New()
		n, err := io.Copy(sum, there)
		return n == e.Size && bytes.Equal(sum.Sum(nil), e.SHA256), err
	})
}

// FindAlike is FindSame for a file whose content is told by a function, which
// may stop reading early.
func (w *Writer) FindAlike(ctx context.Context, e *repository.Entry, alike func(io.Reader) (bool, error)) *Present {
	p := w.Find(e)
	if p == nil {
		return nil
	}
	defer p.Close()
	if p.stays || !p.suffices || e.Size >= 0 && p.size != e.Size {
		return nil
	}
	if same, err := alike(untilCancelled{ctx, io.NewSectionReader(p, 0, p.size)}); err != nil || !same {
		return nil
	}
	return p
}

// untilCancelled ends reading with a context.
type untilCancelled struct {
	ctx context.Context //nolint:containedctx // io.Reader has no other way
	src io.Reader
}

func (r untilCancelled) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.src.Read(p)
}

// maySuffice tells that a file, if it has the content of the item, can become
// it: it has no names but those of the item, and its attributes can be set.
func (w *Writer) maySuffice(st *unix.Stat_t, e *repository.Entry) bool {
	if !w.root && int(st.Uid) != w.uid {
		return false
	}
	if e.HardLink == "" {
		return st.Nlink == 1
	}
	return e.Links == 0 || uint64(st.Nlink) <= e.Links
}

// ReadAt implements io.ReaderAt. It may be called from several goroutines.
func (p *Present) ReadAt(b []byte, off int64) (int, error) {
	n := 0
	for n < len(b) {
		m, err := unix.Pread(p.fd, b[n:], off+int64(n))
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return n, err
		case m == 0:
			return n, io.EOF
		default:
			n += m
		}
	}
	return n, nil
}

// Size implements repository.Present.
func (p *Present) Size() int64 { return p.size }

// Suffices implements repository.Present.
func (p *Present) Suffices() bool { return p.suffices }

// Stays tells that it is left as it is, whatever it holds.
func (p *Present) Stays() bool { return p.stays }

// Close ends reading. What PutPresent needs stays known.
func (p *Present) Close() error {
	fd := p.fd
	p.fd = -1
	if fd < 0 {
		return nil
	}
	return unix.Close(fd)
}

// isStill tells that a file is the one that was compared.
func (p *Present) isStill(st *unix.Stat_t) bool {
	return st != nil && idOf(st) == p.id && st.Size == p.size && modified(st).Equal(p.modified)
}

func modified(st *unix.Stat_t) time.Time { return time.Unix(st.Mtim.Unix()) }

// PutPresent is Put for a regular file whose content was found in p: it is not
// written, and gets only the attributes that differ. A file that was changed
// since is an error.
func (w *Writer) PutPresent(ctx context.Context, e *repository.Entry, p *Present) error {
	return w.begin(ctx, e, func() error {
		at, err := w.place(e)
		if err != nil || at == nil {
			return err
		}
		defer at.folder.release(w)
		if !p.isStill(at.is) {
			return fmt.Errorf("%w: the file that is there changed while it was compared", ErrMismatch)
		}
		return w.leaveFile(ctx, at, e)
	})
}

// leaveFile keeps a file that has the content of e.
func (w *Writer) leaveFile(ctx context.Context, at *spot, e *repository.Entry) error {
	if first := w.first(e); first != nil && !w.options.DryRun {
		return w.putLink(ctx, at, e, first)
	}
	if w.options.DryRun {
		w.met(e.Path, at.is, e, true)
	} else if err := w.touch(at, e); err != nil {
		return err
	}
	return w.countSame(at.is.Size)
}

// touch gives a file that stays the attributes of e.
func (w *Writer) touch(at *spot, e *repository.Entry) error {
	fd, err := fsat.Open(at.folder.fd, at.name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("opening what is there: %w", err)
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return err
	}
	if idOf(&st) != idOf(at.is) {
		return fmt.Errorf("%w: what is there was replaced", ErrMismatch)
	}
	item := &openItem{fd: fd, dir: at.folder.fd, name: at.name, is: &st, there: true}
	flawed := w.alter(at, e, item, func() bool {
		flawed := w.describe(e, w.owner(e), item)
		return w.lockFile(at, e, &st) || flawed
	})
	var sum [sha256.Size]byte
	copy(sum[:], e.SHA256)
	w.remember(at, e, &st, sum)
	w.isInexact(flawed)
	return nil
}

func (w *Writer) countSame(size int64) error {
	w.watch.Handled(1, size)
	w.counts.same.Add(1)
	return nil
}

// hasContent tells that what is at a spot is a file with that content, which can
// stay.
func (w *Writer) hasContent(at *spot, e *repository.Entry, content []byte) bool {
	if at.is == nil || at.is.Mode&unix.S_IFMT != unix.S_IFREG || at.is.Size != int64(len(content)) || !w.maySuffice(at.is, e) {
		return false
	}
	fd, err := fsat.Open(at.folder.fd, at.name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return false
	}
	p := &Present{fd: fd}
	defer p.Close()
	there := make([]byte, len(content)+1)
	n, err := p.ReadAt(there, 0)
	return errors.Is(err, io.EOF) && bytes.Equal(there[:n], content)
}

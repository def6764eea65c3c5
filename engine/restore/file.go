package restore

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/varve-backup/varve/engine/internal/fsat"
	"github.com/varve-backup/varve/engine/repository"
	"golang.org/x/sys/unix"
)

const (
	// smallFile is how much is read at once; a file that ends within is
	// written by the pool. In bytes.
	smallFile = 256 << 10
)

// putFile restores a regular file.
func (w *Writer) putFile(ctx context.Context, at *spot, e *repository.Entry, content io.Reader) error {
	if first := w.first(e); first != nil && !w.options.DryRun {
		return w.putLink(ctx, at, e, first)
	}
	switch {
	case content != nil:
	case w.options.DryRun:
		w.met(e.Path, at.is, e, false)
		w.watch.Handled(0, max(e.Size, 0))
		return w.countFile(max(e.Size, 0))
	case e.Size == 0:
		content = bytes.NewReader(nil)
	default:
		return errors.New("its content is not there")
	}
	buf := w.pool.buffer()
	n, err := io.ReadFull(content, buf[:])
	if err == nil {
		err = w.putLarge(ctx, at, e, buf, content)
		w.pool.recycle(buf)
		return err
	}
	sum := summer(e)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		sum.Write(buf[:n])
		err = check(e, int64(n), sum)
	}
	if err != nil || w.options.DryRun {
		w.pool.recycle(buf)
		if err == nil {
			w.watch.Handled(0, int64(n))
			err = w.countFile(int64(n))
		}
		return err
	}
	if w.hasContent(at, e, buf[:n]) {
		w.pool.recycle(buf)
		return w.leaveFile(ctx, at, e)
	}
	return w.hand(&small{at: at, entry: *e, owner: w.owner(e), buf: buf, size: n, sum: [sha256.Size]byte(sum.Sum(nil))})
}

// hand gives a small file to the pool; one that later items are links to is
// written at once.
func (w *Writer) hand(s *small) error {
	if s.entry.HardLink == s.entry.Path && s.entry.HardLink != "" {
		defer w.pool.recycle(s.buf)
		return w.writeFile(s)
	}
	s.at.folder.refs.Add(1)
	w.pool.jobs <- s
	return nil
}

// summer is the hash of a file's content, or one that does nothing where the
// format has proved the content and names it.
func summer(e *repository.Entry) hash.Hash {
	if e.SHA256 == nil && e.ContentKey != "" {
		return noSum{}
	}
	return sha256.New()
}

type noSum struct{}

func (noSum) Write(p []byte) (int, error) { return len(p), nil }
func (noSum) Sum(b []byte) []byte         { return append(b, make([]byte, sha256.Size)...) }
func (noSum) Reset()                      {}
func (noSum) Size() int                   { return sha256.Size }
func (noSum) BlockSize() int              { return sha256.BlockSize }

// check compares size and hash with what was stored, as far as that is known.
func check(e *repository.Entry, size int64, sum hash.Hash) error {
	if e.Size >= 0 && size != e.Size {
		return fmt.Errorf("%w: %d bytes instead of %d", ErrMismatch, size, e.Size)
	}
	if e.SHA256 != nil && !bytes.Equal(sum.Sum(nil), e.SHA256) {
		return fmt.Errorf("%w: the hash differs", ErrMismatch)
	}
	return nil
}

// small is a file whose content was read and compared.
type small struct {
	at    *spot
	entry repository.Entry
	owner ownership
	buf   *[smallFile]byte
	size  int
	sum   [sha256.Size]byte
}

// writeSmall is what the pool does with a small file.
func (w *Writer) writeSmall(s *small) {
	defer s.at.folder.release(w)
	defer w.pool.recycle(s.buf)
	err := w.failed()
	if err == nil {
		err = w.over(w.writeFile(s))
	}
	if err != nil {
		w.counts.failed.Add(1)
		w.watch.Problem(s.entry.Path, repository.NotRestored, err)
	}
}

func (w *Writer) writeFile(s *small) error {
	out, err := w.create(s.at, &s.entry, w.firstMode(&s.entry, s.owner))
	if err != nil {
		return err
	}
	if err = out.write(s.buf[:s.size]); err == nil && w.isTwin(out, &s.entry, int64(s.size)) {
		return w.dropTwin(out, int64(s.size))
	}
	if err == nil {
		err = w.finish(out, &s.entry, s.owner, s.sum)
	}
	if err != nil {
		out.abandon()
		return err
	}
	w.watch.Handled(0, int64(s.size))
	return w.countFile(int64(s.size))
}

// putLarge restores a file that begins with the full buffer.
func (w *Writer) putLarge(ctx context.Context, at *spot, e *repository.Entry, buf *[smallFile]byte, rest io.Reader) error {
	var out *output
	if !w.options.DryRun {
		var err error
		if out, err = w.createPart(at, e); err != nil {
			return err
		}
	}
	// What is known now was compared with what is there; some formats tell the
	// hash at the end.
	unknown := at.is != nil && (e.SHA256 == nil || e.Size < 0) && e.ContentKey == ""
	sum := summer(e)
	size, err := w.copy(ctx, out, e, sum, buf, rest)
	if err == nil {
		err = check(e, size, sum)
	}
	if err == nil && out != nil && unknown && w.isThere(ctx, at, e, size, sum) {
		out.abandon()
		return w.leaveFile(ctx, at, e)
	}
	if err == nil && w.isTwin(out, e, size) {
		return w.dropTwin(out, size)
	}
	if err == nil && out != nil {
		err = w.finish(out, e, w.owner(e), [sha256.Size]byte(sum.Sum(nil)))
	}
	if err != nil {
		out.abandon()
		return err
	}
	return w.countFile(size)
}

// isThere tells that what is at a spot has the content that was read.
func (w *Writer) isThere(ctx context.Context, at *spot, e *repository.Entry, size int64, sum hash.Hash) bool {
	read := *e
	read.Size, read.SHA256 = size, sum.Sum(nil)
	p := w.FindSame(ctx, &read)
	return p != nil && p.isStill(at.is)
}

// copy writes the buffer, and then the rest through it. It stops as soon as
// there is more than was stored.
func (w *Writer) copy(ctx context.Context, out *output, e *repository.Entry, sum hash.Hash, buf *[smallFile]byte, rest io.Reader) (int64, error) {
	size := int64(0)
	for n, end := len(buf), false; ; {
		sum.Write(buf[:n])
		if err := out.write(buf[:n]); err != nil {
			return size, err
		}
		size += int64(n)
		w.watch.Handled(0, int64(n))
		if end || e.Size >= 0 && size > e.Size {
			return size, nil
		}
		if err := w.watch.Wait(ctx); err != nil {
			return size, err
		}
		var err error
		n, err = io.ReadFull(rest, buf[:])
		end = errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !end {
			return size, err
		}
	}
}

func (w *Writer) countFile(size int64) error {
	w.watch.Handled(1, 0)
	w.counts.items.Add(1)
	w.counts.files.Add(1)
	w.counts.bytes.Add(size)
	return nil
}

// output is a file being written under a name of its own. A nil output takes
// everything and keeps nothing.
type output struct {
	w    *Writer
	at   *spot
	temp string
	old  string // what an earlier run may have left, or ""
	fd   int
	off  int64
	// zeros behind off are not written yet: they may become a hole.
	zeros int64
}

// firstMode is what a file may be made with: its own permissions, so that they
// need not be set, where it is its owner's from the start; else none for others.
func (w *Writer) firstMode(e *repository.Entry, owner ownership) uint32 {
	if owner.change && (owner.uid != w.uid || owner.gid != w.gid) {
		return 0o600
	}
	return e.Mode&0o777 | 0o600
}

func (w *Writer) create(at *spot, e *repository.Entry, mode uint32) (*output, error) {
	return w.createNamed(at, e, w.tempName(), mode)
}

func (w *Writer) createNamed(at *spot, e *repository.Entry, temp string, mode uint32) (*output, error) {
	out := &output{w: w, at: at, temp: temp}
	var err error
	for again := true; again; again = w.makeRoom(err) {
		out.fd, err = fsat.Open(at.folder.fd, out.temp, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC, mode)
	}
	if err != nil {
		return nil, fmt.Errorf("making the file: %w", err)
	}
	prepare(out.fd, e)
	return out, nil
}

func (o *output) writeData(p []byte) error {
	for len(p) > 0 {
		n, err := o.w.options.write(o.fd, p, o.off)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err == nil && n == 0 {
			err = io.ErrShortWrite
		}
		if o.w.makeRoom(err) {
			continue
		}
		if err != nil {
			return fmt.Errorf("writing it at %d: %w", o.off, err)
		}
		o.off += int64(n)
		p = p[n:]
	}
	return nil
}

// finish gives a complete file its attributes and its name.
func (w *Writer) finish(o *output, e *repository.Entry, owner ownership, sum [sha256.Size]byte) error {
	if err := o.end(); err != nil {
		return err
	}
	var st unix.Stat_t
	if err := unix.Fstat(o.fd, &st); err != nil {
		return err
	}
	flawed := w.describe(e, owner, &openItem{fd: o.fd, dir: o.at.folder.fd, name: o.temp, is: &st})
	if err := o.close(); err != nil {
		return fmt.Errorf("closing it: %w", err)
	}
	if err := w.commit(o.at, o.temp); err != nil {
		return err
	}
	if o.old != "" {
		_ = unix.Unlinkat(o.at.folder.fd, o.old, 0) // most often there is none
	}
	w.remember(o.at, e, &st, sum)
	w.isInexact(w.lockFile(o.at, e, &st) || flawed)
	return nil
}

// close ends the writing. Network file systems report a full disk here.
func (o *output) close() error {
	fd := o.fd
	o.fd = -1
	return unix.Close(fd)
}

// abandon removes an unfinished file.
func (o *output) abandon() {
	if o == nil {
		return
	}
	if o.fd >= 0 {
		unix.Close(o.fd)
	}
	o.w.discard(o.at, o.temp)
}

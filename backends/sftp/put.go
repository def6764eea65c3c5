package sftp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"sync"

	"github.com/pkg/sftp"

	"github.com/varve-backup/varve/backends"
)

const (
	// packet is what every server takes at once.
	packet = 32 << 10
	// window is how many packets are under way in one transfer: 2 MiB, which
	// is also what sshd lets one send before it answers. At 100 ms that fills
	// 20 MB/s.
	window = 64
)

// Put implements backends.Store.
func (s *Store) Put(ctx context.Context, name string, src backends.Source) error {
	where, err := s.path(name)
	if err != nil {
		return err
	}
	_, err = call(ctx, s.pool, func(l *link) (bool, error) {
		s.sweep(l)
		return true, s.class(l, where, s.put(ctx, l, where, src))
	})
	return failed("writing", name, err)
}

// put writes under a temporary name, makes that durable, and renames it.
func (s *Store) put(ctx context.Context, l *link, where string, src backends.Source) error {
	temp := tempName(where)
	f, err := s.create(l, temp)
	if err != nil {
		return err
	}
	err = fill(ctx, l, f, src)
	if err == nil {
		err = settle(l, f, temp, src.Size())
	}
	if cerr := do(l, f.Close); err == nil {
		err = cerr
	}
	if err == nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err == nil {
		err = replace(l, temp, where)
	}
	if err != nil {
		err = s.class(l, where, err) // while the disk is as full as it was
		_ = do(l, func() error { return l.files.Remove(temp) })
		return err
	}
	return syncFolder(l, path.Dir(where))
}

// create makes a temporary file, and the folders above it when they are
// missing.
func (s *Store) create(l *link, temp string) (*sftp.File, error) {
	open := func() (*sftp.File, error) {
		return request(l, func() (*sftp.File, error) {
			return l.files.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL)
		})
	}
	f, err := open()
	if dir := path.Dir(temp); errors.Is(err, fs.ErrNotExist) && dir != s.dir {
		if err := makeFolder(l, dir, s.dir); err != nil {
			return nil, err
		}
		f, err = open()
	}
	return f, err
}

// makeFolder makes dir and what is missing above it, each durable, but nothing
// that is not below top.
func makeFolder(l *link, dir, top string) error {
	if dir == top || dir == "." || dir == "/" {
		return fs.ErrNotExist // it was found missing, and is not ours to make
	}
	mkdir := func() error { return do(l, func() error { return l.files.Mkdir(dir) }) }
	err := mkdir()
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeFolder(l, path.Dir(dir), top); err != nil {
			return err
		}
		err = mkdir()
	}
	if err == nil {
		return syncFolder(l, path.Dir(dir))
	}
	// The protocol has no code for what is there already.
	info, serr := request(l, func() (fs.FileInfo, error) { return l.files.Stat(dir) })
	switch {
	case serr != nil:
		return err
	case !info.IsDir():
		return fmt.Errorf("%w: %s is a file", backends.ErrInvalidName, shown(dir))
	}
	return nil
}

// fill sends a source, many packets at a time.
func fill(ctx context.Context, l *link, f io.WriterAt, src backends.Source) error {
	in, err := openSource(ctx, src)
	if err != nil {
		return err
	}
	defer in.Close()
	p := &pipeline{free: make(chan []byte, window)}
	for range min(window, int(min(src.Size()/packet+1, window))) {
		p.free <- nil // made when it is wanted
	}
	n, err := p.send(l, f, in)
	if err == nil {
		err = checkSize(n, src)
	}
	return err
}

// pipeline is the packets of a transfer.
type pipeline struct {
	free    chan []byte // buffers of packets that may be sent
	writing sync.WaitGroup

	mu  sync.Mutex
	err error // the first that the server had
}

// send returns when everything was answered.
func (p *pipeline) send(l *link, f io.WriterAt, in io.Reader) (n int64, err error) {
	defer p.writing.Wait()
	for err == nil {
		buffer := <-p.free
		if buffer == nil {
			buffer = make([]byte, packet)
		}
		if err := p.failed(); err != nil {
			return n, err
		}
		var k int
		if k, err = io.ReadFull(in, buffer); k > 0 {
			at := n
			p.writing.Go(func() { p.write(l, f, buffer[:k], at) })
			n += int64(k)
		}
	}
	if err != io.EOF && err != io.ErrUnexpectedEOF {
		return n, err
	}
	p.writing.Wait()
	return n, p.failed()
}

func (p *pipeline) failed() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

func (p *pipeline) write(l *link, f io.WriterAt, b []byte, at int64) {
	err := do(l, func() error { _, err := f.WriteAt(b, at); return err })
	if err != nil {
		p.mu.Lock()
		if p.err == nil {
			p.err = err
		}
		p.mu.Unlock()
	}
	p.free <- b[:packet]
}

// settle makes a file durable, where the server can, and asks for its size
// meanwhile.
func settle(l *link, f *sftp.File, temp string, size int64) error {
	var synced error
	var syncing sync.WaitGroup
	if has(l, "fsync@openssh.com", "1") {
		syncing.Go(func() { synced = syncSlowly(l, f) })
	}
	info, err := request(l, func() (fs.FileInfo, error) { return l.files.Lstat(temp) })
	syncing.Wait()
	switch {
	case synced != nil:
		return synced
	case err != nil:
		return err
	case info.Size() != size:
		return fmt.Errorf("%w: %d bytes arrived of %d", backends.ErrCorrupt, info.Size(), size)
	}
	return nil
}

// syncSlowly brings a file to the disk, which may take its time.
func syncSlowly(l *link, f *sftp.File) error {
	l.slow.begin()
	defer l.slow.end()
	err := f.Sync()
	status, answered := errors.AsType[*sftp.StatusError](err)
	if answered && (status.Code == codeBadMessage || status.Code == codeUnsupported) {
		return nil // there are file systems that cannot
	}
	return err
}

// syncFolder makes the names in a folder durable, where the server can. Some
// cannot open folders, and some file systems cannot sync them.
func syncFolder(l *link, dir string) error {
	if !has(l, "fsync@openssh.com", "1") {
		return nil
	}
	d, err := request(l, func() (*sftp.File, error) { return l.files.OpenFile(dir, os.O_RDONLY) })
	if err == nil {
		err = syncSlowly(l, d)
		// Nothing hangs on how this ends, so nobody waits for it.
		l.spawn(func() { _ = do(l, d.Close) })
	}
	if _, refused := errors.AsType[*sftp.StatusError](err); refused || errors.Is(err, fs.ErrPermission) {
		return nil
	}
	return err
}

// replace gives a file another name, whatever had that before.
func replace(l *link, from, to string) error {
	if has(l, "posix-rename@openssh.com", "1") {
		return do(l, func() error { return l.files.PosixRename(from, to) })
	}
	rename := func(from, to string) error { return do(l, func() error { return l.files.Rename(from, to) }) }
	err := rename(from, to)
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return err
	}
	// Without that extension a name that is taken is refused. What has it
	// steps aside, and comes back if that was not the reason.
	info, serr := request(l, func() (fs.FileInfo, error) { return l.files.Lstat(to) })
	if serr != nil || info.IsDir() {
		return err
	}
	aside := tempName(to)
	if rename(to, aside) != nil {
		return err
	}
	if err := rename(from, to); err != nil {
		_ = rename(aside, to) // the first error is the one that matters
		return err
	}
	_ = do(l, func() error { return l.files.Remove(aside) }) // it is swept some day
	return nil
}

// sweep removes what dead runs left and a List noticed. It is a courtesy:
// errors do not matter.
func (s *Store) sweep(l *link) {
	s.mu.Lock()
	stale := s.stale
	s.stale = map[string]bool{}
	s.mu.Unlock()
	for where := range stale {
		_ = do(l, func() error { return l.files.Remove(where) }) // see above
	}
}

// Writable implements backends.Prober: it writes a little and takes it away.
func (s *Store) Writable(ctx context.Context) error {
	_, err := call(ctx, s.pool, func(l *link) (bool, error) {
		temp := path.Join(s.dir, path.Base(tempName("x")))
		f, err := s.create(l, temp)
		if err != nil {
			return false, s.class(l, temp, err)
		}
		err = fill(ctx, l, f, backends.BytesSource("varve"))
		for _, next := range []func() error{f.Close, func() error { return l.files.Remove(temp) }} {
			if nerr := do(l, next); err == nil {
				err = nerr
			}
		}
		return err == nil, s.class(l, temp, err)
	})
	return failed("writing to", s.dir, err)
}

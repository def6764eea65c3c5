// Package rclone stores by the installed program rclone. It is for remotes of
// types that Varve does not have within: package cloud asks for it. Open makes a
// Store.
package rclone

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/transfer"
)

// Options say where a Store is.
type Options struct {
	// Remote is the folder, as in "remote:folder".
	Remote string
	// Config is rclone's file of configuration; empty means its usual place.
	Config string
	// ConfigPassword opens that file; empty where it is not encrypted.
	ConfigPassword string
	// Create makes the folder when it is missing.
	Create bool
	// Stall is how long a transfer may stand still.
	Stall time.Duration
	// Connections is how many programs run at once; 0 means 4.
	Connections int
}

// Store is a folder of a remote.
type Store struct {
	options Options
	// root ends with a slash or a colon.
	root string
}

// usual is how many programs run at once.
const usual = 4

// Open opens a folder. Where the program is missing, it is ErrUnsupported.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Connections <= 0 {
		o.Connections = usual
	}
	s := &Store{options: o, root: strings.TrimRight(o.Remote, "/")}
	if !strings.HasSuffix(s.root, ":") {
		s.root += "/"
	}
	err := s.present(ctx)
	if errors.Is(err, backends.ErrNotExist) && o.Create {
		if _, err = s.output(ctx, "mkdir", s.root); err == nil {
			err = s.present(ctx)
		}
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

// present looks whether the folder is there.
func (s *Store) present(ctx context.Context) error {
	e, err := s.look(ctx, "")
	if err == nil && !e.IsDir {
		err = fmt.Errorf("%w: %s is a file", backends.ErrConfig, s.root)
	}
	return err
}

// check refuses names that rclone writes in other letters in its lists.
func check(name string) error {
	if !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return fmt.Errorf("%w: %q", backends.ErrInvalidName, name)
	}
	return transfer.CheckName(name)
}

// Put implements backends.Store.
func (s *Store) Put(ctx context.Context, name string, src backends.Source) error {
	if err := check(name); err != nil {
		return err
	}
	if err := s.put(ctx, name, src); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return nil
}

func (s *Store) put(ctx context.Context, name string, src backends.Source) error {
	in, err := transfer.Open(ctx, src)
	if err != nil {
		return err
	}
	defer in.Close()
	temp := s.root + transfer.Temp(name)
	err = s.feed(ctx, in, "rcat", "--size", strconv.FormatInt(src.Size(), 10), temp)
	if err == nil {
		// Without that word, what has the same length might count as the same.
		_, err = s.output(ctx, "moveto", "--ignore-times", temp, s.root+name)
	}
	if err != nil {
		s.discard(ctx, temp)
		return err
	}
	return s.verify(ctx, name, src.Size())
}

// verify looks whether an object is there. rclone deletes what it replaces
// before it gives the new one the name, so that another Put of that name may be
// at just that: then it is looked for again.
func (s *Store) verify(ctx context.Context, name string, size int64) error {
	var e *entry
	var err error
	for range 3 {
		if e, err = s.look(ctx, name); err == nil {
			break
		}
	}
	if err == nil && e.Size != size {
		err = fmt.Errorf("%w: %d bytes of %d", backends.ErrCorrupt, e.Size, size)
	}
	return err
}

// discard takes away what is not whole, also when the run is being ended. What
// stays is not listed, and goes with Sweep.
func (s *Store) discard(ctx context.Context, path string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	_, _ = s.output(ctx, "deletefile", path)
}

// Get implements backends.Store.
func (s *Store) Get(ctx context.Context, name string, off, n int64) (io.ReadCloser, error) {
	o, err := s.Stat(ctx, name)
	if err != nil {
		return nil, err
	}
	off, n = transfer.Range(o.Size, off, n)
	if n == 0 {
		return io.NopCloser(strings.NewReader("")), nil
	}
	body, err := s.stream(ctx, "cat", "--offset", strconv.FormatInt(off, 10), "--count", strconv.FormatInt(n, 10), s.root+name)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	return transfer.Exactly(ctx, body, n), nil
}

// entry is an item in rclone's lists.
type entry struct {
	Path    string
	Size    int64
	ModTime time.Time
	IsDir   bool
}

// look describes a file or a folder, "" for the root.
func (s *Store) look(ctx context.Context, name string) (*entry, error) {
	said, err := s.output(ctx, "lsjson", "--stat", "--no-mimetype", s.root+name)
	if err != nil {
		return nil, err
	}
	var e *entry
	if err := json.Unmarshal(said, &e); err != nil {
		return nil, fmt.Errorf("%w: rclone describes it in other words than are known: %w", backends.ErrUnsupported, err)
	}
	if e == nil {
		return nil, fmt.Errorf("%w: rclone finds nothing", backends.ErrNotExist)
	}
	return e, nil
}

// Stat implements backends.Store.
func (s *Store) Stat(ctx context.Context, name string) (backends.Object, error) {
	if err := check(name); err != nil {
		return backends.Object{}, err
	}
	e, err := s.look(ctx, name)
	if err == nil && e.IsDir {
		err = fmt.Errorf("%w: it is a folder", backends.ErrNotExist)
	}
	if err != nil {
		return backends.Object{}, fmt.Errorf("looking at %s: %w", name, err)
	}
	return backends.Object{Name: name, Size: e.Size, ModTime: e.ModTime}, nil
}

// List implements backends.Store.
func (s *Store) List(ctx context.Context, prefix string) iter.Seq2[backends.Object, error] {
	return func(yield func(backends.Object, error) bool) {
		err := s.walk(ctx, prefix, func(o backends.Object) bool { return transfer.IsTemp(o.Name) || yield(o, nil) })
		if err != nil {
			yield(backends.Object{}, fmt.Errorf("listing: %w", err))
		}
	}
}

// walk visits objects until visit has enough.
func (s *Store) walk(ctx context.Context, prefix string, visit func(backends.Object) bool) error {
	folder, _ := transfer.Split(prefix)
	if folder != "" && check(strings.TrimSuffix(folder, "/")) != nil {
		return s.present(ctx) // no object has such a name
	}
	said, err := s.stream(ctx, "lsjson", "--recursive", "--files-only", "--no-mimetype", s.root+folder)
	if err != nil {
		return err
	}
	err = entries(said, func(e *entry) bool {
		o := backends.Object{Name: folder + e.Path, Size: e.Size, ModTime: e.ModTime}
		return e.IsDir || !strings.HasPrefix(o.Name, prefix) || check(o.Name) != nil || visit(o)
	})
	if cerr := said.Close(); err == nil {
		err = cerr
	}
	if folder != "" && errors.Is(err, backends.ErrNotExist) {
		return s.present(ctx)
	}
	return err
}

// Delete implements backends.Store.
func (s *Store) Delete(ctx context.Context, name string) error {
	_, err := s.Stat(ctx, name)
	if err == nil {
		_, err = s.output(ctx, "deletefile", s.root+name)
	}
	if err != nil && !errors.Is(err, backends.ErrNotExist) {
		return fmt.Errorf("deleting %s: %w", name, err)
	}
	return nil
}

// Close implements backends.Store.
func (s *Store) Close() error { return nil }

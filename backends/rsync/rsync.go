// Package rsync stores objects through the rsync program: over ssh, or in a
// module of an rsync daemon. Kind describes it. rsync writes a file under a
// temporary name, compares its sum and renames it, so that a Put is atomic and
// verified by itself; nothing else is asked of the other side than rsync.
package rsync

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/transfer"
)

// Store is a folder that rsync reaches.
type Store struct {
	program
	// base is the folder as rsync takes it, with a slash at its end.
	base string
	// slots bounds the programs that run at once: sshd refuses logins that come
	// in great numbers.
	slots chan struct{}
	// master is the connection that the programs share, nil for a daemon.
	master *master
	// making is held while a folder is made: rsync fails where two make one.
	making sync.Mutex
}

// temporary is how rsync names what it has not received wholly.
var temporary = regexp.MustCompile(`^\..+\.[A-Za-z0-9]{6}$`)

// wild are the letters that rsync takes for patterns, also in the name of what
// it writes to.
const wild = `*?[`

// check refuses names that are none, and those that rsync would bend.
func check(name string) error {
	if err := transfer.CheckName(name); err != nil {
		return err
	}
	folder, base := transfer.Split(name)
	if temporary.MatchString(base) || strings.ContainsAny(folder, wild+`\`) || strings.ContainsAny(base, wild) && strings.Contains(base, `\`) {
		return fmt.Errorf("%w: rsync has another meaning for %q", backends.ErrInvalidName, name)
	}
	return nil
}

// escape protects a name where rsync reads a pattern.
func escape(name string) string {
	if !strings.ContainsAny(name, wild) {
		return name
	}
	return protect(name)
}

// protect protects what is part of a pattern.
func protect(name string) string {
	var b strings.Builder
	for i := range len(name) {
		if strings.IndexByte(wild+`\`, name[i]) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(name[i])
	}
	return b.String()
}

// enter waits until a program may run.
func (s *Store) enter(ctx context.Context) (leave func(), err error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	select {
	case s.slots <- struct{}{}:
		return func() { <-s.slots }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// scratch is a folder for one call.
func scratch() (dir string, err error) { return os.MkdirTemp("", "varve-rsync-") }

// Put implements backends.Store.
func (s *Store) Put(ctx context.Context, name string, src backends.Source) error {
	if err := s.put(ctx, name, src); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return nil
}

func (s *Store) put(ctx context.Context, name string, src backends.Source) error {
	if err := check(name); err != nil {
		return err
	}
	leave, err := s.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	dir, err := scratch()
	if err != nil {
		return &transfer.SourceError{Err: err}
	}
	defer os.RemoveAll(dir)
	// The file has its final name here already, for only the folder that it
	// goes to is given to the other side, which would take a name for a pattern.
	folder, base := transfer.Split(name)
	if err := spool(ctx, filepath.Join(dir, base), src); err != nil {
		return err
	}
	err = s.push(ctx, dir, base, folder)
	if folder != "" && errors.Is(err, backends.ErrNotExist) {
		made := s.mkdirBelow(ctx, folder)
		// Another program may have been faster, for which rsync has no other word
		// than that it failed.
		if err = s.push(ctx, dir, base, folder); err != nil && made != nil {
			return made
		}
	}
	return err
}

func spool(ctx context.Context, path string, src backends.Source) error {
	err := transfer.Spool(ctx, path, src)
	if err != nil && tooLong(err) {
		return fmt.Errorf("%w: it is too long", backends.ErrInvalidName)
	}
	return err
}

// push sends a file into a folder that is there. Without --relative and the
// dots rsync would make the last folder, also in the place of a drive that is
// not mounted.
func (s *Store) push(ctx context.Context, dir, base, folder string) error {
	return s.durably(ctx, "--whole-file", "--ignore-times", "--relative", "--", dir+"/./"+base, s.base+folder+".")
}

// mkdirBelow makes a folder below the base, which must be there.
func (s *Store) mkdirBelow(ctx context.Context, folder string) error {
	s.making.Lock()
	defer s.making.Unlock()
	if err := s.present(ctx); err != nil {
		return err
	}
	return s.mkdir(ctx, s.base+folder)
}

// present tells whether the base is there: ErrNotExist when it is not.
func (s *Store) present(ctx context.Context) error {
	return s.run(ctx, nil, "--list-only", "--exclude=*", "--", s.base)
}

// Get implements backends.Store. The whole object is fetched: rsync knows no
// parts.
func (s *Store) Get(ctx context.Context, name string, off, n int64) (io.ReadCloser, error) {
	r, err := s.get(ctx, name, off, n)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	return r, nil
}

func (s *Store) get(ctx context.Context, name string, off, n int64) (_ io.ReadCloser, err error) {
	if err := check(name); err != nil {
		return nil, err
	}
	leave, err := s.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	dir, err := scratch()
	if err != nil {
		return nil, &transfer.SourceError{Err: err}
	}
	done := func() error { return os.RemoveAll(dir) }
	defer func() {
		if err != nil {
			_ = done() // the first error is the one that matters
		}
	}()
	file := filepath.Join(dir, "object")
	folder, base := transfer.Split(name)
	if err := s.run(ctx, nil, "--whole-file", "--copy-links", "--", s.base+folder+escape(base), file); err != nil {
		return nil, err
	}
	f, err := os.Open(file)
	if err != nil { // rsync skips what is no file
		return nil, fmt.Errorf("%w: it is no file", backends.ErrNotExist)
	}
	return transfer.FromFile(ctx, f, off, n, func() error { return errors.Join(f.Close(), done()) })
}

// Stat implements backends.Store.
func (s *Store) Stat(ctx context.Context, name string) (backends.Object, error) {
	o, err := s.stat(ctx, name)
	if err != nil {
		return backends.Object{}, fmt.Errorf("looking at %s: %w", name, err)
	}
	return o, nil
}

func (s *Store) stat(ctx context.Context, name string) (backends.Object, error) {
	if err := check(name); err != nil {
		return backends.Object{}, err
	}
	folder, base := transfer.Split(name)
	found, err := s.entries(ctx, "--copy-links", "--", s.base+folder+escape(base))
	if err != nil {
		return backends.Object{}, err
	}
	i := slices.IndexFunc(found, func(o backends.Object) bool { return o.Name == base })
	if i < 0 {
		return backends.Object{}, fmt.Errorf("%w: it is no file", backends.ErrNotExist)
	}
	found[i].Name = name
	return found[i], nil
}

// List implements backends.Store.
func (s *Store) List(ctx context.Context, prefix string) iter.Seq2[backends.Object, error] {
	return func(yield func(backends.Object, error) bool) {
		found, err := s.entries(ctx, slices.Concat([]string{"--recursive"}, filter(prefix), []string{"--", s.base})...)
		if err != nil {
			yield(backends.Object{}, fmt.Errorf("listing: %w", err))
			return
		}
		for _, o := range found {
			if _, base := transfer.Split(o.Name); temporary.MatchString(base) || !strings.HasPrefix(o.Name, prefix) {
				continue
			}
			if ctx.Err() != nil {
				yield(backends.Object{}, fmt.Errorf("listing: %w", context.Cause(ctx)))
				return
			}
			if !yield(o, nil) {
				return
			}
		}
	}
}

// filter lets rsync list only what can begin with a prefix.
func filter(prefix string) []string {
	folder, base := transfer.Split(prefix)
	rules, at := []string{"--exclude=/lost+found/"}, "/"
	for part := range strings.SplitSeq(strings.TrimSuffix(folder, "/"), "/") {
		if part == "" {
			continue
		}
		rules = append(rules, "--include="+escape(at+part)+"/", "--exclude="+protect(at)+"*")
		at += part + "/"
	}
	return append(rules, "--include="+protect(at+base)+"*", "--exclude="+protect(at)+"*")
}

// entries lists files.
func (s *Store) entries(ctx context.Context, args ...string) ([]backends.Object, error) {
	leave, err := s.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	var found []backends.Object
	err = s.run(ctx, func(line string) {
		if o, ok := parseLine(line); ok {
			found = append(found, o)
		}
	}, append([]string{"--list-only", "--8-bit-output", "--no-human-readable"}, args...)...)
	return found, err
}

// Delete implements backends.Store.
func (s *Store) Delete(ctx context.Context, name string) error {
	if err := s.remove(ctx, name); err != nil {
		return fmt.Errorf("deleting %s: %w", name, err)
	}
	return nil
}

func (s *Store) remove(ctx context.Context, name string) error {
	if err := check(name); err != nil {
		return err
	}
	leave, err := s.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	folder, base := transfer.Split(name)
	err = s.unlink(ctx, folder, base)
	if folder != "" && errors.Is(err, backends.ErrNotExist) {
		return s.present(ctx) // the folder may be missing, but not all
	}
	return err
}

// unlink sends what is not here, so that it is not there either. The dots are
// as for push.
func (s *Store) unlink(ctx context.Context, folder, base string) error {
	empty, err := scratch()
	if err != nil {
		return &transfer.SourceError{Err: err}
	}
	defer os.RemoveAll(empty)
	return s.run(ctx, nil, "--relative", "--delete-missing-args", "--", empty+"/./"+base, s.base+folder+".")
}

// Close implements backends.Store.
func (s *Store) Close() error { return s.master.close() }

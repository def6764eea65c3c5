package cloud

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/rclone/rclone/fs"
	"github.com/rclone/rclone/fs/hash"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/transfer"
)

// Store is an open destination.
type Store struct {
	service *service
	fs      fs.Fs
	// warm is the same place with another class of storage; nil: there is none.
	warm *Store
	// life ends with the Store, and holds the library's settings for it.
	life        context.Context //nolint:containedctx // the library renews tokens with it between calls
	end         context.CancelCauseFunc
	mapper      *mapper
	staged      bool
	class       string
	connections int
	joins       joining
	secrets     []string
	turns       turns
}

// usual is how many calls at once are of use where a service does not say.
const usual = 4

// in is a context for a call: it ends with the caller's, and has the settings.
func (s *Store) in(ctx context.Context) context.Context { return fs.CopyConfig(ctx, s.life) }

// ready ends a call before it begins.
func (s *Store) ready(ctx context.Context, doing, name string) error {
	if !validName(name) {
		return fmt.Errorf("%w: %q", backends.ErrInvalidName, name)
	}
	if ctx.Err() != nil {
		return fmt.Errorf("%s %s: %w", doing, name, context.Cause(ctx))
	}
	return nil
}

// failed words an error.
func (s *Store) failed(ctx context.Context, doing, name string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s %s: %w", doing, name, classify(ctx, err, s.secrets))
}

var errStop = errors.New("enough seen")

// present returns the library's error when the destination is not there.
func (s *Store) present(ctx context.Context) error {
	err := s.listFolder(s.in(ctx), "", func(fs.DirEntries) error { return errStop })
	if errors.Is(err, errStop) {
		return nil
	}
	return err
}

// object finds an object: of several of one name the newest, as List does.
func (s *Store) object(ctx context.Context, name string) (fs.Object, error) {
	o, err := s.find(ctx, name)
	if err != nil || s.service.twins == nil {
		return o, err
	}
	if several, err := s.service.twins(s.in(ctx), s.fs, o); err != nil || !several {
		return o, err
	}
	return s.newest(ctx, name)
}

// find finds any object of a name.
func (s *Store) find(ctx context.Context, name string) (fs.Object, error) {
	o, err := s.fs.NewObject(s.in(ctx), name)
	switch {
	case errors.Is(err, fs.ErrorDirNotFound), errors.Is(err, fs.ErrorIsDir), errors.Is(err, fs.ErrorNotAFile):
		return nil, fs.ErrorObjectNotFound
	case err == nil && o == nil:
		return nil, fs.ErrorObjectNotFound
	}
	return o, err
}

// Stat implements backends.Store.
func (s *Store) Stat(ctx context.Context, name string) (backends.Object, error) {
	if err := s.ready(ctx, "looking at", name); err != nil {
		return backends.Object{}, err
	}
	o, err := s.object(ctx, name)
	if err != nil {
		return backends.Object{}, s.failed(ctx, "looking at", name, err)
	}
	return s.describe(ctx, name, o), nil
}

func (s *Store) describe(ctx context.Context, name string, o fs.Object) backends.Object {
	return backends.Object{Name: name, Size: o.Size(), ModTime: o.ModTime(s.in(ctx))}
}

// layers is how many objects of one name are deleted at most.
const layers = 1000

// Delete implements backends.Store.
func (s *Store) Delete(ctx context.Context, name string) error {
	if err := s.ready(ctx, "deleting", name); err != nil {
		return err
	}
	end, err := s.turns.change(ctx, name)
	if err != nil {
		return s.failed(ctx, "deleting", name, err)
	}
	defer end()
	for range layers {
		gone, err := s.remove(ctx, name)
		if err != nil {
			return s.failed(ctx, "deleting", name, err)
		}
		if gone || !s.service.layered {
			return nil
		}
	}
	return fmt.Errorf("deleting %s: %w: it has more than %d versions", name, backends.ErrTemporary, layers)
}

// remove deletes an object, or tells that there is none.
func (s *Store) remove(ctx context.Context, name string) (gone bool, err error) {
	o, err := s.find(ctx, name)
	if err == nil {
		err = o.Remove(s.in(ctx))
	}
	if class := classOf(err); errors.Is(class, backends.ErrNotExist) {
		return true, s.stillThere(ctx)
	}
	return false, err
}

// stillThere tells a missing object from a destination that is missing: what
// is not there cannot be known to be deleted.
func (s *Store) stillThere(ctx context.Context) error {
	if s.fs.Features().BucketBased {
		return nil
	}
	return s.present(ctx)
}

// Writable implements backends.Prober.
func (s *Store) Writable(ctx context.Context) error { return transfer.Probe(ctx, s) }

// Space implements backends.Spacer.
func (s *Store) Space(ctx context.Context) (free, total int64, err error) {
	about := s.fs.Features().About
	if about == nil {
		return -1, -1, fmt.Errorf("asking for the room: %w", backends.ErrUnsupported)
	}
	usage, err := about(s.in(ctx))
	if err != nil {
		return -1, -1, s.failed(ctx, "asking for", "the room", err)
	}
	if usage == nil || usage.Free == nil {
		return -1, -1, fmt.Errorf("asking for the room: %w", backends.ErrUnsupported)
	}
	total = -1
	if usage.Total != nil {
		total = *usage.Total
	}
	return *usage.Free, total, nil
}

// Hash implements backends.Hasher.
func (s *Store) Hash(ctx context.Context, name string) (kind string, sum []byte, err error) {
	if err := s.ready(ctx, "asking for the sum of", name); err != nil {
		return "", nil, err
	}
	o, err := s.object(ctx, name)
	if err != nil {
		return "", nil, s.failed(ctx, "asking for the sum of", name, err)
	}
	t := s.sums()
	text, err := o.Hash(s.in(ctx), t)
	if err == nil && text != "" {
		sum, err = hex.DecodeString(text)
	}
	if err != nil && !errors.Is(err, hash.ErrUnsupported) {
		return "", nil, s.failed(ctx, "asking for the sum of", name, err)
	}
	if len(sum) == 0 {
		return "", nil, fmt.Errorf("asking for the sum of %s: %w", name, backends.ErrUnsupported)
	}
	return t.String(), sum, nil
}

// sums is the kind of sum that the service has.
func (s *Store) sums() hash.Type { return s.fs.Hashes().GetOne() }

// Sweep implements backends.Sweeper.
func (s *Store) Sweep(ctx context.Context) error {
	if s.staged {
		return s.sweepTemps(ctx)
	}
	if s.service.sweep == nil {
		return nil
	}
	return s.failed(ctx, "removing", "broken uploads", s.service.sweep(s.in(ctx), s.fs))
}

// abandoned is the age at which what is being stored is of no run any more.
const abandoned = 24 * time.Hour

func (s *Store) sweepTemps(ctx context.Context) error {
	for o, err := range s.objects(ctx, "") {
		if err == nil && isTemp(o.Remote()) && time.Since(o.ModTime(s.in(ctx))) > abandoned {
			err = o.Remove(s.in(ctx))
		}
		if err != nil {
			return s.failed(ctx, "removing", "broken uploads", err)
		}
	}
	return nil
}

// Thaw implements backends.Thawer.
func (s *Store) Thaw(ctx context.Context, names []string, days int) error {
	if s.service.thaw == nil {
		return fmt.Errorf("fetching from the archive: %w", backends.ErrUnsupported)
	}
	for _, name := range names {
		if err := s.ready(ctx, "fetching from the archive", name); err != nil {
			return err
		}
	}
	return s.failed(ctx, "fetching", "from the archive", s.service.thaw(s.in(ctx), s.fs, names, days))
}

// Traits implements backends.Describer.
func (s *Store) Traits() backends.Traits {
	t := s.service.traits
	t.Remote = true
	t.Connections = cmp.Or(s.connections, t.Connections, usual)
	t.StorageClass = cmp.Or(s.class, t.StorageClass)
	return t
}

// Close implements backends.Store. It fails when a login that was renewed
// could not be kept.
func (s *Store) Close() error {
	if s.warm != nil {
		_ = s.warm.Close() // it has nothing of its own that could be lost
	}
	var err error
	if shutdown := s.fs.Features().Shutdown; shutdown != nil {
		settleRenewer(s.fs)
		err = s.failed(s.life, "closing", s.service.kind.Name, shutdown(s.life))
	}
	s.end(nil)
	if s.mapper != nil {
		err = errors.Join(err, s.mapper.failed())
	}
	return err
}

package duplicity

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/varve-backup/varve/engine/duplicity/manifest"
	"github.com/varve-backup/varve/engine/zone"
)

// proof is the check that a run may continue what exists. It takes as long as
// it takes to stretch a passphrase, so the source is walked meanwhile; nothing
// is written before it is done.
type proof struct {
	done chan struct{}
	err  error
}

// wait returns what was found.
func (p *proof) wait() error {
	if p == nil {
		return nil
	}
	<-p.done
	return p.err
}

// prove begins the proof. Without anything to prove it makes the key that will
// be needed.
func (s *session) prove(ctx context.Context, inv *inventory, chain []Set) error {
	a := s.archive
	if a.codec.Encrypted && a.codec.CanRead {
		// A person is asked now, and not from beside the walk.
		if _, err := a.codec.Decrypter(); err != nil {
			return err
		}
	}
	a.codec.continues = len(chain) > 0 || len(s.marks) > 0
	p := &proof{done: make(chan struct{})}
	s.proof, a.codec.hold = p, p.wait
	s.beside.Go(func() {
		defer close(p.done)
		if !s.keyProved {
			p.err = a.proveKey(ctx, inv)
		}
		if p.err == nil {
			p.err = s.checkOrigin(ctx, chain)
		}
	})
	if !a.codec.continues && a.codec.Encrypted && !s.options.DryRun {
		// What goes wrong shows when the key is used.
		s.beside.Go(func() { _, _ = a.codec.encrypter() })
	}
	return nil
}

// proveKey makes sure that what exists opens with the passphrase of this run,
// so that one archive never holds versions under two. Where reading needs a
// secret key, that may rightly be elsewhere.
func (a *Archive) proveKey(ctx context.Context, inv *inventory) error {
	chain := inv.latest()
	if !a.codec.Encrypted || !a.codec.CanRead || chain == nil {
		return nil
	}
	last := chain[len(chain)-1].Manifest
	if !last.Name.Encrypted {
		return nil
	}
	return a.proveOpens(ctx, last)
}

// proveOpens decrypts the beginning of a stored file.
func (a *Archive) proveOpens(ctx context.Context, f storedName) error {
	src, err := a.store.Get(ctx, f.Stored, 0, -1)
	if err != nil {
		return fmt.Errorf("reading %s: %w", f.Stored, err)
	}
	defer src.Close()
	plain, err := a.codec.reader(src, f.Name)
	if err != nil {
		return fmt.Errorf("reading %s: %w", f.Stored, damage(err))
	}
	var one [1]byte
	if _, err = io.ReadFull(plain, one[:]); err == io.EOF { // a reader returns it as it is; inside another error it is damage
		err = nil
	}
	if err := errors.Join(err, ignoreDamage(plain.Close())); err != nil {
		return fmt.Errorf("reading %s: %w", f.Stored, damage(err))
	}
	return nil
}

// ignoreDamage drops what closing a reader before its end finds wrong.
func ignoreDamage(err error) error {
	if isDamage(damage(err)) {
		return nil
	}
	return err
}

// checkOrigin compares machine and folder with those of the version that is
// continued, and the two copies of its manifest with each other.
func (s *session) checkOrigin(ctx context.Context, chain []Set) error {
	if len(chain) == 0 {
		return nil
	}
	last := &chain[len(chain)-1]
	m, err := s.archive.manifestOf(ctx, last)
	if err != nil {
		return err
	}
	if err := s.archive.compareRemote(ctx, last, m); err != nil {
		return err
	}
	if s.options.AllowSourceMismatch {
		return nil
	}
	if m.Hostname != "" && !sameHost(m.Hostname, s.archive.host) {
		return fmt.Errorf("%w: it was made on %s, this is %s", ErrHostMismatch, m.Hostname, s.archive.host)
	}
	if m.Localdir != "" && m.Localdir != s.options.SourceName {
		return fmt.Errorf("%w: it was made from %s, this is %s", ErrSourceMismatch, m.Localdir, s.options.SourceName)
	}
	return nil
}

// sameHost takes a full name, which older duplicity wrote, for the short one.
func sameHost(stored, here string) bool {
	return stored == here || strings.HasPrefix(stored, here+".") || strings.HasPrefix(here, stored+".")
}

// compareRemote makes sure that the cached manifest is of the set that is at
// the destination.
func (a *Archive) compareRemote(ctx context.Context, set *Set, cached *manifest.Manifest) error {
	if set.Manifest.Name.Encrypted && !a.codec.CanRead {
		return nil
	}
	stored, err := a.fetchManifest(ctx, set)
	if err != nil {
		return err
	}
	same := stored.Hostname == cached.Hostname && stored.Localdir == cached.Localdir &&
		slices.EqualFunc(stored.Volumes, cached.Volumes, func(x, y manifest.Volume) bool { return x.Number == y.Number })
	if !same {
		return fmt.Errorf("%w: the manifests of %s differ", ErrManifestMismatch, zone.Of(set.End).Format(time.DateTime))
	}
	return nil
}

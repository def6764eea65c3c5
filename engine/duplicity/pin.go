package duplicity

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/engine/duplicity/filename"
	"github.com/varve-backup/varve/engine/duplicity/pinfile"
	"github.com/varve-backup/varve/engine/retention"
	"github.com/varve-backup/varve/engine/zone"
)

// ErrPinned: what was to be removed is pinned.
var ErrPinned = errors.New("it is pinned")

// storedPin is a file that pins a version.
type storedPin struct {
	Stored string
	pinfile.Name
}

// pinPrefix stands in front of the names of such files.
func (a *Archive) pinPrefix() string { return a.naming.Prefix + a.naming.ManifestPrefix }

// parsePin reads the name of a file that pins a version.
func (a *Archive) parsePin(stored string) (storedPin, bool) {
	rest, ok := strings.CutPrefix(stored, a.pinPrefix())
	if !ok {
		return storedPin{}, false
	}
	n, ok := pinfile.ParseName(rest)
	return storedPin{stored, n}, ok
}

// pin is what the name says, without the reason.
func (p *storedPin) pin() *retention.Pin {
	if p.Day == "" {
		return &retention.Pin{}
	}
	until, err := retention.UntilDay(p.Day, zone.Here())
	if err != nil {
		return &retention.Pin{}
	}
	return &retention.Pin{Until: until}
}

// pinsOf are the files that pin the version of a time, the one that holds
// longest first: of two that one machine each has written both count.
func (inv *inventory) pinsOf(t time.Time) (all []storedPin) {
	for _, p := range inv.pins {
		if p.Version.Equal(t) {
			all = append(all, p)
		}
	}
	slices.SortFunc(all, func(x, y storedPin) int {
		switch {
		case x.pin().Outlasts(y.pin()):
			return -1
		case y.pin().Outlasts(x.pin()):
			return 1
		}
		return strings.Compare(x.Stored, y.Stored)
	})
	return all
}

// pinned tells which times are pinned now.
func (inv *inventory) pinned(now time.Time) func(time.Time) bool {
	return func(t time.Time) bool {
		all := inv.pinsOf(t)
		return len(all) > 0 && all[0].pin().Holds(now)
	}
}

// pinOf is the pin of a version, with its reason as far as that is known here.
func (a *Archive) pinOf(inv *inventory, t time.Time) *retention.Pin {
	all := inv.pinsOf(t)
	if len(all) == 0 {
		return nil
	}
	p := all[0].pin()
	if c, err := a.cachedPin(&all[0]); err == nil {
		p.Reason = c.Reason
	}
	return p
}

// cachedPinName is how the archive directory calls the plain copy of a file.
func (a *Archive) cachedPinName(p *storedPin) string {
	n := p.Name
	n.Encrypted = false
	return a.pinPrefix() + n.Format()
}

// cachedPin reads the copy in the archive directory.
func (a *Archive) cachedPin(p *storedPin) (c pinfile.Content, err error) {
	f, err := os.Open(a.cached(a.cachedPinName(p)))
	if err != nil {
		return c, err
	}
	b, err := io.ReadAll(io.LimitReader(f, pinfile.MaxSize+1))
	if err := errors.Join(err, f.Close()); err != nil {
		return c, err
	}
	return provedPin(p, b)
}

func provedPin(p *storedPin, b []byte) (pinfile.Content, error) {
	c, err := pinfile.Read(b)
	if err == nil && !c.Proves(p.Name) {
		err = fmt.Errorf("%w: it is of another version", pinfile.ErrContent)
	}
	if err != nil {
		return c, fmt.Errorf("reading %s: %w: %w", p.Stored, ErrDamaged, err)
	}
	return c, nil
}

// ReadReasons makes Status and Versions tell the reasons of pins that this
// machine does not know yet, which may take the passphrase. Without it all pins
// hold as well. It is called before anything else.
func (a *Archive) ReadReasons() { a.reasons = true }

// learnPins reads the pins that are not known here. What stands in the way of
// one, a passphrase that nobody has, stands in the way of all.
func (a *Archive) learnPins(ctx context.Context, inv *inventory) {
	for i := range inv.pins {
		_, err := a.readPin(ctx, &inv.pins[i])
		if err != nil && !isDamage(err) {
			return
		}
	}
}

// readPin reads a file, and keeps a copy in the archive directory.
func (a *Archive) readPin(ctx context.Context, p *storedPin) (c pinfile.Content, err error) {
	if c, err := a.cachedPin(p); err == nil {
		return c, nil
	}
	src, err := a.store.Get(ctx, p.Stored, 0, -1)
	if err != nil {
		return c, fmt.Errorf("reading %s: %w", p.Stored, err)
	}
	plain, err := a.codec.reader(src, filename.Name{Kind: filename.Manifest, Encrypted: p.Encrypted})
	if err != nil {
		return c, errors.Join(fmt.Errorf("reading %s: %w", p.Stored, damage(err)), src.Close())
	}
	b, err := io.ReadAll(io.LimitReader(plain, pinfile.MaxSize+1))
	if err := errors.Join(err, plain.Close(), src.Close()); err != nil {
		return c, fmt.Errorf("reading %s: %w", p.Stored, damage(err))
	}
	if c, err = provedPin(p, b); err == nil {
		_ = a.cachePin(p, b) // without it the file is read again
	}
	return c, err
}

func (a *Archive) cachePin(p *storedPin, b []byte) error {
	if err := os.MkdirAll(a.cacheDir, 0o700); err != nil {
		return err
	}
	dst, err := os.CreateTemp(a.cacheDir, arrivePrefix+"*")
	if err != nil {
		return err
	}
	defer os.Remove(dst.Name())
	_, err = dst.Write(b)
	if err := errors.Join(err, dst.Close()); err != nil {
		return err
	}
	return os.Rename(dst.Name(), a.cached(a.cachedPinName(p)))
}

// SetPin pins the version of a time, or unpins it with nil. The new file is
// stored before the old one goes. Pins that have ended, and those of versions
// that are gone, are removed on the occasion.
func (a *Archive) SetPin(ctx context.Context, at time.Time, p *retention.Pin) (err error) {
	if err := os.MkdirAll(a.cacheDir, 0o700); err != nil {
		return fmt.Errorf("making the archive directory: %w", err)
	}
	held, err := takeLock(a.cacheDir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, held.release()) }()
	inv, err := a.inventory(ctx)
	if err != nil {
		return err
	}
	set := inv.setOf(at)
	if set == nil {
		return fmt.Errorf("%w: there is no version of %s", ErrNotFound, local(at))
	}
	old := inv.pinsOf(at)
	if p != nil {
		fresh, err := a.storePin(ctx, inv, set, p, old)
		if err != nil {
			return err
		}
		inv.pins = append(inv.pins, fresh)
	}
	for i := range old {
		if err := a.dropPin(ctx, inv, &old[i]); err != nil {
			return err
		}
	}
	return a.tidyPins(ctx, inv)
}

// setOf is the version of a time.
func (inv *inventory) setOf(at time.Time) *Set {
	for _, chain := range inv.Chains {
		for i := range chain {
			if chain[i].End.Equal(at) {
				return &chain[i]
			}
		}
	}
	return nil
}

// storePin stores a file that pins a version. What an old one says that is not
// known here goes into it.
func (a *Archive) storePin(ctx context.Context, inv *inventory, set *Set, p *retention.Pin, old []storedPin) (fresh storedPin, err error) {
	var content pinfile.Content
	for i := range old {
		if c, err := a.readPin(ctx, &old[i]); err == nil {
			content = c
			break
		}
	}
	content.Version, content.Day, content.Reason = set.End, p.Day(), p.Reason
	plain, err := pinfile.Write(content)
	if err != nil {
		return fresh, err
	}
	var mark [4]byte
	if _, err := rand.Read(mark[:]); err != nil {
		return fresh, err
	}
	fresh.Name = pinfile.Name{Version: set.End, Day: p.Day(), Mark: hex.EncodeToString(mark[:]), Encrypted: set.Encrypted && a.codec.Encrypted}
	fresh.Stored = a.pinPrefix() + fresh.Format()
	if fresh.Encrypted {
		if err := a.proveKey(ctx, inv); err != nil {
			return fresh, err
		}
	}
	var sealed bytes.Buffer
	w, err := a.codec.writer(&sealed, filename.Name{Kind: filename.Manifest, Encrypted: fresh.Encrypted})
	if err != nil {
		return fresh, err
	}
	_, err = w.Write(plain)
	if err := errors.Join(err, w.Close()); err != nil {
		return fresh, fmt.Errorf("storing %s: %w", fresh.Stored, err)
	}
	if err := a.put(ctx, fresh.Stored, backends.BytesSource(sealed.Bytes())); err != nil {
		return fresh, err
	}
	return fresh, a.cachePin(&fresh, plain)
}

// dropPin removes a file that pins, and its copy here.
func (a *Archive) dropPin(ctx context.Context, inv *inventory, p *storedPin) error {
	if err := a.store.Delete(ctx, p.Stored); err != nil {
		return fmt.Errorf("removing %s: %w", p.Stored, err)
	}
	stored := p.Stored
	inv.pins = slices.DeleteFunc(inv.pins, func(x storedPin) bool { return x.Stored == stored })
	return a.removeCached(a.cachedPinName(p))
}

// tidyPins removes pins that have ended, and those of which no file of the
// version is left.
func (a *Archive) tidyPins(ctx context.Context, inv *inventory) error {
	for _, p := range slices.Clone(inv.pins) {
		there := slices.ContainsFunc(inv.stored, func(f storedName) bool { return f.Name.End.Equal(p.Version) })
		if there && p.pin().Holds(a.now()) {
			continue
		}
		if err := a.dropPin(ctx, inv, &p); err != nil {
			return err
		}
	}
	return a.dropPinCopies(inv)
}

// dropPinCopies removes copies of files that somebody else removed.
func (a *Archive) dropPinCopies(inv *inventory) error {
	known := map[string]bool{}
	for i := range inv.pins {
		known[a.cachedPinName(&inv.pins[i])] = true
	}
	entries, err := os.ReadDir(a.cacheDir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if _, ok := a.parsePin(e.Name()); ok && !known[e.Name()] {
			if err := a.removeCached(e.Name()); err != nil {
				return err
			}
		}
	}
	return nil
}

// explainPins says which versions stay because they are pinned, or because
// those are built on them.
func (a *Archive) explainPins(inv *inventory, stay []Set) {
	pinned := inv.pinned(a.now())
	for i := range stay {
		s := &stay[i]
		if !pinned(s.End) {
			a.watch.Notice(fmt.Sprintf("The version of %s stays because a pinned one is built on it.", local(s.End)))
			continue
		}
		words := fmt.Sprintf("The version of %s stays because it is pinned", local(s.End))
		if p := a.pinOf(inv, s.End); p.Reason != "" {
			words += ": " + p.Reason
		}
		a.watch.Notice(words + ".")
	}
}

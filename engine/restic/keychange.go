package restic

import (
	"context"
	"errors"
	"fmt"

	"github.com/varve-backup/varve/engine/restic/id"
)

// KeyChange says how ChangeKey replaces the passphrase that opened the
// repository.
type KeyChange struct {
	Passphrase string
	// Keep is called once both the old passphrase and the new one open the
	// repository, nil for nobody. Whoever opens it later without asking notes the
	// new one there. An error ends the change, with both.
	Keep func(ctx context.Context) error
	// Alone shuts out all others too.
	Alone bool
}

// ChangeKey replaces the passphrase that opened the repository, and returns how
// many others open it besides the new one. The old one goes only when the new one
// was proved and kept: whatever ends a change in between, what was kept opens the
// repository, and the same change made again ends it.
func (r *Repository) ChangeKey(ctx context.Context, c KeyChange) (others int, err error) {
	l, err := r.lock(ctx, true)
	if err != nil {
		return 0, err
	}
	others, err = r.changeKey(l.ctx, c)
	return others, errors.Join(err, l.release())
}

func (r *Repository) changeKey(ctx context.Context, c KeyChange) (others int, err error) {
	name, err := r.provedKey(ctx, c.Passphrase)
	if err != nil {
		return 0, err
	}
	if c.Keep != nil {
		if err := c.Keep(ctx); err != nil {
			return 0, err
		}
	}
	old := r.keyID
	r.keyID = name
	return r.shutOut(ctx, old, c.Alone)
}

// shutOut removes a key, or all but the repository's own, and counts the others
// that stay.
func (r *Repository) shutOut(ctx context.Context, old id.ID, all bool) (others int, err error) {
	names, err := r.ids(ctx, keyFile)
	if err != nil {
		return 0, err
	}
	err = r.remove(ctx, keyFile, old) // also where the list does not show it yet
	for _, name := range names {
		switch {
		case name == r.keyID, name == old:
		case all:
			err = errors.Join(err, r.remove(ctx, keyFile, name))
		default:
			others++
		}
	}
	return others, err
}

// provedKey is a key that the passphrase opens, as the destination gives it back:
// that of a change that was not ended, or a new one. A new one that is not proved
// is removed again.
func (r *Repository) provedKey(ctx context.Context, passphrase string) (id.ID, error) {
	names, err := r.keyNames(ctx)
	if err != nil {
		return id.ID{}, err
	}
	for _, name := range names {
		if name == r.keyID {
			continue
		}
		if r.proveKey(ctx, name, passphrase) == nil {
			return name, nil
		}
		if ctx.Err() != nil {
			return id.ID{}, ctx.Err()
		}
	}
	name, err := r.addKey(ctx, passphrase)
	if err != nil {
		return id.ID{}, err
	}
	if err := r.proveKey(ctx, name, passphrase); err != nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), deleteLimit)
		defer cancel()
		_ = r.remove(ctx, keyFile, name) // the first error tells what is wrong
		return id.ID{}, fmt.Errorf("proving the new key: %w", err)
	}
	return name, nil
}

// proveKey reads a key back, and opens what is sealed here with it.
func (r *Repository) proveKey(ctx context.Context, name id.ID, passphrase string) error {
	f, err := r.readKey(ctx, name)
	if err != nil {
		return err
	}
	key, err := f.Open(passphrase)
	if err != nil {
		return err
	}
	sealed, err := r.key.Seal(nil, name[:])
	if err != nil {
		return err
	}
	_, err = key.Open(nil, sealed)
	return err
}

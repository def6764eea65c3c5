package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/varve-backup/varve/backends/address"
	"github.com/varve-backup/varve/engine/duplicity"
	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/restic"
	"github.com/varve-backup/varve/engine/secret"
)

// Key is one of the passphrases that open a deduplicated archive.
type Key struct {
	ID string
	// Created is when, User and Host where it was added.
	Created    time.Time
	User, Host string
	// Current tells that the archive was opened with it.
	Current bool
}

// Keys lists the keys of a deduplicated archive.
func (e *Engine) Keys(ctx context.Context, d Destination) ([]Key, error) {
	var keys []Key
	err := e.withKeys(ctx, d, "listing the keys", func(a *deduplicated) error {
		found, err := a.Keys(ctx)
		for _, k := range found {
			keys = append(keys, Key{k.ID.String(), k.Created, k.User, k.Host, k.Current})
		}
		return err
	})
	return keys, err
}

// AddKey lets another passphrase open a deduplicated archive, and returns the
// name of its key. An empty passphrase is asked for.
func (e *Engine) AddKey(ctx context.Context, d Destination, passphrase secret.Text) (name string, err error) {
	err = e.withKeys(ctx, d, "adding a key", func(a *deduplicated) error {
		text, err := e.newPassphrase(ctx, d, passphrase)
		if err != nil {
			return err
		}
		added, err := a.AddKey(ctx, text)
		name = added.String()
		return err
	})
	return name, err
}

// RemoveKey shuts a passphrase out. name is the beginning of a key's name that
// no other key shares. The key that the archive was opened with stays.
func (e *Engine) RemoveKey(ctx context.Context, d Destination, name string) (removed Key, err error) {
	err = e.withKeys(ctx, d, "removing a key", func(a *deduplicated) error {
		k, err := a.keyNamed(ctx, name)
		if err != nil {
			return err
		}
		removed = Key{k.ID.String(), k.Created, k.User, k.Host, k.Current}
		return a.RemoveKey(ctx, k.ID)
	})
	return removed, err
}

// PassphraseChange says how the passphrase of a deduplicated archive is replaced.
type PassphraseChange struct {
	// New is the new one; an empty one is asked for.
	New secret.Text
	// Keep is called once both the old and the new one open the archive, nil for
	// nobody: here who opens it later notes the new one. An error of it ends the
	// change, with both.
	Keep func(ctx context.Context) error
	// Alone shuts out all other passphrases, too.
	Alone bool
}

// ChangePassphrase replaces the passphrase that opens a deduplicated archive, and
// returns how many others open it besides the new one. The old one is shut out
// after Keep, so that what was kept opens the archive whatever fails.
func (e *Engine) ChangePassphrase(ctx context.Context, d Destination, c PassphraseChange) (others int, err error) {
	err = e.withKeys(ctx, d, "changing the passphrase", func(a *deduplicated) error {
		text, err := e.newPassphrase(ctx, d, c.New)
		if err != nil {
			return err
		}
		others, err = a.ChangeKey(ctx, restic.KeyChange{Passphrase: text, Keep: c.Keep, Alone: c.Alone})
		return err
	})
	return others, err
}

// Unlock removes the locks that nobody renews from a deduplicated archive, or
// all of them, and returns how many. All is right only when nothing else uses
// the archive.
func (e *Engine) Unlock(ctx context.Context, d Destination, all bool) (removed int, err error) {
	err = e.withKeys(ctx, d, "unlocking", func(a *deduplicated) error {
		removed, err = a.Unlock(ctx, all)
		return err
	})
	return removed, err
}

// withKeys opens an archive that has keys and locks, and refuses others.
func (e *Engine) withKeys(ctx context.Context, d Destination, op string, do func(*deduplicated) error) error {
	archive, err := e.openArchive(ctx, d, repository.Ignore(), false)
	if err != nil {
		return classify(ctx, op, err)
	}
	a, ok := archive.(*deduplicated)
	if ok {
		err = do(a)
	} else {
		err = refuseKeys(ctx, archive)
	}
	return classify(ctx, op, errors.Join(err, archive.close()))
}

func refuseKeys(ctx context.Context, a archive) error {
	versions, err := a.versions(ctx)
	if err != nil {
		return err
	}
	if len(versions) == 0 {
		return duplicity.ErrNoArchive
	}
	return fmt.Errorf("%w: what is stored in duplicity's format keeps its passphrase for good, and has no locks; for another passphrase, begin a new backup in another place", errInvalid)
}

// keyNamed finds a key by the beginning of its name.
func (a *deduplicated) keyNamed(ctx context.Context, name string) (*restic.Key, error) {
	keys, err := a.Keys(ctx)
	if err != nil {
		return nil, err
	}
	var found *restic.Key
	for i := range keys {
		if name == "" || !strings.HasPrefix(keys[i].ID.String(), strings.ToLower(name)) {
			continue
		}
		if found != nil {
			return nil, fmt.Errorf("%w: the names of several keys begin with %s", errInvalid, name)
		}
		found = &keys[i]
	}
	if found == nil {
		return nil, fmt.Errorf("no key is named %s: %w", name, restic.ErrNotFound)
	}
	return found, nil
}

// newPassphrase is the given one, or what is answered.
func (e *Engine) newPassphrase(ctx context.Context, d Destination, given secret.Text) (string, error) {
	if !given.IsEmpty() {
		return given.Reveal(), nil
	}
	return e.ask(ctx, PassphraseQuestion{URL: address.Display(d.URL), New: true})
}

package restic

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/engine/restic/crypto"
	"github.com/varve-backup/varve/engine/restic/id"
)

// mostKeys is how many key files are tried: each takes a tenth of a second.
const mostKeys = 20

// Key is a key file, one for each passphrase that opens the repository.
type Key struct {
	ID      id.ID
	Created time.Time
	User    string
	Host    string
	// Current tells that the repository was opened with it.
	Current bool
}

// unlock finds the key file that the passphrase opens. Those that were opened
// before are asked first: the others cost time.
func (r *Repository) unlock(ctx context.Context, passphrase string) error {
	names, err := r.keyNames(ctx)
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return fmt.Errorf("%w: it has no key files", ErrDamaged)
	}
	for _, name := range names {
		if key := r.ring.recall(name, passphrase); key != nil {
			r.key, r.keyID = key, name
			return nil
		}
	}
	return r.tryKeys(ctx, names, passphrase)
}

// keyNames are the key files that are tried.
func (r *Repository) keyNames(ctx context.Context) ([]id.ID, error) {
	var names []id.ID
	for f, err := range r.list(ctx, keyFile) {
		if err != nil {
			return nil, err
		}
		if names = append(names, f.ID); len(names) == mostKeys {
			break
		}
	}
	return names, nil
}

func (r *Repository) tryKeys(ctx context.Context, names []id.ID, passphrase string) error {
	var damaged []error
	for _, name := range names {
		key, err := r.tryKey(ctx, name, passphrase)
		switch {
		case err == nil:
			r.key, r.keyID = key, name
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case !errors.Is(err, crypto.ErrPassphrase):
			damaged = append(damaged, err)
		}
	}
	if len(damaged) == len(names) {
		return errors.Join(damaged...)
	}
	return ErrPassphrase
}

func (r *Repository) tryKey(ctx context.Context, name id.ID, passphrase string) (*crypto.Key, error) {
	file, err := r.readKey(ctx, name)
	if err != nil {
		return nil, err
	}
	key, err := r.ring.open(name, file, passphrase)
	if err != nil && !errors.Is(err, crypto.ErrPassphrase) {
		return nil, fmt.Errorf("opening key %s: %w: %w", name.Short(), ErrDamaged, err)
	}
	return key, err
}

func (r *Repository) readKey(ctx context.Context, name id.ID) (*crypto.File, error) {
	b, err := r.read(ctx, keyFile, name)
	if err != nil {
		return nil, err
	}
	f, err := crypto.Parse(b)
	if err != nil {
		return nil, fmt.Errorf("reading key %s: %w: %w", name.Short(), ErrDamaged, err)
	}
	return f, nil
}

// Keys lists the key files.
func (r *Repository) Keys(ctx context.Context) ([]Key, error) {
	var keys []Key
	for f, err := range r.list(ctx, keyFile) {
		if err != nil {
			return nil, err
		}
		file, err := r.readKey(ctx, f.ID)
		if err != nil {
			return nil, err
		}
		keys = append(keys, Key{f.ID, file.Created, file.Username, file.Hostname, f.ID == r.keyID})
	}
	return keys, nil
}

// AddKey lets another passphrase open the repository.
func (r *Repository) AddKey(ctx context.Context, passphrase string) (id.ID, error) {
	l, err := r.lock(ctx, false)
	if err != nil {
		return id.ID{}, err
	}
	name, err := r.addKey(l.ctx, passphrase)
	return name, errors.Join(err, l.release())
}

// ErrManyKeys: so many passphrases open the repository that another would not be
// tried.
var ErrManyKeys = fmt.Errorf("%d passphrases open it, and no more are tried: remove one first", mostKeys)

func (r *Repository) addKey(ctx context.Context, passphrase string) (id.ID, error) {
	switch names, err := r.keyNames(ctx); {
	case err != nil:
		return id.ID{}, err
	case len(names) == mostKeys:
		return id.ID{}, ErrManyKeys
	}
	f, err := r.key.SealFor(passphrase, r.cost)
	if err != nil {
		return id.ID{}, fmt.Errorf("making a key: %w", err)
	}
	f.Created, f.Username, f.Hostname = r.now(), r.user, r.host
	b, err := json.Marshal(f)
	if err != nil {
		return id.ID{}, err
	}
	name := id.Of(b)
	if err := r.put(ctx, nameOf(keyFile, name), backends.BytesSource(b)); err != nil {
		return name, err
	}
	r.ring.remember(name, passphrase, r.key)
	return name, nil
}

// ErrOwnKey: the key that opened the repository is not removed.
var ErrOwnKey = errors.New("it is the key that the repository is open with")

// RemoveKey shuts a passphrase out. What somebody who knew it copied before
// stays readable to them.
func (r *Repository) RemoveKey(ctx context.Context, name id.ID) error {
	if name == r.keyID {
		return ErrOwnKey
	}
	l, err := r.lock(ctx, true)
	if err != nil {
		return err
	}
	return errors.Join(r.remove(l.ctx, keyFile, name), l.release())
}

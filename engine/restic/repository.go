// Package restic reads and writes repositories in restic's format
// (formats/restic.md). Start with Open or Create; then Backup writes a
// snapshot, Snapshots lists them, Contents and Browse read one, Check proves
// what is stored, and Forget and Prune give room back.
//
// A repository that restic wrote is read and continued, and the other way
// round. Files are never altered, only added, until Prune removes what nothing
// refers to: stopping at any moment leaves every snapshot as it was.
package restic

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/restic/chunker"
	"github.com/varve-backup/varve/engine/restic/crypto"
	"github.com/varve-backup/varve/engine/restic/id"
	"github.com/varve-backup/varve/engine/restic/index"
)

// Config says where a repository is and how it is opened.
type Config struct {
	Store backends.Store
	// CacheDir holds what can be made anew: the local index and the files
	// cache, in a folder for each repository.
	CacheDir string
	// Place tells this place from others that hold the same repository, as part of
	// a file name: what is read back is noted for one place.
	Place string
	// Passphrase is asked for once.
	Passphrase func() (string, error)
	// Host and User are written into snapshots and locks; Program, as
	// "varve 1.0", says who made a snapshot.
	Host, User, Program string
	Now                 func() time.Time
	Watch               repository.Observer
	// KeyCost is what new passphrases are stretched with; zero means
	// crypto.DefaultCost.
	KeyCost crypto.Cost
	// KeyRing, if set, remembers keys from one Open to the next.
	KeyRing *KeyRing
}

// configText is the file config, sealed and never compressed.
type configText struct {
	Version    int    `json:"version"`
	ID         id.ID  `json:"id"`
	Polynomial string `json:"chunker_polynomial"`
	// AppendOnly is rustic's: nothing may be removed.
	AppendOnly bool `json:"append_only,omitempty"`
}

const (
	oldestVersion = 1
	newestVersion = 2
)

// Repository is an open repository. Its methods may be called from several
// goroutines.
type Repository struct {
	store   backends.Store
	cache   string // of this repository
	place   string
	host    string
	user    string
	program string
	now     func() time.Time
	watch   repository.Observer
	cost    crypto.Cost
	ring    *KeyRing

	config     configText
	polynomial chunker.Polynomial
	key        *crypto.Key
	keyID      id.ID
	zstd       *coder
	mirror     *mirror // nil where the destination is near
}

// Exists reports whether there is a repository in a store, or a part of one. A
// file named config alone is somebody else's.
func Exists(ctx context.Context, s backends.Store) (bool, error) {
	_, err := s.Stat(ctx, configName)
	if errors.Is(err, backends.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	r := &Repository{store: s}
	for _, kind := range []fileKind{keyFile, snapshotFile, indexFile} {
		for _, err := range r.list(ctx, kind) {
			return err == nil, err
		}
	}
	return false, nil
}

func newRepository(c Config) (*Repository, error) {
	z, err := newCoder()
	if err != nil {
		return nil, err
	}
	return &Repository{
		store: c.Store, cache: c.CacheDir, place: c.Place, host: c.Host, user: c.User, program: c.Program, now: c.Now, watch: c.Watch, zstd: z,
		cost: cmp.Or(c.KeyCost, crypto.DefaultCost), ring: c.KeyRing,
	}, nil
}

// Open opens the repository in c.Store, which the caller closes afterwards.
func Open(ctx context.Context, c Config) (*Repository, error) {
	r, err := newRepository(c)
	if err != nil {
		return nil, err
	}
	if err := r.open(ctx, c); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

func (r *Repository) open(ctx context.Context, c Config) error {
	sealed, err := r.readObject(ctx, configName)
	if errors.Is(err, backends.ErrNotExist) {
		return fmt.Errorf("%w: %w", ErrNoRepository, err)
	}
	if err != nil {
		return err
	}
	passphrase, err := c.Passphrase()
	if err != nil {
		return err
	}
	if err := r.unlock(ctx, passphrase); err != nil {
		return err
	}
	text, err := r.key.Open(nil, sealed)
	if err != nil {
		return fmt.Errorf("reading %s: %w: %w", configName, ErrDamaged, err)
	}
	if err := json.Unmarshal(text, &r.config); err != nil {
		return fmt.Errorf("reading %s: %w: %w", configName, ErrDamaged, err)
	}
	return r.accept(c)
}

// accept checks what config says.
func (r *Repository) accept(c Config) (err error) {
	if v := r.config.Version; v < oldestVersion || v > newestVersion {
		return fmt.Errorf("%w: %d", ErrVersion, v)
	}
	r.polynomial, err = chunker.ParsePolynomial(r.config.Polynomial)
	if err != nil || !r.polynomial.Valid() {
		return fmt.Errorf("reading %s: %w: its polynomial is %q", configName, ErrDamaged, r.config.Polynomial)
	}
	r.cache = cacheDir(c.CacheDir, r.config.ID)
	if err := os.MkdirAll(r.cache, 0o700); err != nil {
		return fmt.Errorf("making the cache: %w", err)
	}
	r.mirror = r.newMirror()
	return nil
}

// Create makes a repository of version 2. The store must not hold one, nor a
// part of one.
func Create(ctx context.Context, c Config) (*Repository, error) {
	r, err := newRepository(c)
	if err != nil {
		return nil, err
	}
	if err := r.create(ctx, c); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

func (r *Repository) create(ctx context.Context, c Config) error {
	begun, err := r.mustBeEmpty(ctx)
	if err != nil {
		return err
	}
	passphrase, err := c.Passphrase()
	if err != nil {
		return err
	}
	p, err := chunker.Random(rand.Reader)
	if err != nil {
		return err
	}
	r.config = configText{Version: newestVersion, Polynomial: p.String()}
	if _, err := rand.Read(r.config.ID[:]); err != nil {
		return err
	}
	if err := r.firstKey(ctx, passphrase, begun); err != nil {
		return err
	}
	text, err := json.Marshal(r.config)
	if err != nil {
		return err
	}
	sealed, err := r.key.Seal(nil, text)
	if err != nil {
		return err
	}
	if err := r.put(ctx, configName, backends.BytesSource(sealed)); err != nil {
		return err
	}
	return r.accept(c)
}

// firstKey stores a key, before the config: one that nothing opens would be a
// repository that is lost. The key of a run that died in between is taken up,
// if it is under the same passphrase.
func (r *Repository) firstKey(ctx context.Context, passphrase string, begun bool) (err error) {
	if begun {
		if err := r.unlock(ctx, passphrase); err != nil {
			return fmt.Errorf("%w: keys are there, without a config: %w", ErrExists, err)
		}
		return nil
	}
	if r.key, err = crypto.NewKey(); err != nil {
		return err
	}
	r.keyID, err = r.addKey(ctx, passphrase)
	return err
}

// mustBeEmpty refuses a destination that holds a repository, or a part of one
// whose config is lost. begun tells that there are keys and nothing else, as a
// run leaves it that died while it made the repository.
func (r *Repository) mustBeEmpty(ctx context.Context) (begun bool, err error) {
	_, err = r.store.Stat(ctx, configName)
	if err == nil {
		return false, fmt.Errorf("%w: a file named %s is there", ErrExists, configName)
	}
	if !errors.Is(err, backends.ErrNotExist) {
		return false, err
	}
	for _, kind := range []fileKind{keyFile, snapshotFile, indexFile, packFile} {
		for _, err := range r.list(ctx, kind) {
			if err != nil {
				return false, err
			}
			if kind != keyFile {
				return false, fmt.Errorf("%w: %s are there, without a config", ErrExists, kind)
			}
			begun = true
			break
		}
	}
	return begun, nil
}

// ID names the repository, wherever it lies.
func (r *Repository) ID() id.ID { return r.config.ID }

// Version is that of the format.
func (r *Repository) Version() int { return r.config.Version }

// Close gives memory back. It does not close the store.
func (r *Repository) Close() error { return errors.Join(r.zstd.close(), r.mirror.close()) }

// newIndex opens the local index and brings it up to date.
func (r *Repository) newIndex(ctx context.Context) (*index.Index, error) {
	t, err := r.table(ctx)
	if err != nil {
		return nil, err
	}
	return index.New(t), nil
}

package restic

import (
	"crypto/sha256"
	"sync"

	"github.com/varve-backup/varve/engine/restic/crypto"
	"github.com/varve-backup/varve/engine/restic/id"
)

// KeyRing remembers keys for as long as the process runs, so that a passphrase
// is stretched once and not each time a repository is opened. The zero value is
// empty. It may be used by several goroutines.
type KeyRing struct {
	mu   sync.Mutex
	keys map[[sha256.Size]byte]*crypto.Key // by key file and passphrase; guarded by mu
}

func ringName(file id.ID, passphrase string) [sha256.Size]byte {
	return sha256.Sum256(append(file[:], passphrase...))
}

// open opens a key file, or finds what it held.
func (k *KeyRing) open(name id.ID, f *crypto.File, passphrase string) (*crypto.Key, error) {
	if k == nil {
		return f.Open(passphrase)
	}
	ring := ringName(name, passphrase)
	k.mu.Lock()
	key := k.keys[ring]
	k.mu.Unlock()
	if key != nil {
		return key, nil
	}
	key, err := f.Open(passphrase)
	if err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.keys == nil {
		k.keys = map[[sha256.Size]byte]*crypto.Key{}
	}
	k.keys[ring] = key
	return key, nil
}

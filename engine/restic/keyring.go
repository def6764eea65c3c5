package restic

import (
	"crypto/sha256"
	"encoding/json"
	"sync"

	"github.com/varve-backup/varve/engine/restic/crypto"
	"github.com/varve-backup/varve/engine/restic/id"
)

// KeyRing remembers keys for as long as the process runs, and with Memory for
// some time after it, so that a passphrase is stretched once and not each time
// a repository is opened. The passphrase is needed all the same. The zero value
// is empty. It may be used by several goroutines.
type KeyRing struct {
	// Memory, if set, keeps keys from one process to the next.
	Memory Memory

	mu   sync.Mutex
	keys map[[sha256.Size]byte]*crypto.Key // by key file and passphrase; guarded by mu
}

// Memory keeps a few bytes under a name, where neither a disk nor another
// account gets to see them, and for as long as it likes.
type Memory interface {
	// Load returns nil where there is nothing of that name.
	Load(name string) []byte
	Save(name string, b []byte)
}

// memoryCost is what a passphrase is stretched with for Memory: some thousandths
// of a second. Who could try passphrases there could read this process too.
var memoryCost = crypto.Cost{N: 1 << 10, R: 8, P: 1}

func ringName(file id.ID, passphrase string) [sha256.Size]byte {
	return sha256.Sum256(append(file[:], passphrase...))
}

// memoryName is where the key of a key file is kept.
func memoryName(file id.ID) string { return "varve:key:" + file.String() }

// recall finds what a key file held that this passphrase opened, or nil.
func (k *KeyRing) recall(name id.ID, passphrase string) *crypto.Key {
	if k == nil {
		return nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	key := k.keys[ringName(name, passphrase)]
	if key != nil || k.Memory == nil {
		return key
	}
	f, err := crypto.Parse(k.Memory.Load(memoryName(name)))
	if err != nil {
		return nil
	}
	if key, err = f.Open(passphrase); err != nil {
		return nil
	}
	k.keep(name, passphrase, key)
	return key
}

// open opens a key file, and remembers it.
func (k *KeyRing) open(name id.ID, f *crypto.File, passphrase string) (*crypto.Key, error) {
	key, err := f.Open(passphrase)
	if err == nil {
		k.remember(name, passphrase, key)
	}
	return key, err
}

// remember keeps a key that the passphrase opens.
func (k *KeyRing) remember(name id.ID, passphrase string, key *crypto.Key) {
	if k == nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.keep(name, passphrase, key)
	if k.Memory == nil {
		return
	}
	// Without it the next process takes longer, and that is all.
	if f, err := key.SealFor(passphrase, memoryCost); err == nil {
		if b, err := json.Marshal(f); err == nil {
			k.Memory.Save(memoryName(name), b)
		}
	}
}

func (k *KeyRing) keep(name id.ID, passphrase string, key *crypto.Key) {
	if k.keys == nil {
		k.keys = map[[sha256.Size]byte]*crypto.Key{}
	}
	k.keys[ringName(name, passphrase)] = key
}

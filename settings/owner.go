package settings

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/sys/unix"
)

// owner is what a Store signs its runs with: a file that it holds locked. The
// system takes the lock away when the process ends, however it ends. A process
// number would not tell: after a restart, or in a sandbox, another process
// has it.
type owner struct {
	mu   sync.Mutex
	name string   // "" until the first run
	file *os.File // guarded by mu, as name
}

// sign returns the name of the locked file in dir, made at the first call.
func (o *owner) sign(dir string) (string, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.file != nil {
		return o.name, nil
	}
	name := "running-" + rand.Text()
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return "", errors.Join(fmt.Errorf("locking %s: %w", f.Name(), err), f.Close(), os.Remove(f.Name()))
	}
	o.name, o.file = name, f
	return name, nil
}

// release says that nothing runs any more.
func (o *owner) release() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.file == nil {
		return nil
	}
	err := errors.Join(os.Remove(o.file.Name()), o.file.Close())
	o.name, o.file = "", nil
	return err
}

// alive reports that an owner still holds its file.
func alive(dir, name string) (bool, error) {
	if name == "" || filepath.Base(name) != name {
		return false, nil // of a time before owners, or not ours
	}
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_RDWR, 0)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("locking %s: %w", f.Name(), err)
	}
	return false, os.Remove(f.Name())
}

// markInterrupted ends the runs whose programs are gone.
func (s *Store) markInterrupted(ctx context.Context) error {
	return s.transact(ctx, func(tx *sql.Tx) error {
		owners, err := runOwners(ctx, tx)
		if err != nil {
			return err
		}
		for _, name := range owners {
			lives, err := alive(s.dir, name)
			if err != nil {
				return err
			}
			if lives {
				continue
			}
			_, err = tx.ExecContext(ctx, "UPDATE run SET outcome = ?, ended = started WHERE outcome = ? AND owner = ?",
				string(Interrupted), string(Running), name)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func runOwners(ctx context.Context, tx *sql.Tx) ([]string, error) {
	return readAll(ctx, tx, "the owners of runs", scanText, "SELECT DISTINCT owner FROM run WHERE outcome = ?", string(Running))
}

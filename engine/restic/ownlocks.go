package restic

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/varve-backup/varve/engine/restic/id"
)

// Every lock of ours is noted here before it exists at the destination, in a
// file of its name that holds our process number. What a crash left behind is
// removed by the next run without asking anybody.
const ownLocksDir = "locks"

func (r *Repository) ownLock(name id.ID) string {
	return filepath.Join(r.cache, ownLocksDir, name.String())
}

func (r *Repository) noteLock(name id.ID) error {
	if err := os.MkdirAll(filepath.Join(r.cache, ownLocksDir), 0o700); err != nil {
		return fmt.Errorf("noting a lock: %w", err)
	}
	if err := os.WriteFile(r.ownLock(name), strconv.AppendInt(nil, int64(os.Getpid()), 10), 0o600); err != nil {
		return fmt.Errorf("noting a lock: %w", err)
	}
	return nil
}

func (r *Repository) forgetLock(name id.ID) error {
	if err := os.Remove(r.ownLock(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("forgetting a lock: %w", err)
	}
	return nil
}

// dropOwnLeftovers removes the locks of processes of ours that died.
func (r *Repository) dropOwnLeftovers(ctx context.Context) error {
	entries, err := os.ReadDir(filepath.Join(r.cache, ownLocksDir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("looking for locks that were left behind: %w", err)
	}
	for _, e := range entries {
		name, err := id.Parse(e.Name())
		if err != nil {
			continue
		}
		text, err := os.ReadFile(r.ownLock(name))
		if err != nil {
			continue // another process has just forgotten it
		}
		if pid, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil && (pid == os.Getpid() || processExists(pid)) {
			continue
		}
		if err := r.remove(ctx, lockFile, name); err != nil {
			return err
		}
		if err := r.forgetLock(name); err != nil {
			return err
		}
	}
	return nil
}

// processExists tells whether a process of that number runs here.
func processExists(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}

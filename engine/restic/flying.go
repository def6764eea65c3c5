package restic

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/engine/restic/id"
)

// Every lock, index and snapshot of ours is noted here before it exists at the
// destination: a lock until it is given up, the others until they are whole.
// What a crash left behind, a lock of nobody or half of an index, is removed by
// the next run without asking anybody, and so is a lock that could not be given
// up because the destination was away.
const flyingDir = "flying"

// flight is a file on its way.
type flight struct {
	kind fileKind
	name id.ID
	pid  int
	size int64
}

func (r *Repository) flightPath(kind fileKind, name id.ID) string {
	return filepath.Join(r.cache, flyingDir, string(kind)+"-"+name.String())
}

func (r *Repository) noteFlight(kind fileKind, name id.ID, size int) error {
	err := os.MkdirAll(filepath.Join(r.cache, flyingDir), 0o700)
	if err == nil {
		err = os.WriteFile(r.flightPath(kind, name), fmt.Appendf(nil, "%d %d", os.Getpid(), size), 0o600)
	}
	if err != nil {
		return fmt.Errorf("noting what is to be stored: %w", err)
	}
	return nil
}

func (r *Repository) landed(kind fileKind, name id.ID) error {
	if err := os.Remove(r.flightPath(kind, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("noting what is stored: %w", err)
	}
	return nil
}

// abandoned notes that nobody owns a file any more: the process that stored it
// lives, and could not remove it.
func (r *Repository) abandoned(kind fileKind, name id.ID) error {
	if err := os.WriteFile(r.flightPath(kind, name), nil, 0o600); err != nil {
		return fmt.Errorf("noting what is left behind: %w", err)
	}
	return nil
}

// flights are those of processes that died, and those that nobody owns.
func (r *Repository) flights() ([]flight, error) {
	entries, err := os.ReadDir(filepath.Join(r.cache, flyingDir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("looking for what was left behind: %w", err)
	}
	var found []flight
	for _, e := range entries {
		kind, text, _ := strings.Cut(e.Name(), "-")
		name, err := id.Parse(text)
		if err != nil {
			continue
		}
		f := flight{kind: fileKind(kind), name: name}
		note, err := os.ReadFile(r.flightPath(f.kind, name))
		if err != nil {
			continue // another process has just removed it
		}
		if _, err := fmt.Sscan(string(note), &f.pid, &f.size); err == nil && (f.pid == os.Getpid() || processExists(f.pid)) {
			continue
		}
		found = append(found, f)
	}
	return found, nil
}

// dropLeftovers removes what processes of ours that died left at the
// destination.
func (r *Repository) dropLeftovers(ctx context.Context) error {
	found, err := r.flights()
	if err != nil {
		return err
	}
	for _, f := range found {
		if err := r.dropLeftover(ctx, f); err != nil {
			return err
		}
		if err := r.landed(f.kind, f.name); err != nil {
			return err
		}
	}
	return nil
}

func (r *Repository) dropLeftover(ctx context.Context, f flight) error {
	if f.kind != lockFile {
		o, err := r.store.Stat(ctx, nameOf(f.kind, f.name))
		if errors.Is(err, backends.ErrNotExist) || err == nil && o.Size == f.size {
			return nil
		}
		if err != nil {
			return fmt.Errorf("looking for what was left behind: %w", err)
		}
	}
	return r.remove(ctx, f.kind, f.name)
}

// processExists tells whether a process of that number runs here.
func processExists(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}

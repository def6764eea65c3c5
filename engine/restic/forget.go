package restic

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/varve-backup/varve/engine/restic/id"
	"github.com/varve-backup/varve/engine/retention"
)

// Line is the snapshots of one folder on one machine, newest first, and what
// becomes of them.
type Line struct {
	Snapshots []Snapshot
	retention.Planned
}

// PlanForget says what becomes of snapshots. Those of other machines and folders
// do not count against each other, and the last of them never goes. pin tells
// which are pinned besides those that say so themselves; nil knows none.
func PlanForget(all []Snapshot, p retention.Policy, now time.Time, o retention.Options, pin func(*Snapshot) *retention.Pin) []Line {
	var lines []Line
	for _, group := range groups(all) {
		versions, byID := make([]retention.Version, len(group)), map[string]*Snapshot{}
		for i := range group {
			s := &group[i]
			byID[s.ID.String()] = s
			versions[i] = retention.Version{ID: s.ID.String(), Time: s.Time, Partial: s.IsPartial(), Tags: s.Tags}
			versions[i].Pin = s.Pin()
			if pin == nil {
				continue
			}
			if p := pin(s); p.Outlasts(versions[i].Pin) {
				versions[i].Pin = p
			}
		}
		line := Line{Planned: retention.Plan(versions, p, now, o)}
		for _, v := range line.Verdicts {
			line.Snapshots = append(line.Snapshots, *byID[v.Version.ID])
		}
		lines = append(lines, line)
	}
	return lines
}

// Divide are the snapshots that stay and those that go.
func (l *Line) Divide() (keep, remove []Snapshot) {
	for i, v := range l.Verdicts {
		if v.Kept() {
			keep = append(keep, l.Snapshots[i])
		} else {
			remove = append(remove, l.Snapshots[i])
		}
	}
	return keep, remove
}

// groups are the snapshots of one folder on one machine each. An unfinished one
// is of the folder that it was meant for.
func groups(all []Snapshot) [][]Snapshot {
	byKey := map[string][]Snapshot{}
	var keys []string
	for _, s := range all {
		paths := slices.DeleteFunc(slices.Sorted(slices.Values(s.Paths)), func(p string) bool { return p == partialPath })
		key := s.Hostname + "\x00" + strings.Join(paths, "\x00")
		if byKey[key] == nil {
			keys = append(keys, key)
		}
		byKey[key] = append(byKey[key], s)
	}
	var found [][]Snapshot
	for _, key := range keys {
		found = append(found, byKey[key])
	}
	return found
}

// ErrAppendOnly: the repository says that nothing may be removed from it.
var ErrAppendOnly = errors.New("nothing may be removed from this repository")

// Forget removes snapshots. What only they refer to stays until Prune.
func (r *Repository) Forget(ctx context.Context, names []id.ID) error {
	if r.config.AppendOnly {
		return ErrAppendOnly
	}
	if len(names) == 0 {
		return nil
	}
	l, err := r.lock(ctx, true)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err = r.remove(l.ctx, snapshotFile, name); err != nil {
			break
		}
	}
	return errors.Join(err, l.release())
}

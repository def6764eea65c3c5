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

// Known is what is known of snapshots besides what they say. What is nil tells
// nothing.
type Known struct {
	// Pin tells which are pinned.
	Pin func(*Snapshot) *retention.Pin
	// Together tells which are of one backup, although their folders differ.
	Together func(*Snapshot) bool
}

// pin is the pin of a snapshot that holds longest.
func (k *Known) pin(s *Snapshot) *retention.Pin {
	longest := s.Pin()
	if k.Pin == nil {
		return longest
	}
	if p := k.Pin(s); p.Outlasts(longest) {
		return p
	}
	return longest
}

// PlanForget says what becomes of snapshots. Those of other machines and folders
// do not count against each other, unless they belong together, and the last of
// them never goes.
func PlanForget(all []Snapshot, p retention.Policy, now time.Time, o retention.Options, k Known) []Line {
	var lines []Line
	for _, group := range k.join(groups(all)) {
		versions, byID := make([]retention.Version, len(group)), map[string]*Snapshot{}
		for i := range group {
			s := &group[i]
			byID[s.ID.String()] = s
			versions[i] = retention.Version{ID: s.ID.String(), Time: s.Time, Partial: s.IsPartial(), Tags: s.Tags, Pin: k.pin(s)}
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

// join puts groups that belong together into one, in the place of the first. The
// newest whole snapshot of each that ended earlier is pinned then: it may be all
// that is left of a folder.
func (k *Known) join(all [][]Snapshot) (joined [][]Snapshot) {
	if k.Together == nil {
		return all
	}
	first, last := -1, map[id.ID]bool{}
	for _, group := range all {
		switch {
		case !k.Together(&group[0]):
			joined = append(joined, group)
			continue
		case first < 0:
			first, joined = len(joined), append(joined, group)
		default:
			joined[first] = slices.Concat(joined[first], group)
		}
		last[newestWhole(group)] = true
	}
	if len(last) > 1 {
		delete(last, newestWhole(joined[first]))
		k.Pin = lastKept(last, k.Pin)
	}
	return joined
}

// newestWhole is the newest snapshot of some, a whole one if there is any.
func newestWhole(all []Snapshot) id.ID {
	newest := &all[0]
	for i := range all {
		switch s := &all[i]; {
		case s.IsPartial() != newest.IsPartial():
			if newest.IsPartial() {
				newest = s
			}
		case s.Time.After(newest.Time):
			newest = s
		}
	}
	return newest.ID
}

// lastOfFolders is why the last snapshot from before a change of folders stays.
const lastOfFolders = "the newest one from before the folders were changed"

// lastKept pins the last ones of folders besides those that are pinned already.
func lastKept(last map[id.ID]bool, before func(*Snapshot) *retention.Pin) func(*Snapshot) *retention.Pin {
	return func(s *Snapshot) *retention.Pin {
		switch {
		case before != nil && before(s) != nil:
			return before(s)
		case last[s.ID]:
			return &retention.Pin{Reason: lastOfFolders}
		}
		return nil
	}
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

package duplicity

import (
	"context"
	"fmt"
	"time"

	"github.com/varve-backup/varve/engine/duplicity/collection"
	"github.com/varve-backup/varve/engine/duplicity/filename"
)

// Set and file are collection's; the names are short here because everything
// is made of them.
type (
	// Set is what one backup run stored.
	Set        = collection.Set
	storedName = collection.File
)

// fileOf is the stored name of a volume, or words for one that is missing.
func fileOf(s *Set, volume int) string {
	if f, ok := s.Volumes[volume]; ok {
		return f.Stored
	}
	return fmt.Sprintf("volume %d of %s", volume, s.End.UTC().Format(time.RFC3339))
}

// inventory is what the names at the destination say.
type inventory struct {
	stored  []storedName
	pins    []storedPin
	foreign int
	*collection.Collection
}

// inventory lists the destination.
func (a *Archive) inventory(ctx context.Context) (*inventory, error) {
	inv := &inventory{}
	for o, err := range a.store.List(ctx, "") {
		if err != nil {
			return nil, fmt.Errorf("listing the destination: %w", err)
		}
		parsed, ok := a.naming.Parse(o.Name)
		pin, isPin := a.parsePin(o.Name)
		switch {
		case isPin:
			inv.pins = append(inv.pins, pin)
		case !ok || parsed.Partial:
			inv.foreign++
		case parsed.Kind != filename.Statistics:
			inv.stored = append(inv.stored, storedName{Stored: o.Name, Name: parsed, Size: o.Size, ModTime: o.ModTime})
		}
	}
	inv.Collection = collection.Build(inv.stored)
	return inv, nil
}

// normal takes out of a name how the file is stored.
func normal(n filename.Name) filename.Name {
	n.Encrypted, n.Compressed, n.Partial = false, false, false
	return n
}

// latest is the last chain, nil when there is none.
func (inv *inventory) latest() collection.Chain {
	if len(inv.Chains) == 0 {
		return nil
	}
	return inv.Chains[len(inv.Chains)-1]
}

// newest is the latest time that any set has, complete or not.
func (inv *inventory) newest() (t time.Time) {
	for _, f := range inv.stored {
		if f.Name.End.After(t) {
			t = f.Name.End
		}
	}
	return t
}

// ofSet returns the files of one set.
func (inv *inventory) ofSet(set filename.Name) (files []storedName) {
	for _, f := range inv.stored {
		if f.Name.Full == set.Full && f.Name.Start.Equal(set.Start) && f.Name.End.Equal(set.End) {
			files = append(files, f)
		}
	}
	return files
}

// Foreign counts the files at the destination that belong to no archive.
func (a *Archive) Foreign(ctx context.Context) (int, error) {
	inv, err := a.inventory(ctx)
	if err != nil {
		return 0, err
	}
	return inv.foreign, nil
}

// Interrupted reports that an unfinished run can be taken up.
func (a *Archive) Interrupted() (bool, error) {
	run, err := readJournal(a.cacheDir)
	return run != nil && len(run.marks) > 0, err
}

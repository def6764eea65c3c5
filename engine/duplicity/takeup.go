package duplicity

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/varve-backup/varve/engine/duplicity/collection"
	"github.com/varve-backup/varve/engine/duplicity/filename"
)

// takeUp looks for an unfinished run and continues it where that is safe. A
// run that cannot be continued is dropped: no version depends on it.
func (s *session) takeUp(ctx context.Context, inv *inventory) (bool, error) {
	if s.options.DryRun {
		return false, nil
	}
	header, marks, err := s.archive.unfinished(ctx, inv)
	if err != nil || header == nil {
		return false, err
	}
	if err := s.archive.proveKey(ctx, inv); err != nil {
		return false, err
	}
	s.keyProved = true
	s.header = *header
	s.set = s.archive.codec.mark(filename.Name{
		Kind: filename.Volume, Full: header.Full, Start: header.Start, End: header.Time,
	})
	if s.marks, err = s.usable(ctx, inv, marks); err != nil {
		return false, err
	}
	if len(s.marks) == 0 {
		return false, s.drop(ctx, inv)
	}
	s.archive.watch.Resumed(len(s.marks))
	return true, nil
}

// usable returns the marks whose volumes are at the destination as they were
// stored, none when the run cannot be continued.
func (s *session) usable(ctx context.Context, inv *inventory, marks []volumeMark) ([]volumeMark, error) {
	switch {
	case len(marks) == 0:
		return nil, nil
	case s.header.Protection != "" && s.header.Protection != s.archive.codec.Protection:
		s.archive.watch.Notice("The encryption settings changed since the interrupted run, so the backup starts over.")
		return nil, nil
	case string(s.header.Root) != s.options.SourceName:
		s.archive.watch.Notice("The interrupted run was of another folder, so the backup starts over.")
		return nil, nil
	case !s.baseFits(inv), s.options.Items != nil && !s.header.Time.Equal(s.options.Time.Truncate(time.Second)):
		return nil, nil
	}
	stored := map[int]storedName{}
	for _, f := range inv.ofSet(s.set) {
		if f.Name.Kind == filename.Volume {
			stored[f.Name.Volume] = f
		}
	}
	for i, m := range marks {
		if f, ok := stored[m.Number]; !ok || f.Size != m.Size {
			marks = marks[:i]
			break
		}
	}
	if len(marks) == 0 || !s.archive.codec.Encrypted || !s.archive.codec.CanRead {
		return marks, nil
	}
	return marks, s.archive.proveOpens(ctx, stored[1])
}

// baseFits reports that the chain which the interrupted run builds on still
// ends where it did.
func (s *session) baseFits(inv *inventory) bool {
	if s.header.Full {
		return true
	}
	active := inv.Active()
	return active != nil && active.End().Equal(s.header.Start)
}

// drop removes what an unfinished run left here and at the destination. The
// signatures, which another program might mistake for those of a version, go
// first.
func (s *session) drop(ctx context.Context, inv *inventory) error {
	set := s.set
	files := inv.ofSet(set)
	slices.SortFunc(files, func(x, y storedName) int { return rankOf(x) - rankOf(y) })
	for _, f := range files {
		if err := s.archive.store.Delete(ctx, f.Stored); err != nil {
			return fmt.Errorf("removing %s of an interrupted run: %w", f.Stored, err)
		}
	}
	inv.stored = slices.DeleteFunc(inv.stored, func(f storedName) bool { return f.Name.End.Equal(set.End) })
	inv.Collection = collection.Build(inv.stored)
	err := s.archive.dropParts(s.set)
	s.set, s.header, s.marks = filename.Name{}, runHeader{}, nil
	return err
}

func rankOf(f storedName) int {
	if f.Name.Kind == filename.Signature {
		return 0
	}
	return 1
}

// unfinished returns what an unfinished run recorded: ours, or one of
// duplicity's.
func (a *Archive) unfinished(ctx context.Context, inv *inventory) (*runHeader, []volumeMark, error) {
	run, err := readJournal(a.cacheDir)
	if err != nil {
		return nil, nil, fmt.Errorf("reading the journal of an interrupted run: %w", err)
	}
	if run != nil {
		return &run.header, run.marks, nil
	}
	return a.foreignRun(ctx, inv)
}

// leftovers removes volumes above the last of a complete set, which an
// earlier attempt may have stored.
func (r *run) leftovers(ctx context.Context, last int) error {
	inv, err := r.archive.inventory(ctx)
	if err != nil {
		return err
	}
	for _, f := range inv.ofSet(r.set) {
		if f.Name.Kind == filename.Volume && f.Name.Volume > last {
			if err := r.archive.store.Delete(ctx, f.Stored); err != nil {
				return fmt.Errorf("removing %s of an interrupted run: %w", f.Stored, err)
			}
		}
	}
	return nil
}

// leftoverAge is how old signatures without a manifest must be before they
// count as left by a dead run: between the two uploads of a run that lives
// lie seconds.
const leftoverAge = time.Hour

// dropLeftovers removes the signatures of runs that died before their
// manifest. They are of no version, and would make duplicity believe that the
// chain does not fit its signatures.
func (s *session) dropLeftovers(ctx context.Context, inv *inventory) error {
	if s.options.DryRun || len(inv.Leftover) == 0 {
		return nil
	}
	if err := s.proof.wait(); err != nil {
		return err
	}
	a := s.archive
	for _, f := range inv.Leftover {
		if f.ModTime.IsZero() || a.now().Sub(f.ModTime) < leftoverAge {
			continue
		}
		if err := a.store.Delete(ctx, f.Stored); err != nil {
			return fmt.Errorf("removing %s of an interrupted run: %w", f.Stored, err)
		}
	}
	return nil
}

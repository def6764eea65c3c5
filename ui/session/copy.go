package session

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/destination"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/places"
)

// CopyHealth is how a second place stands.
type CopyHealth uint8

// The states.
const (
	CopyFresh   CopyHealth = iota // it holds the newest version
	CopyDue                       // it does not, or not all of it, and nothing is in the way
	CopyRuns                      // it is copied to now
	CopyPaused                    // that waits for the person
	CopyWaits                     // it is not there now
	CopyFailed                    // something is in the way
	CopyEmptied                   // what it held is gone
	CopyDoubted                   // most of what it holds is gone from the backup
)

// CopyState is a second place of a job, and how it stands.
type CopyState struct {
	settings.Copy
	Health CopyHealth
	// Behind is how many versions it does not hold.
	Behind int
	// Old tells that it lacks a version for longer than a month.
	Old bool
	// Progress is a sample while it is copied to, nil otherwise.
	Progress *engine.Progress
}

// CopyArchive is the archive of a copy of what a job stored.
func CopyArchive(j *settings.Job, c *settings.Copy) Archive {
	a := ArchiveOf(j)
	a.URL, a.Options = c.Destination, c.Options
	return a
}

// addCopies adds the copies to the states of their jobs.
func (s *Session) addCopies(ctx context.Context, states []JobState) error {
	copies, err := s.store.Copies(ctx)
	for i := range copies {
		places.Learn(copies[i].Destination)
		for k := range states {
			if st := &states[k]; st.ID == copies[i].Job {
				st.Copies = append(st.Copies, s.copyState(&copies[i], st.Runs))
			}
		}
	}
	return err
}

func (s *Session) copyState(c *settings.Copy, backups []settings.Run) CopyState {
	st := CopyState{Copy: *c, Behind: behind(c, backups), Old: isOld(c, backups, s.config.Now())}
	switch {
	case !c.Waiting.IsZero():
		st.Health = CopyWaits
	case c.Outcome == settings.Failed:
		st.Health = CopyFailed
	case c.Outcome == settings.Emptied:
		st.Health = CopyEmptied
	case c.Outcome == settings.Doubted:
		st.Health = CopyDoubted
	case st.Behind > 0 || c.Finished.IsZero() || c.Outcome == settings.Interrupted:
		st.Health = CopyDue
	}
	if p, ok := s.CopyProgress(c.ID); ok {
		st.Progress, st.Health = &p, CopyRuns
		if p.Paused {
			st.Health = CopyPaused
		}
	}
	return st
}

// behind is how many versions were made that a copy does not hold.
func behind(c *settings.Copy, backups []settings.Run) (n int) {
	for _, r := range backups {
		if madeVersion(r) && r.Version.After(c.Version) {
			n++
		}
	}
	return n
}

// AddCopy adds a second place to a job, and begins to copy there. What opens the
// place is remembered, and kept if that is wanted.
func (s *Session) AddCopy(ctx context.Context, job int64, c Choice, keep bool) (int64, error) {
	c, err := s.settled(c)
	if err != nil {
		return 0, err
	}
	added := settings.Copy{Job: job, Options: c.Options}
	err = s.checkSecond(ctx, &added, c)
	if err == nil {
		err = s.takeLogin(ctx, c, keep)
	}
	if err != nil {
		return 0, err
	}
	added.Destination = c.Destination
	if err := s.store.AddCopy(ctx, &added); err != nil {
		return 0, err
	}
	s.changed()
	if err := s.CopyNow(added.ID, false); err != nil && !errors.Is(err, ErrRuns) {
		return added.ID, err
	}
	return added.ID, nil
}

// errTaken is why a place becomes no copy.
var errTaken = errors.New("another backup, or another copy, has that place")

// checkPlace refuses a place that overlaps with one that is in use, but the one
// that is left for it. A folder is made now: one that is missing later is on a
// drive that is not there.
func (s *Session) checkPlace(ctx context.Context, j *settings.Job, url, left string) error {
	used, err := s.places(ctx)
	if err != nil {
		return err
	}
	for _, p := range used {
		if p.url == left {
			continue
		}
		switch err := checkApart(ctx, p.url, url); {
		case errors.Is(err, engine.ErrOverlap) && p.url != j.Destination:
			return &engine.Error{Op: "adding a copy", Path: destination.Display(Path(url)), Kind: engine.Invalid, Err: errTaken}
		case err != nil:
			return err
		}
	}
	if !isFolder(url) {
		return nil
	}
	if err := os.MkdirAll(Path(url), 0o700); err != nil {
		return &engine.Error{Op: "making the folder", Path: Path(url), Kind: engine.NoPermission, Err: err}
	}
	return nil
}

// checkApart compares each part of a place with each of another.
func checkApart(ctx context.Context, a, b string) error {
	for _, one := range partsOf(a) {
		for _, other := range partsOf(b) {
			if err := engine.CheckApart(ctx, one, other); err != nil {
				return err
			}
		}
	}
	return nil
}

// partsOf are the addresses of several destinations that are one.
func partsOf(url string) []string {
	if _, several := destination.SeveralPath(url); !several {
		return []string{url}
	}
	members, err := destination.Members(url)
	if err != nil {
		return nil // what cannot be read cannot be compared
	}
	var all []string
	for i := range members {
		if _, nested := destination.SeveralPath(members[i].URL); !nested {
			all = append(all, URL(members[i].URL))
		}
	}
	return all
}

// checkForeign refuses a place that holds something else. What cannot be looked
// at now is told by the first run.
func (s *Session) checkForeign(ctx context.Context, j *settings.Job, d engine.Destination) error {
	plan := engine.SyncPlan{Source: s.reach(ctx, ArchiveOf(j)), Destination: d, Copy: true, MirrorOptions: engine.MirrorOptions{DryRun: true, MaxRemove: all}}
	err := s.engine.Sync(plan, func(engine.Mirrored) {}).Run(ctx, nil)
	if errors.Is(err, engine.ErrNoCopy) || ctx.Err() != nil {
		return err
	}
	return nil
}

// all is the percentage of everything.
const all = 100

// isFolder tells a folder of this computer, or of a drive, from what is elsewhere.
func isFolder(url string) bool { return Path(url) != url }

// RemoveCopy forgets a second place, and what opens it unless that is needed
// elsewhere. What was copied there stays.
func (s *Session) RemoveCopy(ctx context.Context, id int64) error {
	c, err := s.store.Copy(ctx, id)
	if err != nil {
		return err
	}
	s.endCopies(func(k *copying) bool { return k.copy.ID == id }, errStopped)
	if err := s.store.DeleteCopy(ctx, id); err != nil {
		return err
	}
	err = s.forgetLogins(ctx, []place{{c.Destination, c.Options}})
	s.changed()
	return err
}

// copiesOf are the second places of a job.
func (s *Session) copiesOf(ctx context.Context, job int64) (own []settings.Copy, err error) {
	every, err := s.store.Copies(ctx)
	for _, c := range every {
		if c.Job == job {
			own = append(own, c)
		}
	}
	return own, err
}

// originOf is the destination that something is a copy of, "" for what is none:
// one passphrase opens both.
func (s *Session) originOf(ctx context.Context, url string) string {
	copies, err := s.store.Copies(ctx)
	if err != nil {
		return ""
	}
	for _, c := range copies {
		if destination.Display(c.Destination) != url {
			continue
		}
		if j, err := s.store.Job(ctx, c.Job); err == nil {
			return j.Destination
		}
	}
	return ""
}

var (
	// errNoSource is why nothing is copied.
	errNoSource      = errors.New("the versions to copy are not there")
	errSourceDamaged = errors.New("something is damaged at the source")
	// errCopyGone is why what is copied anew is not copied by itself.
	errCopyGone = errors.New("what was copied there before is not there")
	// errPlaceAway is why a copy waits.
	errPlaceAway = errors.New("the folder is not there")
	// errGivesWay is why a copy ends before its end.
	errGivesWay = errors.New("it gives way to a backup")
)

// notAll: some files could not be copied.
type notAll struct{ files int64 }

// Error implements error.
func (e notAll) Error() string { return fmt.Sprintf("%d files could not be copied", e.files) }

// copySentence words what is told of copies only, "" for all else.
func copySentence(err error) string {
	if e, ok := errors.AsType[notAll](err); ok {
		if e.files == 1 {
			return "1 file could not be copied. All others are there, and nothing was removed there."
		}
		return fmt.Sprintf("%d files could not be copied. All others are there, and nothing was removed there.", e.files)
	}
	for _, row := range []struct {
		err  error
		text string
	}{
		{errNoSource, lang.Mark("The versions to copy are not there. Connect the drive with them, or check the network. The copy stays as it is.")},
		{errSourceDamaged, lang.Mark("Something that the backup stored is damaged, so nothing is copied: what the copy holds may be all that is whole. It goes on when a check has found everything whole again.")},
		{engine.ErrCopyOfNothing, lang.Mark("There is no version to copy. The copy stays as it is.")},
		{engine.ErrMirrorEmpty, lang.Mark("There is no version to copy. The copy stays as it is.")},
		{engine.ErrNoCopy, lang.Mark("Something else is kept in that place, and would get lost. Nothing was changed there. Choose an empty folder, or take the other files out of it.")},
		{engine.ErrMirrorRemoves, lang.Mark("More than half of what the copy holds is not in the backup any more. Nothing was changed in the copy, in case that is a mistake.")},
		{engine.ErrOverlap, lang.Mark("The backup itself is kept there. A copy needs a place of its own.")},
		{errTaken, lang.Mark("Another backup, or another copy, is kept there. A copy needs a place of its own.")},
		{errCopyGone, lang.Mark("What was copied there before is not there any more. If somebody emptied the place, everything can be copied again.")},
		{errPlaceAway, lang.Mark("The folder is not there. Connect the drive, and the copy goes on by itself.")},
	} {
		if errors.Is(err, row.err) {
			return row.text
		}
	}
	return ""
}

// How often it is looked whether a place has come back.
const (
	lookEvery = time.Minute
	callEvery = time.Hour
)

// watchCopies takes up the copies that were not finished, and those whose place
// has come back.
func (s *Session) watchCopies(ctx context.Context) {
	s.takeUpCopies(ctx, true)
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.takeUpCopies(ctx, false)
		}
	}
}

// takeUpCopies copies where a place has come back; starts tells that the program
// has just begun, so that what it did not finish is taken up too.
func (s *Session) takeUpCopies(ctx context.Context, starts bool) {
	jobs, err := s.Jobs(ctx)
	if err != nil {
		return // the first page that shows them tells it
	}
	for i := range jobs {
		for k := range jobs[i].Copies {
			if c := &jobs[i].Copies[k]; s.isBack(c) || starts && c.Health == CopyDue && c.Outcome != settings.Cancelled && !jobs[i].LastGood.IsZero() {
				s.copyUnasked(c.ID)
			}
		}
	}
}

// isBack tells that a place for which a copy waits may be there again: a folder
// is there, and a server is asked once in a while.
func (s *Session) isBack(c *CopyState) bool {
	if c.Health != CopyWaits {
		return false
	}
	if !isFolder(c.Destination) {
		return s.config.Now().Sub(c.Tried) > callEvery
	}
	info, err := os.Stat(Path(c.Destination))
	return err == nil && info.IsDir()
}

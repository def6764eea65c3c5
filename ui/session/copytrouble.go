package session

import (
	"errors"
	"time"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/settings"
)

// oldCopy is how long a second place may lack a version: a drive that is kept
// elsewhere comes by once a month.
const oldCopy = 31 * 24 * time.Hour

// isOld tells that a copy lacks versions for long, or was never made.
func isOld(c *settings.Copy, backups []settings.Run, now time.Time) bool {
	first := time.Time{} // of the versions that it lacks
	for _, r := range backups {
		if madeVersion(r) && r.Version.After(c.Version) {
			first = r.Version
		}
	}
	return !first.IsZero() && now.Sub(first) > oldCopy
}

// NeedsCare tells that somebody has to look after a second place: something is in
// its way, or it is old.
func (c *CopyState) NeedsCare() bool {
	switch c.Health {
	case CopyFailed, CopyEmptied, CopyDoubted:
		return true
	case CopyFresh, CopyRuns, CopyPaused:
		return false
	case CopyDue, CopyWaits:
	}
	return c.Old
}

// CopyTrouble is the first second place that somebody has to look after, nil for
// none: the newest version is safe, and stands in one place alone.
func (j *JobState) CopyTrouble() *CopyState {
	for i := range j.Copies {
		if j.Copies[i].NeedsCare() {
			return &j.Copies[i]
		}
	}
	return nil
}

// copyTroubleOf is what is in the way of a copy that ended with err.
func copyTroubleOf(err error) settings.Trouble {
	switch {
	case errors.Is(err, errSourceDamaged):
		return settings.DamagedSource
	case errors.Is(err, engine.ErrNoCopy):
		return settings.WrongPlace
	}
	return troubleOf(err)
}

// InTheWay is what a second place failed for, NoTrouble where it stands otherwise,
// or nobody can do anything about it.
func (c *CopyState) InTheWay() settings.Trouble {
	if c.Health != CopyFailed {
		return settings.NoTrouble
	}
	return c.Trouble
}

// CopyAt is the second place of a job with an address, nil for none.
func (j *JobState) CopyAt(url string) *CopyState {
	for i := range j.Copies {
		if j.Copies[i].Destination == url {
			return &j.Copies[i]
		}
	}
	return nil
}

// FreshCopy is a second place from which every version can be restored, as far
// as is known, nil for none.
func (j *JobState) FreshCopy() *CopyState {
	for i := range j.Copies {
		if c := &j.Copies[i]; !c.Finished.IsZero() && c.Behind == 0 && c.Health != CopyEmptied {
			return c
		}
	}
	return nil
}

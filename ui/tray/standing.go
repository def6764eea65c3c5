package tray

import (
	"fmt"
	"time"

	"github.com/varve-backup/varve/engine/schedule"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// shape is what the icon looks like, worst last.
type shape uint8

// The shapes.
const (
	whole   shape = iota
	late          // late, or waiting for something
	resting       // nothing begins by itself
	running
	halted // a run waits for the person
	broken
)

// facts are what a tray shows something of.
type facts struct {
	jobs []session.JobState
	err  error     // the jobs are not known
	rest time.Time // until when nothing begins by itself, zero for now
	now  time.Time
}

// standing is how everything stands: the worst of all, and a sentence about it
// with the age of the last version.
func (f *facts) standing() (shape, string) {
	if f.err != nil {
		return broken, lang.T("The settings cannot be read")
	}
	if len(f.jobs) == 0 {
		return whole, lang.T("No backup is set up yet")
	}
	s, worst := f.worst()
	switch {
	case s == resting:
		return s, f.aged(restWords(f.rest, f.now), f.newest())
	case s == whole:
		return s, f.aged(lang.T(sayings[session.Protected].alone), f.newest())
	}
	said := sayingOf(worst)
	if len(f.jobs) == 1 {
		return s, f.aged(lang.T(said.alone), worst.LastGood)
	}
	return s, f.aged(fmt.Sprintf(lang.T(said.named), words.Middle(worst.Name, nameLength)), worst.LastGood)
}

// worst is the shape, and the job that it is of.
func (f *facts) worst() (shape, *session.JobState) {
	of, at := whole, 0
	for i := range f.jobs {
		j := &f.jobs[i]
		s := shapeOf(j)
		if s == halted && !f.rest.IsZero() {
			s = resting // that halted it
		}
		if s > of || s == of && j.Health > f.jobs[at].Health {
			of, at = s, i
		}
	}
	if of < resting && !f.rest.IsZero() {
		of = resting
	}
	return of, &f.jobs[at]
}

func shapeOf(j *session.JobState) shape {
	switch j.Health {
	case session.Unprotected, session.Damaged:
		return broken
	case session.Paused:
		return halted
	case session.Busy:
		return running
	case session.Late, session.Attention, session.Unfinished:
		return late
	}
	if j.Held != "" || waits(j) || lacksCopy(j) {
		return late
	}
	return whole
}

// waits tells that a job is due, and that something is in its way.
func waits(j *session.JobState) bool {
	t := &j.Timing
	return t.Cause != schedule.NotDue && len(t.Waits) > 0 && t.Waits[0] != schedule.Paused && t.Waits[0] != schedule.Running
}

// lacksCopy tells that a copy needs the person.
func lacksCopy(j *session.JobState) bool { return j.CopyTrouble() != nil }

// saying is a state in words, for a job that is the only one, and for one of
// several.
type saying struct{ alone, named string }

var sayings = map[session.Health]saying{
	session.Protected:   {lang.Mark("Protected"), lang.Mark("%s is protected")},
	session.Busy:        {lang.Mark("Backing up"), lang.Mark("Backing up %s")},
	session.Paused:      {lang.Mark("The backup is paused"), lang.Mark("The backup of %s is paused")},
	session.Late:        {lang.Mark("Late"), lang.Mark("%s is late")},
	session.Attention:   {lang.Mark("Protected, with exceptions"), lang.Mark("%s is protected, with exceptions")},
	session.Unfinished:  {lang.Mark("Not finished"), lang.Mark("%s was not finished")},
	session.Damaged:     {lang.Mark("What is stored is damaged"), lang.Mark("What is stored of %s is damaged")},
	session.Unprotected: {lang.Mark("Not protected"), lang.Mark("%s is not protected")},
}

func sayingOf(j *session.JobState) saying {
	switch {
	case j.Health == session.Protected && j.Held != "":
		return saying{lang.Mark("Protected, and a question waits"), lang.Mark("%s is protected, and a question waits")}
	case j.Health == session.Protected && waits(j):
		return saying{lang.Mark("Protected, and waiting"), lang.Mark("%s is protected, and waiting")}
	case j.Health == session.Protected && lacksCopy(j):
		return saying{lang.Mark("Protected, and a copy needs you"), lang.Mark("%s is protected, and a copy needs you")}
	}
	return sayings[j.Health]
}

// restWords say how long a pause lasts.
func restWords(until, now time.Time) string {
	if !until.Before(session.ForGood()) {
		return lang.T("Paused until you go on")
	}
	return lang.T("Paused until %s", words.End(until, now))
}

func (f *facts) aged(state string, version time.Time) string {
	if version.IsZero() {
		return lang.T("%s · no version yet", state)
	}
	return lang.T("%s · last version %s", state, words.Ago(version, f.now))
}

// newest is the time of the newest version of all.
func (f *facts) newest() (t time.Time) {
	for _, j := range f.jobs {
		if j.LastGood.After(t) {
			t = j.LastGood
		}
	}
	return t
}

package ui

import (
	"slices"
	"time"

	"github.com/varve-backup/varve/engine/watch"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// unkeptWords say what of a job changed since its newest version, "" where
// nobody looks.
func (u *UI) unkeptWords(j *session.JobState) string {
	w := &j.Timing.Watch
	switch {
	case j.LastGood.IsZero() || !watched(w):
		return ""
	case !w.Ready:
		return lookingWords()
	case w.Blind == watch.Missing:
		return lang.T("One of its folders is not there now, so what has changed since is not known.")
	}
	said := u.changedWords(w.Unkept)
	if w.Blind != watch.Sees && j.Timing.Plan.OnChange.Quiet == 0 { // else it is said beside the next run
		said += " " + lang.T("Varve looks for changes every %s.", words.Took(w.Look))
	}
	return said
}

// lookingWords are there until it is known what changed, and keep its place.
func lookingWords() string { return lang.T("Varve is looking for what has changed since.") }

// changedIn is unkeptWords for all jobs together, "" where it is not known of one
// of them that nothing has changed.
func (u *UI) changedIn(jobs []session.JobState) string {
	k, known := unkeptIn(jobs)
	switch {
	case known || !k.Since.IsZero():
		return u.changedWords(k)
	case slices.ContainsFunc(jobs, func(j session.JobState) bool { return looking(&j) }):
		return lookingWords()
	}
	return ""
}

// looking tells that it will be known soon what changed since a version.
func looking(j *session.JobState) bool {
	return watched(&j.Timing.Watch) && !j.Timing.Watch.Ready && !j.LastGood.IsZero()
}

// watched tells that somebody looks for changes.
func watched(w *watch.State) bool { return w.Look > 0 }

// changedWords say how many files are not protected, and since when.
func (u *UI) changedWords(k watch.Unkept) string {
	first := u.since(k.Since)
	switch {
	case k.Since.IsZero():
		return lang.T("Nothing has changed since.")
	case k.More:
		return lang.T("More than %s files have changed since, the first %s.", words.Number(int64(k.Files)), first)
	case k.Files == 0:
		return lang.T("A folder has changed since, %s.", first)
	}
	return lang.N(k.Files, "%s file has changed since, %s.", "%s files have changed since, the first %s.", words.Number(int64(k.Files)), first)
}

// since is how long something is unprotected: in hours, as long as these can be
// imagined.
func (u *UI) since(t time.Time) string {
	const imagined = 48
	d := u.Now().Sub(t)
	if hours := int64((d + 30*time.Minute) / time.Hour); d >= 90*time.Minute && hours <= imagined {
		return lang.N(hours, "%s hour ago", "%s hours ago", words.Number(hours))
	}
	return words.Ago(t, u.Now())
}

// unkeptIn adds up what changed in the jobs. ok is false when it is not known of
// one of them.
func unkeptIn(jobs []session.JobState) (sum watch.Unkept, ok bool) {
	ok = true
	for i := range jobs {
		w := &jobs[i].Timing.Watch
		if !watched(w) || !w.Ready || w.Blind == watch.Missing || jobs[i].LastGood.IsZero() {
			ok = false
			continue
		}
		k := w.Unkept
		sum.Files, sum.More = sum.Files+k.Files, sum.More || k.More
		if sum.Since.IsZero() || !k.Since.IsZero() && k.Since.Before(sum.Since) {
			sum.Since = k.Since
		}
	}
	return sum, ok
}

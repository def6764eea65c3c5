package notice

import (
	"time"

	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/retell"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// Urgency is how much a notice wants to be seen, as the desktop counts it.
type Urgency byte

// The urgencies.
const (
	Low Urgency = iota
	Normal
	Critical
)

// Act is a button of a notice.
type Act string

// The buttons. Show is also what a click on the notice itself does.
const (
	BackUp Act = "backup"
	Show   Act = "default"
	Later  Act = "later"
)

// Button is a button and what stands on it.
type Button struct {
	Act   Act
	Label string
}

// Notice is what a person is told.
type Notice struct {
	Title, Body string
	Urgency     Urgency
	Buttons     []Button
	// Where says where to go when the desktop shows no buttons.
	Where string
}

// nameLength is how many letters of a name a title shows.
const nameLength = 48

// Compose says what a person is told of a job.
func Compose(j *session.JobState, s State, now time.Time) Notice {
	name := words.Middle(words.Printable(j.Name), nameLength)
	show, later := Button{Show, lang.T("Show")}, Button{Later, lang.T("Later")}
	n := Notice{Urgency: Normal, Where: lang.T("Open Varve to see to it."), Buttons: []Button{show, later}}
	switch s {
	case Late:
		n.Title, n.Body = lang.T("%s is late", name), lateBody(j, now)
	case Passphrase:
		n.Title = lang.T("%s waits for its passphrase", name)
		n.Body = lang.T("Nothing is saved before the passphrase is typed. Press Back up now to type it.")
	case Unprotected:
		n.Title, n.Body = lang.T("%s is not protected", name), failure(j)+" "+version(j, now)
	case Question:
		n.Title, n.Body = lang.T("Old versions of %s were not removed", name), kept(j.Held)
	case Damaged:
		n.Title, n.Body, n.Urgency = lang.T("What is stored of %s is damaged", name), kept(j.Proof.Sentence), Critical
	case Copy:
		n.Title, n.Body = lang.T("A copy of %s is not up to date", name), copyBody(j, now)
	default:
		n.Title, n.Body, n.Urgency, n.Where = lang.T("%s is protected again", name), version(j, now), Low, ""
		n.Buttons = []Button{show}
	}
	if s == Late || s == Passphrase || s == Unprotected {
		n.Buttons = []Button{{BackUp, lang.T("Back up now")}, show, later}
	}
	return n
}

// kept is a sentence of the history.
func kept(sentence string) string { return words.Printable(retell.Text(sentence)) }

func lateBody(j *session.JobState, now time.Time) string {
	if wait := j.Timing.Waiting(func(t time.Time) string { return words.Moment(t, now) }); wait != "" {
		return wait
	}
	return lang.T("Nothing was saved since %s.", words.Moment(j.LastGood, now))
}

// failure is why the last run made no version.
func failure(j *session.JobState) string {
	if len(j.Runs) > 0 && j.Runs[0].Sentence != "" {
		return kept(j.Runs[0].Sentence)
	}
	return lang.T("The last run did not make a version.")
}

// copyBody is what is in the way of a copy, and that the backup is well.
func copyBody(j *session.JobState, now time.Time) string {
	if c := j.CopyTrouble(); c != nil && c.Sentence != "" {
		return kept(c.Sentence) + " " + version(j, now)
	}
	return version(j, now)
}

func version(j *session.JobState, now time.Time) string {
	if j.LastGood.IsZero() {
		return lang.T("There is no version yet.")
	}
	return lang.T("Last version %s.", words.Ago(j.LastGood, now))
}

package scheduler

import (
	"fmt"
	"strings"
	"time"

	"github.com/varve-backup/varve/engine/schedule"
	"github.com/varve-backup/varve/engine/watch"
	"github.com/varve-backup/varve/ui/lang"
)

// causes name what a run waited for, in the records.
var causes = map[schedule.Wait]string{
	schedule.Paused: "paused", schedule.Running: "running", schedule.Drive: "drive", schedule.Passphrase: "passphrase", schedule.Network: "offline",
	schedule.Battery: "battery", schedule.PowerSaver: "power-saver", schedule.Metered: "metered", schedule.WrongNetwork: "network",
}

// offSentence is for a time at which nobody looked.
func offSentence() string {
	return lang.Mark("The computer was off or asleep, or Varve was not running.")
}

// reason says in a sentence why a run did not take place, in English: it is kept.
func reason(w schedule.Wait, s *schedule.Surroundings) string {
	switch w {
	case schedule.Paused:
		return lang.Mark("Backups were paused.")
	case schedule.Running:
		return lang.Mark("It was still running.")
	case schedule.Drive:
		return lang.Mark("The drive was not connected.")
	case schedule.Passphrase:
		return lang.Mark("The passphrase was not at hand.")
	case schedule.Network:
		return lang.Mark("There was no network.")
	case schedule.Battery:
		return fmt.Sprintf("The computer ran on battery, at %d %%.", s.Battery)
	case schedule.PowerSaver:
		return lang.Mark("The computer was saving power.")
	case schedule.Metered:
		return lang.Mark("The connection was metered.")
	}
	return fmt.Sprintf("The network was “%s”.", s.Network)
}

// farAway is in how many years a pause ends that is one without an end.
const farAway = 100

// Waiting says what a job waits for, and when that ends: "" when it waits for
// nothing. time words a moment.
func (st *Status) Waiting(p *schedule.Plan, moment func(time.Time) string) string {
	if st.Cause == schedule.NotDue {
		return ""
	}
	if len(st.Waits) == 0 {
		if st.Behind != "" {
			return lang.T("Waits until %s is done.", st.Behind)
		}
		return ""
	}
	since := moment(st.Since)
	switch st.Waits[0] {
	case schedule.Paused:
		if until := st.Surroundings.PausedUntil; until.Before(st.Since.AddDate(farAway, 0, 0)) {
			return lang.T("Paused until %s.", moment(until))
		}
		return lang.T("Paused until you have it go on.")
	case schedule.Drive:
		return lang.T("Waits since %s: its drive is not connected. Runs when it is.", since)
	case schedule.Passphrase:
		return lang.T("Waits since %s: its passphrase is not at hand. Press Back up now to type it.", since)
	case schedule.Network:
		return lang.T("Waits since %s: there is no network. Runs when there is one.", since)
	case schedule.Battery:
		if least := p.Conditions.Battery; least > 0 {
			return lang.T("Waits since %s: the battery is at %d %%. Runs when plugged in, or from %d %% on.", since, st.Surroundings.Battery, least)
		}
		return lang.T("Waits since %s: on battery. Runs when plugged in.", since)
	case schedule.PowerSaver:
		return lang.T("Waits since %s: the computer saves power. Runs when it no longer does.", since)
	case schedule.Metered:
		return lang.T("Waits since %s: the connection is metered. Runs on another one.", since)
	case schedule.WrongNetwork:
		return lang.T("Waits since %s: this is not the right network. Runs on %s, or by cable.", since, strings.Join(p.Conditions.Networks, ", "))
	}
	return ""
}

// Blindness says why changes are noticed late, "" when they are not.
func Blindness(s watch.State) string {
	minutes := int(s.Look / time.Minute)
	switch s.Blind {
	case watch.Limit:
		return lang.T("There are more folders than this system watches, so Varve looks for changes every %d minutes.", minutes)
	case watch.System:
		return lang.T("This system does not tell of changes in so many files, so Varve looks for them every %d minutes.", minutes)
	case watch.Missing:
		return lang.T("A folder is not there now. Varve looks for it every %d minutes.", minutes)
	}
	return ""
}

// why is a cause as the log has it.
func why(c schedule.Cause) string {
	return map[schedule.Cause]string{schedule.Slot: "its time", schedule.Missed: "a missed time", schedule.Changes: "changed files", schedule.Retry: "another try"}[c]
}

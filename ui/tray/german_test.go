package tray

import (
	"strings"
	"testing"
	"time"

	"github.com/varve-backup/varve/ui/lang/langtest"
	"github.com/varve-backup/varve/ui/session"
)

func TestMenuInGerman(t *testing.T) {
	langtest.Speak(t, "de")
	p := show(t, &jobs{states: []session.JobState{state(1, "Briefe", session.Paused), state(2, "Filme", session.Late)}})
	want := "Die Sicherung von Briefe ist pausiert · letzte Version vor 12 Minuten|-|(Briefe sichern)|Briefe fortsetzen|Filme sichern|-|1 Stunde Pause|Bis morgen pausieren|-|Varve öffnen|Beenden"
	if got := strings.Join(p.labels(), "|"); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// A copy that failed leaves the backup protected, and needs the person all the
// same.
func TestFailedCopy(t *testing.T) {
	j := state(1, "Letters", session.Protected)
	for health, want := range map[session.CopyHealth]shape{
		session.CopyFailed: late, session.CopyEmptied: late, session.CopyDoubted: late, session.CopyWaits: whole, session.CopyRuns: whole,
	} {
		j.Copies = []session.CopyState{{Health: health}}
		f := facts{jobs: []session.JobState{j}, now: now, rest: time.Time{}}
		s, line := f.standing()
		if said := line == "Protected, and a copy needs you · last version 12 minutes ago"; s != want || said != (want == late) {
			t.Errorf("%v: got %v, %q", health, s, line)
		}
	}
}

package notice

import (
	"testing"
	"time"

	"github.com/varve-backup/varve/engine/zone"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/lang/langtest"
	"github.com/varve-backup/varve/ui/session"
)

// What is kept in English is said in German too.
func TestNoticesInGerman(t *testing.T) {
	langtest.Speak(t, "de")
	zone.Use(time.UTC)
	t.Cleanup(func() { zone.Use(nil) })
	j := session.JobState{Job: settings.Job{Name: "Briefe", Held: "Far more than usual would go: 30 of 40 versions."}, LastGood: noon.Add(-72 * time.Hour)}
	j.Runs = []settings.Run{{Sentence: "The destination is not there. Connect the drive or check the network, and try again."}}
	j.Copies = []session.CopyState{{Copy: settings.Copy{CopyStanding: settings.CopyStanding{Sentence: "2 files could not be copied. All others are there, and nothing was removed there."}}, Health: session.CopyFailed}}
	last := "Letzte Version: Mi 18. Nov. 12:00."
	for state, want := range map[State][2]string{
		Late:        {"Briefe ist verspätet", "Seit Mi 18. Nov. 12:00 wurde nichts gesichert."},
		Unprotected: {"Briefe ist nicht geschützt", "Das Ziel ist nicht da. Laufwerk anschließen oder Netz prüfen und erneut versuchen. " + last},
		Question:    {"Alte Versionen von Briefe wurden nicht entfernt", "Es würden weit mehr als üblich entfernt: 30 von 40 Versionen."},
		Copy:        {"Eine Kopie von Briefe ist nicht aktuell", "2 Dateien konnten nicht kopiert werden. Alle anderen sind dort, und dort wurde nichts entfernt. " + last},
		Again:       {"Briefe ist wieder geschützt", last},
	} {
		if n := Compose(&j, state, noon); n.Title != want[0] || n.Body != want[1] {
			t.Errorf("%s: got %q and %q, want %q", state, n.Title, n.Body, want)
		}
	}
}

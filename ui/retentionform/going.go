package retentionform

import (
	"time"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/retell"
	"github.com/varve-backup/varve/ui/words"
)

// Gone is a version that goes, or went, and why.
type Gone struct {
	Time time.Time
	Why  string
}

// mostListed is how many versions are listed one by one.
const mostListed = 300

// List shows versions that go, each with the rule that drops it.
func List(all []Gone, now time.Time) fyne.CanvasObject {
	rows := look.Stacked(look.Within)
	for _, g := range all[:min(len(all), mostListed)] {
		rows.Add(look.Stacked(1, look.Say(words.Sentence(words.Ago(g.Time, now))), look.Note(words.Sentence(retell.Text(g.Why))+".")))
	}
	if n := len(all) - mostListed; n > 0 {
		rows.Add(look.Hint(lang.T("And %s more.", words.Number(int64(n)))))
	}
	return rows
}

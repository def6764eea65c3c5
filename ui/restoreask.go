package ui

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/restore"
	"github.com/varve-backup/varve/ui/frame"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/places"
	"github.com/varve-backup/varve/ui/restorepage"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// The choices of where to restore to, and of what happens to a name that is
// taken.
const (
	toNew     = "Into a new folder"
	toInPlace = "Where it came from"
)

var clashes = []struct {
	label string
	clash restore.Clash
}{
	{"Keep both: what comes back gets the date in its name", restore.KeepBoth},
	{"Replace what is there", restore.Replace},
	{"Replace it only if it is older", restore.ReplaceOlder},
	{"Leave what is there", restore.Skip},
}

// question asks where something shall go.
type question struct {
	ui           *UI
	archive      session.Archive
	request      restorepage.Request
	target       *look.Field
	place, clash *widget.RadioGroup
	refusal      *look.Text
}

// askWhere asks in place of the page. What was ticked stays ticked.
func (u *UI) askWhere(r restorepage.Request) {
	q := &question{ui: u, archive: u.finder.Archive, request: r, target: look.NewField(""), refusal: look.Coloured("", look.Clay)}
	q.refusal.Hide()
	q.target.SetText(u.newFolder())
	q.clash = widget.NewRadioGroup(nil, nil)
	for _, c := range clashes {
		q.clash.Append(c.label)
	}
	q.clash.SetSelected(clashes[0].label)
	q.clash.Required = true
	q.place = widget.NewRadioGroup([]string{toNew}, nil)
	if r.InPlace {
		q.place.Append(toInPlace)
	}
	q.place.Required = true
	u.Open(q.page())
}

func (q *question) page() frame.Page {
	now := look.Primary("Restore now", q.start)
	choose := look.WithIcon("Choose a folder…", look.IconFolder, func() { q.ui.chooseFolder(q.target.SetText) })
	fresh := look.Row(look.Within, 0, q.target, choose)
	taken := look.Stacked(look.Within, look.Say("If something of that name is there already:"), q.clash)
	q.place.OnChanged = func(p string) {
		look.Visible(fresh, p == toNew)
		look.Visible(taken, p == toInPlace)
	}
	q.place.SetSelected(toNew)
	body := look.AtMost(680, look.Wide(680, look.Boxed(look.Stacked(look.InCard, look.Say(q.what()), look.Separator(), q.place, fresh, taken, q.refusal))))
	foot := look.Stacked(look.InCard, look.Separator(), look.Row(look.Within, 1, look.NewButton("Cancel", q.ui.backToFiles), layout.NewSpacer(), now))
	return frame.Page{
		Content: look.Framed(look.Heading("Where shall it go?"), look.Footed(look.Stacked(0, body), foot)),
		Enter:   q.start, Escape: q.ui.backToFiles, First: now,
	}
}

// what names what shall come back, and from when it is.
func (q *question) what() string {
	var names []string
	for _, n := range q.request.Names {
		names = append(names, words.Printable(n))
	}
	if len(names) > 4 {
		names = append(names[:3], words.Number(int64(len(names)-3))+" more")
	}
	when := "each as it was last seen"
	if len(q.request.Parts) == 1 {
		when = "as of " + words.Moment(q.request.Parts[0].Version.Time, q.ui.Now())
	}
	return fmt.Sprintf("%s, %s.", words.List(names), when)
}

// backToFiles shows the files again, as they were left.
func (u *UI) backToFiles() {
	u.current = Restore
	u.Open(u.finder.Page())
}

// newFolder is a folder in the person's home that does not exist yet.
func (u *UI) newFolder() string {
	home, err := os.UserHomeDir()
	if err != nil {
		home = os.TempDir()
	}
	base := filepath.Join(home, "Restored "+u.Now().Format("2006-01-02"))
	for n := 1; ; n++ {
		path := base
		if n > 1 {
			path = fmt.Sprintf("%s (%d)", base, n)
		}
		if _, err := os.Lstat(path); os.IsNotExist(err) {
			return path
		}
	}
}

// start restores and shows how far it is.
func (q *question) start() {
	target := places.Untilde(strings.TrimSpace(q.target.Text))
	clash := restore.Refuse
	switch {
	case q.place.Selected == toInPlace:
		target, clash = q.archive.Root, q.chosenClash()
	case !filepath.IsAbs(target):
		q.refusal.Set("Type the whole path of the folder, from / on.")
		q.refusal.Show()
		return
	}
	var plans []engine.RestorePlan
	for _, p := range q.request.Parts {
		plans = append(plans, engine.RestorePlan{At: p.Version.Time, Version: p.Version.ID, Paths: p.Paths, Target: target, Clash: clash})
	}
	q.ui.startRestore(q.archive, plans)
}

func (q *question) chosenClash() restore.Clash {
	for _, c := range clashes {
		if c.label == q.clash.Selected {
			return c.clash
		}
	}
	return clashes[0].clash
}

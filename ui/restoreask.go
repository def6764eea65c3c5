package ui

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/restore"
	"github.com/varve-backup/varve/ui/look"
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

// question asks where the ticked items shall go.
type question struct {
	browser      *browser
	target       *look.Field
	place, clash *widget.RadioGroup
	refusal      *look.Text
}

// ask asks in place of the page. What was ticked stays ticked.
func (b *browser) ask() {
	if b.restore.Disabled() {
		return
	}
	q := &question{browser: b, target: look.NewField(""), refusal: look.Coloured("", look.Clay)}
	q.refusal.Hide()
	q.target.SetText(b.newFolder())
	q.clash = widget.NewRadioGroup(nil, nil)
	for _, c := range clashes {
		q.clash.Append(c.label)
	}
	q.clash.SetSelected(clashes[0].label)
	q.clash.Required = true
	q.place = widget.NewRadioGroup([]string{toNew}, nil)
	if b.archive.Root != "" {
		q.place.Append(toInPlace)
	}
	q.place.Required = true
	b.ui.open(q.page())
}

func (q *question) page() page {
	b := q.browser
	now := look.Primary("Restore now", q.start)
	choose := look.WithIcon("Choose a folder…", look.IconFolder, func() { b.ui.chooseFolder(q.target.SetText) })
	fresh := look.Row(look.Within, 0, q.target, choose)
	taken := look.Stacked(look.Within, look.Say("If something of that name is there already:"), q.clash)
	q.place.OnChanged = func(p string) {
		visible(fresh, p == toNew)
		visible(taken, p == toInPlace)
	}
	q.place.SetSelected(toNew)
	var names []string
	for _, p := range slices.Sorted(maps.Keys(b.picked)) {
		names = append(names, words.Printable(filepath.Base(p)))
	}
	if len(names) > 4 {
		names = append(names[:3], words.Number(int64(len(names)-3))+" more")
	}
	text := fmt.Sprintf("%s, as of %s.", words.List(names), words.Moment(b.versions[b.version].Time, b.ui.Now()))
	body := look.AtMost(680, look.Wide(680, look.Boxed(look.Stacked(look.InCard, look.Say(text), look.Separator(), q.place, fresh, taken, q.refusal))))
	foot := look.Stacked(look.InCard, look.Separator(), look.Row(look.Within, 1, look.NewButton("Cancel", b.reopen), layout.NewSpacer(), now))
	return page{
		content: look.Framed(look.Heading("Where shall it go?"), look.Footed(look.Stacked(0, body), foot)),
		enter:   q.start, escape: b.reopen, first: now, leave: b.close,
	}
}

// reopen shows the version again, as it was left.
func (b *browser) reopen() {
	b.closed = false
	version, folder, picked := b.version, b.folder, b.picked
	b.ui.open(b.page(b.build()))
	b.version = -1
	b.list.Refresh()
	if version >= 0 {
		b.list.Select(version)
	}
	b.folder, b.picked = folder, picked
	b.countPicked()
}

// newFolder is a folder in the person's home that does not exist yet.
func (b *browser) newFolder() string {
	home, err := os.UserHomeDir()
	if err != nil {
		home = os.TempDir()
	}
	base := filepath.Join(home, "Restored "+b.ui.Now().Format("2006-01-02"))
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
	b := q.browser
	target := untilde(strings.TrimSpace(q.target.Text))
	inPlace := q.place.Selected == toInPlace
	if !inPlace && !filepath.IsAbs(target) {
		q.refusal.Set("Type the whole path of the folder, from / on.")
		q.refusal.Show()
		return
	}
	plan := engine.RestorePlan{
		At: b.versions[b.version].Time, Paths: slices.Sorted(maps.Keys(b.picked)), Target: target, Clash: restore.Refuse,
	}
	if inPlace {
		chosen := slices.IndexFunc(clashes, func(c struct {
			label string
			clash restore.Clash
		}) bool {
			return c.label == q.clash.Selected
		})
		plan.Target, plan.Clash = b.archive.Root, clashes[max(0, chosen)].clash
	}
	b.ui.startRestore(b, plan)
}

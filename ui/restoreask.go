package ui

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/restore"
	"github.com/varve-backup/varve/engine/zone"
	"github.com/varve-backup/varve/ui/frame"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/places"
	"github.com/varve-backup/varve/ui/restorepage"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// The choices of where to restore to, and of what happens to a name that is
// taken.
var (
	toNew     = lang.Mark("Into a new folder")
	toInPlace = lang.Mark("Where it came from")
	toHome    = lang.Mark("Into your home, at the same place")
)

var clashes = []struct {
	label string
	clash restore.Clash
}{
	{lang.Mark("Keep both, with the date in the new name"), restore.KeepBoth},
	{lang.Mark("Replace what is there"), restore.Replace},
	{lang.Mark("Keep the newer: replace only what is older"), restore.ReplaceOlder},
	{lang.Mark("Leave what is there"), restore.Skip},
}

// question asks where something shall go.
type question struct {
	ui           *UI
	archive      session.Archive
	request      restorepage.Request
	root         string         // where the paths of the request lie, or map to
	moved        *session.Moved // when that is in another home; else nil
	offered      string         // a new folder
	target       *look.Field
	place, clash *look.Radio
	refusal      *look.Text
	taken        *fyne.Container // what happens to a name that is taken
	preview      *clashPreview
	body         fyne.CanvasObject
}

// askWhere asks in place of the page. What was ticked stays ticked.
func (u *UI) askWhere(r restorepage.Request) {
	q := &question{ui: u, archive: u.finder.Archive, request: r, target: look.NewField(""), refusal: look.Coloured("", look.Clay)}
	q.refusal.Hide()
	q.preview = newClashPreview(q)
	q.clash = look.NewRadio(nil, nil)
	for _, c := range clashes {
		q.clash.Append(lang.T(c.label))
	}
	q.clash.SetSelected(lang.T(clashes[0].label))
	q.place = look.NewRadio([]string{lang.T(toNew)}, nil)
	q.findRoot()
	switch {
	case q.moved != nil:
		q.place.Append(lang.T(toHome))
	case q.root != "":
		q.place.Append(lang.T(toInPlace))
	}
	u.OpenRead(lang.T("Where shall it go?"), func(context.Context) error {
		q.offered = u.newFolder()
		return nil
	}, func(error) frame.Page { return q.page() })
}

func (q *question) page() frame.Page {
	q.target.SetText(q.offered)
	now := look.Primary(lang.T("Restore now"), q.start)
	choose := look.WithIcon(lang.T("Choose a folder…"), look.IconFolder, func() { q.ui.chooseFolder(q.target.SetText) })
	fresh := look.Row(look.Within, 0, q.target, choose)
	q.taken = look.Stacked(look.Within, look.Say(lang.T("If something of that name is there already:")), q.clash, q.preview.effect)
	moving, dated := look.Note(q.moving()), look.Note(lang.T("Where several versions of one thing come back, each gets the date of its version in its name; the same content comes back once."))
	look.Visible(dated, q.hasSeveral())
	q.clash.OnChanged = func(string) { q.preview.tell() }
	q.place.OnChanged = func(string) {
		look.Visible(fresh, q.isNew())
		look.Visible(q.taken, !q.isNew())
		look.Visible(q.preview.content, !q.isNew())
		if !q.isNew() {
			q.preview.begin()
			q.preview.tell()
		} else {
			q.preview.end()
		}
	}
	q.place.SetSelected(lang.T(toNew))
	look.Visible(moving, q.moved != nil)
	q.body = look.AtMost(680, look.Boxed(look.Stacked(look.InCard, look.Say(q.what()), look.Separator(), moving, dated, q.place, fresh, q.preview.content, q.taken, q.refusal)))
	foot := look.Stacked(look.InCard, look.Separator(), look.Row(look.Within, 1, look.NewButton(lang.T("Cancel"), q.ui.backToFiles), layout.NewSpacer(), now))
	return frame.Page{
		Content: look.Framed(look.Heading(lang.T("Where shall it go?")), look.Footed(container.NewVScroll(q.body), foot)),
		Enter:   q.start, Escape: q.ui.backToFiles, First: now, Leave: q.preview.end,
	}
}

// isNew tells that it shall go into a new folder.
func (q *question) isNew() bool { return q.place.Selected == lang.T(toNew) }

// what names what shall come back, and from when it is.
func (q *question) what() string {
	var names []string
	for _, n := range q.request.Names {
		if n = words.Printable(n); !slices.Contains(names, n) { // of which several versions come back
			names = append(names, n)
		}
	}
	if len(names) > 4 {
		names = append(names[:3], lang.T("%s more", words.Number(int64(len(names)-3))))
	}
	if len(q.request.Parts) == 1 {
		return lang.T("%s, as of %s.", words.List(names), words.Moment(q.request.Parts[0].Version.Time, q.ui.Now()))
	}
	if q.request.Chosen {
		return lang.T("%s, of %s.", words.List(names), words.Count(int64(len(q.request.Parts)), "version"))
	}
	return lang.T("%s, each as it was last seen.", words.List(names))
}

// hasSeveral tells that several versions of one thing shall come back.
func (q *question) hasSeveral() bool {
	seen := map[string]bool{}
	for _, part := range q.request.Parts {
		for _, p := range part.Paths {
			if seen[p] {
				return true
			}
			seen[p] = true
		}
	}
	return false
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
	base := filepath.Join(home, lang.T("Restored %s", zone.Of(u.Now()).Format(time.DateOnly)))
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
	case !q.isNew():
		target, clash = q.root, q.chosenClash()
	case !filepath.IsAbs(target):
		q.refusal.Set(lang.T("Type the whole path of the folder, from / on."))
		q.refusal.Show()
		return
	}
	q.ui.startRestore(q.archive, q.plans(target, clash))
}

// plans are what is asked for, one for each version.
func (q *question) plans(target string, clash restore.Clash) (plans []engine.RestorePlan) {
	for _, p := range q.request.Parts {
		plans = append(plans, engine.RestorePlan{At: p.Version.Time, Version: p.Version.ID, Paths: p.Paths, Target: target, Clash: clash})
	}
	return plans
}

// settle gives texts that changed the room they need.
func (q *question) settle() { q.body.Refresh() }

func (q *question) chosenClash() restore.Clash {
	for _, c := range clashes {
		if lang.T(c.label) == q.clash.Selected {
			return c.clash
		}
	}
	return clashes[0].clash
}

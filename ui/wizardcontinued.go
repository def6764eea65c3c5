package ui

import (
	"slices"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/engine/destination"
	"github.com/varve-backup/varve/ui/destform"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/places"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// continued is a backup that a wizard goes on with.
type continued struct {
	session.Origin
	// place is a folder; form is where it lies otherwise.
	place string
	form  *placeForm
	// opened tells that the session knows its passphrase.
	opened bool
}

// continueBackup opens the wizard with what a backup says of itself.
func (u *UI) continueBackup(c continued) {
	w := u.newWizard(&c)
	if c.form != nil {
		w.where.adopt(c.form.title, c.form.form)
	} else {
		w.where.place.SetText(c.place)
	}
	w.sources.folders.Set(c.Here, nil)
	w.showSum()
}

// adopt takes over a form that was filled in elsewhere. It is tested anew: what was
// only looked at there is written to here.
func (c *chooser) adopt(title string, f *destform.Form) {
	c.forms[title] = newPlaceForm(c, title, f)
	c.form = c.forms[title]
}

// adoptSeveral shows several destinations that are one, with what is in their
// list.
func (c *chooser) adoptSeveral(url string, members []destination.Member) {
	i := slices.IndexFunc(c.ui.Kinds, func(k destination.Kind) bool { return k.Name == destination.Several })
	if i < 0 {
		return
	}
	c.adopt(lang.T(c.ui.Kinds[i].Title), destform.ReadList(c.ui.Kinds[i], url))
	c.form.list.adopt(members)
}

// adoptMember shows one of several destinations, its folder or its form.
func (c *chooser) adoptMember(m *destination.Member) {
	if path := session.Path(m.URL); path != m.URL {
		c.place.SetText(path)
		return
	}
	if form, ok := destform.Read(c.ui.Kinds, m.URL, destform.MemberOptions(m)); ok {
		c.adopt(lang.T(form.Kind().Title), form.ForMember())
	}
}

// opened tells that the passphrase of what is at the destination is known.
func (w *wizard) opened() bool {
	return w.from != nil && w.from.opened && w.continues() && (w.from.place == "" || w.where.choice().Destination == w.from.place)
}

// origin says where the backup came from that is gone on with, nil where none
// is.
func (w *wizard) origin() fyne.CanvasObject {
	if w.from == nil {
		return nil
	}
	o := w.from.Origin
	lines := look.Stacked(look.Within, look.Say(originWords(&o)+" "+lang.T("The next version goes on with the folders below. What is stored stays.")))
	if len(o.Away) > 0 {
		lines.Add(look.Say(lang.T("Nothing here stands for %s. Add a folder below if it has another name now.", words.List(folderNames(o.Away)))))
	}
	return look.On(look.Card, look.Rule, look.Between, look.Marked(look.IconRestore, look.Lake, lines))
}

// originWords say what a backup is of, and where it was made.
func originWords(o *session.Origin) string {
	folders, host := words.List(folderNames(o.Folders)), words.Printable(o.Host)
	switch {
	case folders == "" && host == "":
		return lang.T("This backup does not say which folders it is of.")
	case folders == "":
		return lang.T("This backup does not say which folders it is of. It was made on the computer %s.", host)
	case host == "":
		return lang.T("This backup is of %s.", folders)
	}
	return lang.T("This backup is of %s, on the computer %s.", folders, host)
}

// folderNames are the first of some paths, as a person reads them.
func folderNames(paths []string) (names []string) {
	const shown = 4
	for i, p := range paths {
		if i == shown-1 && len(paths) > shown {
			return append(names, lang.T("%s more", words.Number(int64(len(paths)-i))))
		}
		names = append(names, words.Printable(places.Tilde(p)))
	}
	return names
}

package ui

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/ui/frame"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/places"
	"github.com/varve-backup/varve/ui/restorepage"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// showRestore shows the page where it was left, or the backup that ran last.
func (u *UI) showRestore() {
	switch {
	case u.restore != nil:
		u.Open(u.restore.page())
	case u.finder != nil:
		u.Open(u.finder.Page())
	default:
		u.showNewestBackup()
	}
}

// showNewestBackup opens the backup that ran last, where there is one.
func (u *UI) showNewestBackup() {
	jobs, err := u.Session.Jobs(u.Context)
	if err != nil {
		u.Fail(err)
	}
	jobs = slices.DeleteFunc(jobs, func(j session.JobState) bool { return j.LastGood.IsZero() })
	if len(jobs) == 0 {
		u.Open(u.backupsPage())
		return
	}
	newest := slices.MaxFunc(jobs, func(a, b session.JobState) int { return a.LastGood.Compare(b.LastGood) })
	u.openRestore(session.ArchiveOf(&newest.Job))
}

// openRestore opens a backup.
func (u *UI) openRestore(a session.Archive) {
	u.current = Restore
	if u.finder != nil && u.finder.Archive.Is(a) {
		u.Open(u.finder.Page())
		return
	}
	u.finder = restorepage.New(restorepage.Config{
		Window: u, Backend: u.Session, Archive: a, Archives: u.archives, Switch: u.openRestore,
		Other: func() { u.Open(u.backupsPage()) }, Restore: u.askWhere,
	})
	u.Open(u.finder.Page())
}

// archives are the backups of this computer that have a version.
func (u *UI) archives() (all []session.Archive) {
	jobs, err := u.Session.Jobs(u.Context)
	if err != nil {
		u.Fail(err)
	}
	for _, j := range jobs {
		if !j.LastGood.IsZero() {
			all = append(all, session.ArchiveOf(&j.Job))
		}
	}
	return all
}

// backupsPage lists the backups, and opens others.
func (u *UI) backupsPage() frame.Page {
	jobs, err := u.Session.Jobs(u.Context)
	if err != nil {
		u.Fail(err)
	}
	rows := look.Stacked(look.Between)
	for _, j := range jobs {
		if j.LastGood.IsZero() {
			continue
		}
		archive := session.ArchiveOf(&j.Job)
		open := look.Primary("Open", func() { u.openRestore(archive) })
		rows.Add(look.Boxed(look.Row(look.InCard, 1, look.Picture(look.IconOverview.In(look.Lake), 24), look.Stacked(2,
			look.Subheading(fmt.Sprintf("%s to %s", j.Name, places.Name(session.Path(j.Destination)))),
			look.Hint("Last version "+words.Ago(j.LastGood, u.Now())+".")), open)))
	}
	if len(rows.Objects) == 0 {
		rows.Add(look.Hint("No backup of this computer has a version yet. A backup from elsewhere can be opened here."))
	}
	rows.Add(look.Gap(look.Within))
	rows.Add(u.otherArchive())
	return frame.Page{Content: look.Page(look.Heading("Restore files"), rows), Escape: func() { u.Show(Overview) }}
}

// otherArchive opens a backup that no job here made.
func (u *UI) otherArchive() fyne.CanvasObject {
	place := look.NewField("Folder that holds a backup")
	answer := look.Coloured("", look.Clay)
	answer.Hide()
	open := look.NewButton("Open backup", nil)
	inspect := func() { u.inspectArchive(places.Untilde(strings.TrimSpace(place.Text)), answer) }
	open.OnTapped = inspect
	open.Enabled(false)
	place.OnChanged = func(s string) { open.Enabled(strings.TrimSpace(s) != ""); answer.Hide() }
	place.OnSubmitted = func(string) { inspect() }
	choose := look.WithIcon("Choose a folder…", look.IconFolder, func() { u.chooseFolder(place.SetText) })
	return look.Boxed(look.Stacked(look.Between, look.Stacked(2, look.Subheading("Another backup"),
		look.Hint("A folder or drive with a backup that Varve, duplicity or restic made, on this computer or another.")),
		look.Row(look.Within, 0, place, choose, open), answer))
}

// inspectArchive looks what a folder holds before it is opened.
func (u *UI) inspectArchive(path string, answer *look.Text) {
	if path == "" {
		return
	}
	say := func(sentence string) {
		answer.Set(sentence)
		answer.Show()
	}
	if !filepath.IsAbs(path) {
		say("Type the whole path, from / on.")
		return
	}
	var found engine.Found
	u.Work(func(ctx context.Context) (err error) {
		found, err = u.Session.Inspect(ctx, path)
		return err
	}, func(err error) {
		switch {
		case err != nil:
			say(session.Explain(err).Sentence)
		case !found.Exists:
			say("There is no folder " + words.Printable(path) + ".")
		case found.Versions == 0:
			say("There is no backup in " + words.Printable(path) + ". A backup is a folder with files whose names begin with duplicity-full, or with a file named config.")
		default:
			u.openRestore(session.Archive{Name: filepath.Base(path), URL: session.URL(path), Encrypted: found.Encrypted})
		}
	})
}

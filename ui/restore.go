package ui

import (
	"slices"

	"github.com/varve-backup/varve/ui/frame"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/places"
	"github.com/varve-backup/varve/ui/restorepage"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// showRestore shows the page where it was left, or the backup that ran last.
func (u *UI) showRestore() {
	switch {
	case u.undoing != nil:
		u.Open(u.undoing.page())
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
		u.findArchive(func() { u.Show(Overview) })
		return
	}
	newest := slices.MaxFunc(jobs, func(a, b session.JobState) int { return a.LastGood.Compare(b.LastGood) })
	u.openRestore(session.ArchiveOf(&newest.Job))
}

// openRestore opens a backup.
func (u *UI) openRestore(a session.Archive) {
	u.current = Restore
	if u.finder != nil && u.finder.Archive.Is(a) {
		u.leave()
		u.Open(u.finder.Page())
		return
	}
	u.finder = restorepage.New(restorepage.Config{
		Window: u, Backend: u.Session, Archive: a, Archives: u.archives, Switch: u.openRestore,
		Other: func() { u.Open(u.backupsPage()) }, Restore: u.askWhere, Browse: u.browseFolder,
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
		open := look.Primary(lang.T("Open"), func() { u.openRestore(archive) })
		rows.Add(look.Boxed(look.Row(look.InCard, 1, look.Picture(look.IconOverview.In(look.Lake), 24), look.Stacked(2,
			look.Subheading(lang.T("%s to %s", j.Name, places.Name(session.Path(j.Destination)))),
			look.Hint(lang.T("Last version %s.", words.Ago(j.LastGood, u.Now())))), open)))
	}
	other := look.NewButton(lang.T("Choose where…"), func() { u.findArchive(func() { u.Open(u.backupsPage()) }) })
	rows.Add(look.Boxed(look.Row(look.InCard, 1, look.Picture(look.IconSearch.In(look.Lake), 24), look.Stacked(2,
		look.Subheading(lang.T("Another backup")),
		look.Hint(lang.T("On a drive, a server or a storage service, made by Varve, duplicity or restic."))), other)))
	return frame.Page{Content: look.Page(look.Heading(lang.T("Restore files")), rows), Escape: func() { u.Show(Overview) }}
}

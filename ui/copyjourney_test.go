package ui

import (
	"os"
	"testing"

	"github.com/varve-backup/varve/ui/session"
)

// A second place is added in the window, follows a backup, and gives everything
// back when the first place is gone.
func TestSecondPlaceSavesTheDay(t *testing.T) {
	d := newDesk(t, "light")
	id := d.job(func() {})
	job := func() session.JobState {
		jobs, err := d.s.Jobs(t.Context())
		if err != nil || len(jobs) != 1 {
			t.Fatal(jobs, err)
		}
		return jobs[0]
	}
	d.u.openCopies(job().Job)
	d.settle()
	d.tap("Add a second place")
	d.entry("Folder for the copy").SetText(d.path("home/Pond"))
	d.q.until(t, "the look at the place", func() bool { return !d.button("Copy there").Disabled() })
	d.tap("Copy there")
	fresh := func() bool {
		j := job()
		return len(j.Copies) == 1 && j.Copies[0].Health == session.CopyFresh && j.Copies[0].Version.Equal(j.LastGood)
	}
	d.q.until(t, "the copy", fresh)
	d.q.until(t, "the page to tell", func() bool { return d.says("Holds every version, up to the one made ") })

	d.write("home/Documents/notes.txt", "second, and longer")
	d.backUp(id)
	d.q.until(t, "the copy to follow", fresh)
	d.u.Show(Overview)
	d.q.until(t, "the card to tell", func() bool { return d.says("Also in ~/Pond: up to the version made ") })
	if err := os.RemoveAll(d.path("home/Lake")); err != nil {
		t.Fatal(err)
	}
	d.u.openCopies(job().Job)
	d.settle()
	d.tap("Restore from here")
	d.item("Documents")
	d.item("notes.txt")
	d.q.until(t, "the text from the copy", func() bool { return d.says("second, and longer") })
}

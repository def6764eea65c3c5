package ui

import (
	"context"
	"slices"
	"testing"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
)

// folderAddress is where the fake opens versions.
const folderAddress = "http://127.0.0.1:43817/K7QHWZ3C5TQ2M6XN4RJV8YBDPA/Home%202026-11-21%2010.00/"

// fakeFolders are the versions that are open as folders.
type fakeFolders struct {
	shown       []session.ShownFolder
	folderFails error
}

// OpenFolder implements restorepage.Folders.
func (f *fakeFolders) OpenFolder(_ context.Context, _ session.Archive, v engine.Version) (session.ShownFolder, error) {
	if f.folderFails != nil {
		return session.ShownFolder{}, f.folderFails
	}
	f.shown = append(f.shown, session.ShownFolder{Version: v, Address: folderAddress})
	return f.shown[0], nil
}

// Folders implements restorepage.Folders.
func (f *fakeFolders) Folders(session.Archive) []session.ShownFolder { return slices.Clone(f.shown) }

// CloseFolder implements restorepage.Folders.
func (f *fakeFolders) CloseFolder(string) error {
	f.shown = nil
	return nil
}

var folderScenes = []scene{
	{"restore-folder", func() *fake {
		f := &fake{jobs: []session.JobState{adasJob(session.Protected)}}
		f.shown = []session.ShownFolder{{Version: engine.Version{Time: daysAgo(3.1)}, Address: folderAddress}}
		return f
	}, func(s *stage) {
		s.u.Show(Restore)
		s.settle()
		s.item("Documents")
		s.preview()
	}},
}

func TestAddressForFileManagers(t *testing.T) {
	for _, row := range []struct{ desktop, want string }{
		{"GNOME", "dav://127.0.0.1:1/a%20b/"}, {"ubuntu:GNOME", "dav://127.0.0.1:1/a%20b/"}, {"", "dav://127.0.0.1:1/a%20b/"}, {"KDE", "webdav://127.0.0.1:1/a%20b/"},
	} {
		if got := davAddress("http://127.0.0.1:1/a%20b/", row.desktop); got != row.want {
			t.Errorf("on %s: %s", row.desktop, got)
		}
	}
}

// toBasket puts two versions of a file and a tick into the basket.
func (s *stage) toBasket() {
	s.toThesis()
	s.item("references.bib")
	s.preview()
	s.tap("Add")
	s.press(look.IconBefore)
	s.tap("Add")
	s.tickItem("chapter-3.odt")
	s.preview()
}

var basketScenes = []scene{
	{"restore-basket", withJobs(adasJob(session.Protected)), (*stage).toBasket},
	{"restore-basket-list", withJobs(adasJob(session.Protected)), func(s *stage) {
		s.toBasket()
		s.tap("Show…")
	}},
	{"restore-basket-ask", withJobs(adasJob(session.Protected)), func(s *stage) {
		s.toBasket()
		s.tap("Restore 3 items…")
	}},
}

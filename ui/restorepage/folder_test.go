package restorepage

import (
	"context"
	"errors"
	"slices"
	"testing"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/ui/session"
)

// folders are the versions that are open as folders in a test.
type folders struct {
	open    []session.ShownFolder
	opening error
	browsed []string
}

const folderAt = "http://127.0.0.1:4000/SECRET/Documents/"

// OpenFolder implements Folders.
func (f *folders) OpenFolder(_ context.Context, _ session.Archive, v engine.Version) (session.ShownFolder, error) {
	if f.opening != nil {
		return session.ShownFolder{}, f.opening
	}
	shown := session.ShownFolder{Version: v, Address: folderAt}
	f.open = append(f.open, shown)
	return shown, nil
}

// Folders implements Folders.
func (f *folders) Folders(session.Archive) []session.ShownFolder { return slices.Clone(f.open) }

// CloseFolder implements Folders.
func (f *folders) CloseFolder(address string) error {
	f.open = slices.DeleteFunc(f.open, func(s session.ShownFolder) bool { return s.Address == address })
	return nil
}

func TestVersionAsFolder(t *testing.T) {
	s := opened(t)
	s.goTo("Documents/Thesis")
	s.until("the folder's versions", func() bool { return s.f.detail.chosen == 0 && s.f.detail.folder.Visible() })
	s.f.detail.before.OnTapped()
	chosen := s.f.detail.history.versionOf(s.f.detail.chosen)
	s.tap("Open as a folder")
	s.idle()
	if len(s.open) != 1 || s.open[0].Version.ID != chosen.ID || !slices.Equal(s.browsed, []string{folderAt + "Documents/Thesis/"}) {
		t.Fatalf("opened %+v, shown %q", s.open, s.browsed)
	}
	if !s.says("is open as a folder, read only.") || !s.says(folderAt) {
		t.Error("the page does not tell where")
	}
	s.tap("Show")
	if len(s.browsed) != 2 || s.browsed[1] != folderAt {
		t.Errorf("shown %q", s.browsed)
	}
	s.tap("Copy")
	if got := fyne.CurrentApp().Clipboard().Content(); got != folderAt {
		t.Errorf("copied is %q", got)
	}
	s.tap("Close the folder")
	s.idle()
	if len(s.open) != 0 || s.says(folderAt) {
		t.Error("it is still open")
	}
	s.open = []session.ShownFolder{{Version: chosen, Address: folderAt}}
	s.page.Refresh()
	if !s.says(folderAt) {
		t.Error("the page does not follow what is open")
	}
	s.open = nil // nobody looked at it for hours
	s.page.Refresh()
	if s.says(folderAt) {
		t.Error("the page tells of what has ended")
	}
}

func TestFolderThatDoesNotOpen(t *testing.T) {
	s := opened(t)
	s.until("the folder's versions", func() bool { return s.f.detail.chosen == 0 })
	s.opening = errors.New("sparks")
	s.tap("Open as a folder")
	s.idle()
	if s.failed == nil || len(s.browsed) != 0 || s.f.detail.folder.Disabled() || s.f.detail.folder.Text != "Open as a folder" {
		t.Errorf("failed: %v, shown %q", s.failed, s.browsed)
	}
	// Of a file there is nothing to open so.
	s.goTo("Documents/Thesis")
	s.f.list.OnSelected(6)
	s.until("its versions", func() bool { return s.f.detail.chosen == 0 && !s.f.detail.history.folder })
	if s.f.detail.folder.Visible() {
		t.Error("a file can be opened as a folder")
	}
}

func TestAddressOf(t *testing.T) {
	for path, want := range map[string]string{"": "", "a b/c": "a%20b/c/", "50%/#?": "50%25/%23%3F/", "a:b": "a:b/", "\xff": "%FF/"} {
		if got := addressOf(path); got != want {
			t.Errorf("%q: got %q, want %q", path, got, want)
		}
	}
}

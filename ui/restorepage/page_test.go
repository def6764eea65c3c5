package restorepage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/restorepage/pasttest"
	"github.com/varve-backup/varve/ui/session"
)

func TestFolderListsEverythingEverSeen(t *testing.T) {
	s := opened(t)
	s.goTo("Documents/Thesis")
	if got, want := s.names(), "figures, chapter-1.odt, chapter-2.odt, chapter-3.odt, outline.md, references.bib, thanks.txt"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for _, text := range []string{"Deleted · last seen 17 Nov · 2 versions", "Changed yesterday · 6 versions"} {
		if !s.says(text) {
			t.Errorf("the page does not say %q", text)
		}
	}
}

func TestOnlyDeletedAndAsOf(t *testing.T) {
	s := opened(t)
	s.goTo("Documents/Thesis")
	s.tap("Everything ever seen")
	s.choose("Only what is deleted")
	s.until("the shorter list", func() bool { return s.names() == "figures, outline.md, thanks.txt" })
	s.tap("Only what is deleted")
	s.choose("As of Mon 9 Nov 10:12")
	s.until("the folder as it was", func() bool { return s.names() == "chapter-1.odt, chapter-2.odt, outline.md, references.bib" })
	s.f.tick(&s.f.seen.rows[2], true)
	s.tap("Restore 1 item…")
	if got := s.requests[0].Parts; len(got) != 1 || got[0].Version.ID != "version-07" || got[0].Paths[0] != "Documents/Thesis/outline.md" {
		t.Errorf("got %+v, want the outline of the version looked at", got)
	}
	s.page.Escape()
	s.until("the folder above, as it was", func() bool { return s.f.seen.folder == "Documents" && s.f.seen.at.ID == "version-07" })
}

// choose takes an option of the question that is asked.
func (s *stage) choose(title string) {
	s.t.Helper()
	var list *look.List
	s.each(func(o fyne.CanvasObject) {
		if l, ok := o.(*look.List); ok {
			list = l
		}
	})
	for i := range list.Length() {
		o := list.CreateItem()
		list.UpdateItem(i, o)
		if o.(*optionView).title.String() == title {
			list.OnSelected(i)
			return
		}
	}
	s.t.Fatalf("there is no option %q", title)
}

// An answer that comes late never stands in the place of a newer one.
func TestLateAnswersAreDropped(t *testing.T) {
	s := opened(t)
	slow, begun := make(chan struct{}), make(chan struct{}, 1)
	var cancelled atomic.Bool
	s.idle()
	s.past.Before = func(ctx context.Context, call, what string) error {
		if call == "Search" && what == "notes" {
			begun <- struct{}{}
			<-slow // even after it was cancelled
			cancelled.Store(ctx.Err() != nil)
			return nil
		}
		return nil
	}
	s.f.search.SetText("notes")
	s.until("the first search", func() bool { return len(begun) == 1 })
	s.f.search.SetText("budget")
	s.until("the second search", func() bool { return s.names() == "budget 2026.ods" })
	close(slow)
	s.work.Wait()
	for len(s.queue) > 0 {
		(<-s.queue)()
	}
	if s.names() != "budget 2026.ods" || !cancelled.Load() {
		t.Errorf("listed %s; the search before was cancelled: %v", s.names(), cancelled.Load())
	}
}

// While a person types, only what they stop at is searched for.
func TestSearchWaitsForTheNextLetter(t *testing.T) {
	s := opened(t)
	var searched atomic.Int32
	s.idle()
	s.past.Before = func(_ context.Context, call, _ string) error {
		if call == "Search" {
			searched.Add(1)
		}
		return nil
	}
	for i := range len("notes") {
		s.f.search.SetText("notes"[:i+1])
	}
	s.until("the result", func() bool { return s.names() == "notes.txt" })
	if n := searched.Load(); n != 1 {
		t.Errorf("%d searches for one word", n)
	}
	if !s.says("Deleted · last seen 18 Nov · 6 versions · in Documents") {
		t.Error("the result does not say what became of it, and where it was")
	}
	s.page.Escape()
	s.until("the folder again", func() bool { return s.names() == "Documents, Pictures" })
}

// What takes long says so, and what does not, does not.
func TestSlowReadingIsSaid(t *testing.T) {
	s := opened(t)
	hold := make(chan struct{})
	s.past.Before = func(_ context.Context, call, what string) error {
		if call == "Folder" && what == "Documents" {
			<-hold
		}
		return nil
	}
	s.f.look(spot{line: 1, folder: "Documents"})
	s.until("the sentence", func() bool { return s.says("Reading…") })
	close(hold)
	s.until("the folder", func() bool { return s.f.seen.folder == "Documents" && !s.says("Reading…") })
	s.idle()
	if s.f.seen.folder != "Documents" || !s.says("ada") {
		t.Error("the way to the folder is not shown any more")
	}
}

func TestNamesAreInTheOrderOfPeople(t *testing.T) {
	rows := []row{{path: "img10.jpg"}, {path: "Img2.jpg"}, {path: "img02b.jpg"}, {path: "zoo", entry: repository.Entry{Type: repository.Dir}}, {path: "img"}, {path: "img100000000000000000000000.jpg"}, {path: "img99.jpg"}, {path: "a/ab"}}
	sortRows(rows)
	got := ""
	for _, r := range rows {
		got += r.path + " "
	}
	if want := "zoo a/ab img Img2.jpg img02b.jpg img10.jpg img99.jpg img100000000000000000000000.jpg "; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestNothingFound(t *testing.T) {
	s := opened(t)
	s.f.search.SetText("xylophone")
	s.until("the answer", func() bool { return s.says("Nothing that was ever backed up here is called “xylophone”.") })
}

// From the first letter to the question where to, by keyboard alone.
func TestKeyboardAlone(t *testing.T) {
	s := opened(t)
	s.page.Find()
	for _, r := range "notes" {
		s.window.Canvas().Focused().TypedRune(r)
	}
	s.until("the result", func() bool { return s.names() == "notes.txt" })
	s.key(fyne.KeyDown, fyne.KeyDown)
	s.until("its versions", func() bool { return s.f.detail.path == "Documents/notes.txt" && s.f.detail.chosen == 0 })
	s.key(fyne.KeyLeft, fyne.KeyLeft)
	if !s.says("Thu 12 Nov 10:12") {
		t.Error("two steps back do not lead to the version of 12 November")
	}
	s.key(fyne.KeySpace)
	if len(s.f.basket) != 1 {
		t.Errorf("Space ticked %d items", len(s.f.basket))
	}
	s.key(fyne.KeyReturn)
	want := "version-06"
	if len(s.requests) != 1 || s.requests[0].Parts[0].Version.ID != want || !s.requests[0].InPlace {
		t.Fatalf("Enter asks for %+v, want %s", s.requests, want)
	}
	s.key(fyne.KeyUp)
	if s.window.Canvas().Focused() != s.f.search {
		t.Error("Up from the first row does not lead to the search")
	}
	s.page.Escape()
	s.until("the folder", func() bool { return s.names() == "Documents, Pictures" })
	s.key(fyne.KeyDown, fyne.KeyDown, fyne.KeyReturn)
	s.until("Pictures", func() bool { return s.f.seen.folder == "Pictures" })
	s.page.Escape()
	s.until("the folder above, at Pictures", func() bool { return s.f.seen.folder == "" && s.f.list.At() == 1 })
}

func TestStripOfAFileThatWasDeletedTwice(t *testing.T) {
	s := opened(t)
	s.goTo("Documents")
	s.choosePath("Documents/guest list.txt")
	made := ""
	for _, x := range s.f.detail.strata {
		made += map[bool]string{true: "|", false: "."}[x.Made]
	}
	if want := "||.||"; made != want {
		t.Errorf("the strip is %s, want %s", made, want)
	}
	s.f.detail.strip.Step(-1)
	s.f.detail.strip.Step(-1)
	if !s.says("Deleted between Thu 12 Nov 10:12 and Sun 15 Nov 05:24.") {
		t.Errorf("the state before the gap does not say when it was deleted; it says %q", s.f.detail.fate)
	}
}

// What is wrong with a version is said where it is chosen.
func TestFlawsOfVersions(t *testing.T) {
	past := pasttest.Adas(now)
	past.Seen[0].Partial, past.Seen[1].Damaged = true, "volume 7 is missing"
	s := newStage(t, past)
	s.until("the page", func() bool { return s.says("The backup was stopped before this version was whole.") })
	s.tap("Everything ever seen")
	if !s.says("unfinished · 2 changed") || !s.says("damaged · 3 changed") {
		t.Error("the list of versions does not say what is wrong with them")
	}
	s.tap("Cancel")
	s.f.detail.strip.Step(-1)
	if !s.says("This version is damaged: volume 7 is missing") {
		t.Error("the detail does not say what is wrong")
	}
	s.f.detail.strip.Step(-1)
	if s.says("damaged") || s.says("stopped before") {
		t.Error("something is said to be wrong with a version that is whole")
	}
}

func TestPreviews(t *testing.T) {
	s := opened(t)
	s.goTo("Documents")
	s.choosePath("Documents/notes.txt")
	s.until("the text", func() bool { return s.says("# Notes for the lake house") })
	s.choosePath("Documents/budget 2026.ods")
	s.until("the refusal", func() bool { return s.says("There is no preview of this kind of file.") })
	s.choosePath("Documents/current")
	s.until("the link", func() bool { return s.says("A link to Thesis/chapter-3.odt") && s.says("nothing to look at inside") })
	s.goTo("Pictures")
	s.choosePath("Pictures/lake at dawn.png")
	s.until("the picture", func() bool { return s.says("720 × 480 points") })
}

// Nobody is asked for a passphrase before they want to look inside.
func TestPreviewAsksForNoPassphraseByItself(t *testing.T) {
	s := opened(t)
	var asked atomic.Int32
	s.idle()
	s.read = func(_ context.Context, v engine.Version, path string, ask bool, out io.Writer) error {
		if !ask {
			return &engine.Error{Op: "reading a file", Kind: engine.NoPassphrase, Err: errors.New("none")}
		}
		asked.Add(1)
		_, err := out.Write(pasttest.Content(path, v.ID))
		return err
	}
	s.goTo("Documents")
	s.choosePath("Documents/notes.txt")
	s.tap("Show the preview")
	s.until("the text", func() bool { return s.says("# Notes for the lake house") })
	s.f.detail.strip.Step(-1)
	s.until("the text of another version", func() bool { return asked.Load() == 2 && !s.says("Reading…") })
}

func TestPreviewOfADestinationThatIsAway(t *testing.T) {
	s := opened(t)
	s.idle()
	s.read = func(context.Context, engine.Version, string, bool, io.Writer) error {
		return &engine.Error{Op: "reading a file", Kind: engine.Offline, Err: errors.New("gone")}
	}
	s.goTo("Documents")
	s.choosePath("Documents/notes.txt")
	s.until("the sentence", func() bool { return s.says("is needed to look inside, and it is not there.") })
	s.idle()
	s.read = nil
	s.tap("Try again")
	s.until("the text", func() bool { return s.says("# Notes for the lake house") })
}

// A preview that is read when another file is chosen is given up.
func TestPreviewOfAnotherFileIsGivenUp(t *testing.T) {
	s := opened(t)
	ended, begun := make(chan struct{}), make(chan struct{})
	s.idle()
	s.read = func(ctx context.Context, _ engine.Version, path string, _ bool, out io.Writer) error {
		if path == "Documents/notes.txt" {
			close(begun)
			<-ctx.Done()
			close(ended)
			return ctx.Err()
		}
		_, err := io.WriteString(out, "the other file")
		return err
	}
	s.goTo("Documents")
	s.choosePath("Documents/notes.txt")
	s.until("the reading", func() bool { return isClosed(begun) })
	s.choosePath("Documents/reading list.md")
	s.until("the end of the reading", func() bool { return isClosed(ended) })
	s.until("the other text", func() bool { return s.says("the other file") })
}

func isClosed(c chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func TestBasketGroupsByVersion(t *testing.T) {
	s := opened(t)
	s.goTo("Documents")
	tick := func(path string) {
		for i := range s.f.seen.rows {
			if s.f.seen.rows[i].path == path {
				s.f.ticked(i)
			}
		}
	}
	tick("Documents/notes.txt")
	tick("Documents/budget 2026.ods")
	tick("Documents/Thesis")
	if !s.says("3 items ticked, each as it was last seen") {
		t.Error("the foot does not say what is ticked")
	}
	s.goTo("Documents/Thesis")
	held := ""
	for i := range s.f.seen.rows {
		if s.f.basket.holds(&s.f.seen.rows[i]) {
			held += nameOf(s.f.seen.rows[i].path) + " "
		}
	}
	if want := "figures chapter-1.odt chapter-2.odt chapter-3.odt references.bib "; held != want {
		t.Errorf("the folder brings along %q, want %q: what is deleted does not come with it", held, want)
	}
	s.tap("Restore 3 items…")
	parts := s.requests[0].Parts
	if len(parts) != 2 || fmt.Sprint(parts[0].Paths, parts[1].Paths) != "[Documents/Thesis Documents/budget 2026.ods] [Documents/notes.txt]" ||
		parts[0].Version.ID != "version-00" || parts[1].Version.ID != "version-03" {
		t.Errorf("got %+v", parts)
	}
	s.goTo("Documents/Thesis")
	tick("Documents/Thesis/chapter-1.odt")
	if _, ok := s.f.basket[item{1, "Documents/Thesis", "version-00"}]; ok || len(s.f.basket) != 2 {
		t.Errorf("an item cannot be cleared while its folder is ticked: %v", s.f.basket)
	}
	s.tap("Clear")
	if len(s.f.basket) != 0 {
		t.Error("Clear leaves something")
	}
}

func TestRestoreOfAFolderAsItWas(t *testing.T) {
	s := opened(t)
	s.goTo("Documents/Thesis")
	s.f.detail.strip.Step(-1)
	s.tap("Restore as it was…")
	r := s.requests[0]
	if len(r.Parts) != 1 || r.Parts[0].Version.ID != "version-01" || r.Parts[0].Paths[0] != "Documents/Thesis" {
		t.Errorf("got %+v", r)
	}
	s.goTo("")
	s.until("the top", func() bool { return s.f.detail.path == "" && s.f.detail.chosen >= 0 })
	s.tap("Restore as it was…")
	if r := s.requests[1]; len(r.Parts[0].Paths) != 0 {
		t.Errorf("the top is restored with the paths %q, want all", r.Parts[0].Paths)
	}
}

// Several machines at one destination: each has its own versions, and only
// those of this one go back to where they came from.
func TestSeveralLines(t *testing.T) {
	past := pasttest.Adas(now)
	past.Others = []engine.Line{
		{ID: 2, Host: "old laptop", Root: "/home/ada/Desktop", Versions: 3, Newest: now.AddDate(-1, 0, 0)},
		{ID: 3, Host: "old laptop", Root: "/home/ada", Versions: 3, Newest: now.AddDate(-1, 0, 0)},
	}
	s := newStage(t, past)
	s.until("the own line", func() bool { return s.f.seen.line == 1 && s.names() == "Documents, Pictures" })
	s.page.Escape()
	s.until("the lines", func() bool { return s.says("old laptop · /home/ada/Desktop") && s.says("lake-house · /home/ada") })
	s.f.opened(1)
	s.until("the other line", func() bool { return s.f.seen.line == 2 && s.says("This folder was always empty.") })
	if s.f.isHome(2) || s.f.isHome(3) || !s.f.isHome(1) {
		t.Error("the wrong line counts as that of this computer")
	}
}

func TestLearning(t *testing.T) {
	s := newStage(t, &pasttest.Past{})
	s.until("the look at the destination", func() bool { return len(s.learns) == 1 })
	if !s.learns[0] {
		t.Error("with nothing known, nobody may be asked for the passphrase")
	}
	s.learning = session.Learning{Running: true, Total: 40}
	s.page.Refresh()
	if !s.says("Reading 1 of 40 versions…") {
		t.Error("the page does not say how far the first look is")
	}
	s.tap("Stop")
	if s.stopped != 1 {
		t.Error("Stop does not stop it")
	}
	s.idle()
	*s.past = *pasttest.Adas(now)
	s.learning.Done = 11
	s.page.Refresh()
	s.until("the first versions", func() bool { return s.names() == "Documents, Pictures" && s.says("Reading 12 of 40 versions…") })
	s.goTo("Documents")
	s.choosePath("Documents/notes.txt")
	s.f.detail.strip.Step(-1)
	s.learning.Done = 39
	s.page.Refresh()
	s.until("the next versions", func() bool { return s.says("Reading 40 of 40 versions…") })
	s.learning = session.Learning{Learnt: now}
	s.page.Refresh()
	s.until("the end", func() bool { return !s.says("Reading 40") && s.f.detail.path == "Documents/notes.txt" })
	s.until("the version that was chosen", func() bool { return s.f.detail.chosen == 1 })
}

// While versions are learnt one after the other, what was read is shown, and
// read once more at the end.
func TestFastLearningDoesNotStarveThePage(t *testing.T) {
	s := opened(t)
	s.goTo("Documents")
	s.idle()
	folders, histories := make(chan struct{}), make(chan struct{})
	var read atomic.Int32
	s.past.Before = func(_ context.Context, call, _ string) error {
		switch call {
		case "Folder":
			read.Add(1)
			<-folders
		case "Activity":
			<-histories
		}
		return nil
	}
	learn := func(n int) {
		for range n {
			s.learning = session.Learning{Running: true, Done: s.learning.Done + 1, Total: 40}
			s.page.Refresh()
		}
	}
	learn(3)
	folders <- struct{}{}
	learn(3)
	s.until("the second reading", func() bool { return read.Load() == 2 })
	learn(3)
	folders <- struct{}{}
	s.until("the third reading", func() bool { return read.Load() == 3 })
	close(histories)
	close(folders)
	s.idle()
	if n := read.Load(); n != 3 || s.f.detail.chosen != 0 || !s.says("notes.txt") {
		t.Errorf("after 9 versions the folder was read %d times, and %d is chosen", n, s.f.detail.chosen)
	}
}

func TestLearningThatFails(t *testing.T) {
	for _, row := range []struct {
		kind           engine.ErrorKind
		sentence, mend string
		forgets        int
	}{
		{engine.Offline, "is not there. What is known of it is listed", "Try again", 0},
		{engine.NoPassphrase, "the passphrase is needed.", "Type the passphrase", 0},
		{engine.WrongPassphrase, "the passphrase did not open the backup", "Type the passphrase", 1},
		{engine.Cancelled, "Not all versions were read.", "Go on", 0},
		{engine.Damaged, "Newer versions are not known. Part of what is stored is damaged.", "Try again", 0},
	} {
		s := opened(t)
		if len(s.learns) != 1 || s.learns[0] {
			t.Errorf("with something known, the page asks for a passphrase: %v", s.learns)
		}
		s.learning = session.Learning{Err: &engine.Error{Op: "listing versions", Kind: row.kind, Err: errors.New("reason")}}
		s.page.Refresh()
		if !s.says(row.sentence) || !s.says("Pictures") {
			t.Errorf("%v: the page does not say %q beside what is known", row.kind, row.sentence)
		}
		s.tap(row.mend)
		if len(s.learns) != 2 || !s.learns[1] || s.forgot != row.forgets {
			t.Errorf("%v: the button led to %v, forgotten %d", row.kind, s.learns, s.forgot)
		}
	}
}

func TestNothingKnownAndAway(t *testing.T) {
	s := newStage(t, &pasttest.Past{})
	s.until("the look at the destination", func() bool { return len(s.learns) == 1 })
	s.learning = session.Learning{Err: &engine.Error{Op: "listing versions", Kind: engine.Offline, Err: errors.New("no such folder")}}
	s.page.Refresh()
	if !s.says("The destination is not there.") || !s.says("no such folder") {
		t.Error("the page does not say what is wrong")
	}
	s.learning = session.Learning{Learnt: now}
	s.page.Refresh()
	s.until("the sentence that there is no version", func() bool { return s.says("There is no version yet.") })
}

func TestCatalogThatFails(t *testing.T) {
	s := opened(t)
	s.idle()
	s.past.Before = func(context.Context, string, string) error {
		return &engine.Error{Op: "reading the catalog", Kind: engine.Damaged, Err: errors.New("disk image is malformed")}
	}
	s.f.look(spot{line: 1, folder: "Documents"})
	s.until("the error", func() bool { return s.says("disk image is malformed") })
	s.idle()
	s.past.Before = nil
	s.tap("Try again")
	s.until("the folder", func() bool { return s.f.seen.folder == "Documents" && len(s.f.seen.rows) > 0 })
}

func TestChangesOfAFolder(t *testing.T) {
	s := opened(t)
	s.goTo("Documents")
	for range 2 {
		s.f.detail.strip.Step(-1)
	}
	s.tap("Compare…")
	s.until("the changes", func() bool {
		return s.says("2 added") || s.says("deleted") || s.says("changed") && !s.says("Comparing")
	})
	c := s.page
	var words *look.Field
	s.each(func(o fyne.CanvasObject) {
		if f, ok := o.(*look.Field); ok {
			words = f
		}
	})
	words.SetText("chapter-3")
	if !s.says("Thesis/chapter-3.odt") || s.says("budget 2026.ods") {
		t.Error("the words do not narrow the list")
	}
	words.SetText("nothing like it")
	if !s.says("No change fits.") {
		t.Error("an empty list does not say why")
	}
	c.Escape()
	s.until("the page again", func() bool { return s.says("Everything ever seen") })
}

func TestComparisonOfAText(t *testing.T) {
	s := opened(t)
	s.goTo("Documents")
	s.choosePath("Documents/notes.txt")
	s.tap("Compare…")
	s.until("the comparison", func() bool { return s.says("removed (−).") })
	for _, text := range []string{"−window    1.10 × 1.35, the left one sticks", "+window    1.12 × 1.35", "lines that did not change", "Size"} {
		if !s.says(text) {
			t.Errorf("the comparison does not show %q", text)
		}
	}
	s.page.Escape()
	s.until("the file that was compared", func() bool {
		return s.says("Deleted between") && s.f.chosen() != nil && s.f.chosen().path == "Documents/notes.txt"
	})
	s.tap("Compare…")
	s.tap("Restore the older…")
	if r := s.requests[0]; r.Parts[0].Version.ID != "version-05" || r.Parts[0].Paths[0] != "Documents/notes.txt" {
		t.Errorf("got %+v", r)
	}
}

func TestComparisonOfOtherFiles(t *testing.T) {
	s := opened(t)
	s.goTo("Documents")
	s.choosePath("Documents/budget 2026.ods")
	s.tap("Compare…")
	s.until("the refusal", func() bool { return s.says("it is no text") })
	s.idle()
	s.read = func(context.Context, engine.Version, string, bool, io.Writer) error {
		return &engine.Error{Kind: engine.Offline, Err: errors.New("gone")}
	}
	s.page.Escape()
	s.until("the page again", func() bool { return s.f.detail.path == "Documents/budget 2026.ods" && s.f.detail.chosen == 0 })
	s.tap("Compare…")
	s.until("the error", func() bool { return s.says("The destination is not there.") })
	s.idle()
	s.read = func(_ context.Context, _ engine.Version, _ string, _ bool, out io.Writer) error {
		_, err := io.WriteString(out, "the same\n")
		return err
	}
	s.tap("Try again")
	s.until("the sameness", func() bool { return s.says("The text is the same in both versions.") })
}

// Twenty thousand items open without work for each on the main loop.
func TestLargeFolder(t *testing.T) {
	past := pasttest.Adas(now)
	for i := range 20_000 {
		past.Items = append(past.Items, pasttest.Item{
			Entry:  engineFile(fmt.Sprintf("Pictures/2024/IMG_%05d.jpg", i)),
			States: []pasttest.State{{From: 10, Size: int64(i), Changed: now}},
		})
	}
	s := newStage(t, past)
	s.until("the page", func() bool { return len(s.f.seen.rows) > 0 })
	shown, fill := 0, s.f.list.UpdateItem
	s.f.list.UpdateItem = func(i int, o fyne.CanvasObject) {
		shown++
		fill(i, o)
	}
	s.goTo("Pictures/2024")
	if len(s.f.seen.rows) != 20_000 || shown > 500 {
		t.Errorf("of %d items, %d were made ready to be shown", len(s.f.seen.rows), shown)
	}
}

// What comes to be known while a person reads does not move the list.
func TestLearningLeavesTheListWhereItIs(t *testing.T) {
	past := pasttest.Adas(now)
	for i := range 200 {
		past.Items = append(past.Items, pasttest.Item{Entry: engineFile(fmt.Sprintf("Pictures/%03d.jpg", i)), States: []pasttest.State{{From: 10, Changed: now}}})
	}
	s := newStage(t, past)
	s.until("the page", func() bool { return len(s.f.seen.rows) > 0 })
	s.goTo("Pictures")
	s.choosePath("Pictures/003.jpg")
	s.f.list.ScrollToOffset(3000)
	reads := 0
	s.idle()
	s.past.Before = func(_ context.Context, call, _ string) error {
		if call == "Folder" {
			reads++
		}
		return nil
	}
	s.learning = session.Learning{Learnt: now}
	s.page.Refresh()
	s.idle()
	if reads != 1 || s.f.list.GetScrollOffset() != 3000 || s.f.chosen() == nil {
		t.Errorf("after %d readings the list stands at %v, with %v chosen", reads, s.f.list.GetScrollOffset(), s.f.chosen())
	}
}

func TestOtherBackups(t *testing.T) {
	s := opened(t)
	s.tap("From: Documents and Pictures")
	s.choose("Music")
	if len(s.switched) != 1 || s.switched[0].Name != "Music" {
		t.Errorf("switched to %v", s.switched)
	}
}

func TestNamesThatAreNoText(t *testing.T) {
	past := pasttest.Adas(now)
	past.Items = append(past.Items, pasttest.Item{Entry: engineFile("bad\x01\xffname\n"), States: []pasttest.State{{From: 3, Changed: now}}})
	s := newStage(t, past)
	s.until("the page", func() bool { return s.says("bad") })
	s.each(func(o fyne.CanvasObject) {
		if x, ok := o.(*look.Text); ok && strings.ContainsAny(x.String(), "\x01\n") {
			t.Errorf("%q is shown", x.String())
		}
	})
}

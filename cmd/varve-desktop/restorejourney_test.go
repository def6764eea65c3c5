//go:build linux

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/varve-backup/varve/cmd/varve-desktop/internal/desktoptest"
)

// findDeleted: a person knows a part of a name, and finds the file, when it
// was deleted, and the words that were in it before they were spoilt.
func findDeleted(t *testing.T, binary string) {
	d := newDesk(t, binary, desktoptest.Options{Keyring: true, Tray: true})
	const wanted = "flour, butter, and the zest of two lemons\n"
	d.write("Letters/diary.txt", "of the first day\n")
	d.write("Letters/2026/kitchen/grandmother's recipe.txt", wanted)
	p := d.launch()
	d.setUp(p, "Letters", "Drive", letters)
	p.See("it is the same, byte for byte")
	d.write("Letters/2026/kitchen/grandmother's recipe.txt", "spoilt\n")
	d.backUpAgain(p, 2)
	if err := os.Remove(d.home("Letters/2026/kitchen/grandmother's recipe.txt")); err != nil {
		t.Fatal(err)
	}
	d.backUpAgain(p, 3)
	d.write("Letters/diary.txt", "of the second day\n")
	d.backUpAgain(p, 4)

	p.Click(desktoptest.Button, "Restore")
	p.See("diary.txt")
	p.Press("ctrl+f")
	p.Type("RECIPE")
	p.See("1 item found")
	p.See("Deleted · last seen")
	p.Click(desktoptest.Text, "grandmother's recipe.txt")
	p.See("2 of 2")
	p.See("Deleted between")
	p.See("spoilt")
	p.Click(desktoptest.Button, "Older version")
	p.See("flour, butter, and the zest of two lemons")
	p.Click(desktoptest.Button, "Restore this version…")
	p.See("Where shall it go?")
	target := restoredTo(d, p)
	p.Click(desktoptest.Button, "Restore now")
	p.See("came back.")
	got, err := os.ReadFile(filepath.Join(target, "2026/kitchen/grandmother's recipe.txt"))
	if err != nil || string(got) != wanted {
		t.Errorf("restored %q, %v; want %q", got, err, wanted)
	}
	// The way back leads to what was found.
	p.Click(desktoptest.Button, "Close")
	p.See("1 item found")
	p.Press("Escape")
	p.See("diary.txt")
}

// compareTexts: what was written between two versions, and the older one put
// back where it was, beside the newer one.
func compareTexts(t *testing.T, binary string) {
	d := newDesk(t, binary, desktoptest.Options{Tray: true})
	older := "one\ntwo\nthree\n" + strings.Repeat("and on\n", 20)
	d.write("Letters/list.txt", older)
	p := d.launch()
	d.setUp(p, "Letters", "Drive", "")
	p.See("it is the same, byte for byte")
	p.Click(desktoptest.Button, "Activity")
	p.See("Read back, and whole") // the overview lies still from here on
	d.write("Letters/list.txt", strings.Replace(older, "two", "a different two", 1)+"the end\n")
	d.backUpAgain(p, 2)

	p.Click(desktoptest.Button, "Restore")
	p.Click(desktoptest.Text, "list.txt")
	p.Click(desktoptest.Button, "Compare…")
	p.See("2 lines added (+), 1 removed (−).")
	p.See("+a different two")
	p.See("−two")
	p.See("+the end")
	p.See("lines that did not change")
	p.Click(desktoptest.Button, "Restore the older…")
	p.Click(desktoptest.Text, "Where it came from")
	p.Click(desktoptest.Button, "Restore now")
	p.See("came back.")
	beside, err := filepath.Glob(d.home("Letters/list*"))
	if err != nil || len(beside) != 2 {
		t.Fatalf("beside each other are %q, %v; want both versions", beside, err)
	}
	for _, path := range beside {
		got, err := os.ReadFile(path)
		if err != nil || (filepath.Base(path) != "list.txt") != (string(got) == older) {
			t.Errorf("%s holds %q, %v", path, got, err)
		}
	}
}

// overview shows the overview once what was stored first is proved: until then
// the cards grow and shrink, and with them their buttons move.
func (d *desk) overview(p *desktoptest.Program) {
	d.t.Helper()
	p.Click(desktoptest.Button, "Overview")
	p.See("Proved:")
}

// backUpAgain makes one more version; n is how many there are then.
func (d *desk) backUpAgain(p *desktoptest.Program, n int) {
	d.t.Helper()
	if n == 2 { // the first run is read back after it, and moves the button then
		p.Click(desktoptest.Button, "Activity")
		p.See("Read back, and whole")
	}
	d.overview(p)
	p.Click(desktoptest.Button, "Back up now")
	p.Click(desktoptest.Button, "Activity")
	seeRuns(d, p, n)
}

// restoreOldDiary brings the diary back from the older of two versions.
func (d *desk) restoreOldDiary(p *desktoptest.Program) {
	d.t.Helper()
	d.overview(p)
	p.Click(desktoptest.Button, "Restore files")
	p.See("Changed just now · 2 versions") // what was learnt last has moved the rows
	p.Click(desktoptest.Text, "diary.txt")
	p.See("the newer words")
	p.Click(desktoptest.Button, "Older version")
	p.See("the older words")
	p.See("16 B")
	p.Click(desktoptest.Button, "Restore this version…")
	p.See("Into a new folder")
	target := restoredTo(d, p)
	p.Click(desktoptest.Button, "Restore now")
	p.See("came back.")
	p.Click(desktoptest.Button, "Close")
	p.Gone("came back.")
	got, err := os.ReadFile(filepath.Join(target, "diary.txt"))
	if err != nil || string(got) != "the older words\n" {
		d.t.Errorf("restored %q, %v; want the older words", got, err)
	}
	if now, err := os.ReadFile(d.home("Letters/diary.txt")); err != nil || !strings.HasPrefix(string(now), "the newer words") {
		d.t.Errorf("the file itself is now %q, %v", now, err)
	}
}

func (d *desk) restoreFilms(p *desktoptest.Program) {
	d.t.Helper()
	d.overview(p)
	p.Click(desktoptest.Button, "Restore files")
	d.tick(p, "one")
	d.tick(p, "two")
	p.Click(desktoptest.Button, "Restore 2 items…")
	p.See("Into a new folder")
	target := restoredTo(d, p)
	p.Click(desktoptest.Button, "Restore now")
	p.SeeWithin(time.Minute, "came back.")
	p.Click(desktoptest.Button, "Close")
	sameTree(d.t, d.home("Films"), target)
}

// tick clicks the box in the row of a name.
func (d *desk) tick(p *desktoptest.Program, name string) {
	d.t.Helper()
	p.ClickOn("the box of "+name, func(items []desktoptest.Item) (desktoptest.Item, bool) {
		for _, row := range items {
			if row.Kind != desktoptest.Text || row.Text != name {
				continue
			}
			for _, box := range items {
				if box.Kind == desktoptest.Check && box.Y < row.Y+row.H && row.Y < box.Y+box.H {
					return box, true
				}
			}
		}
		return desktoptest.Item{}, false
	})
}

// restoredTo reads the new folder that the window proposes.
func restoredTo(d *desk, p *desktoptest.Program) string {
	d.t.Helper()
	entries := p.All(func(i desktoptest.Item) bool {
		return i.Kind == desktoptest.Entry && strings.HasPrefix(i.Text, d.home("Restored"))
	})
	if len(entries) != 1 {
		d.t.Fatalf("%d folders are proposed", len(entries))
	}
	return entries[0].Text
}

package ui

import (
	"os"
	"testing"
	"time"
)

// A file is restored over the newer one by clicks, and undone by clicks.
func TestRestoreInPlaceIsUndone(t *testing.T) {
	d := newDesk(t, "light")
	d.job(func() {}, func() { d.write("home/Documents/notes.txt", "second, and longer") })
	path := d.path("home/Documents/notes.txt")
	at := time.Unix(1_700_000_000, 123_456_789)
	d.write("home/Documents/notes.txt", "not backed up yet")
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
	d.u.Show(Restore)
	d.item("Documents")
	d.tickItem("notes.txt")
	d.tap("Restore 1 item…")
	d.radio(toInPlace)
	d.radio("Replace what is there")
	d.tap("Restore now")
	d.q.until(t, "the offer", func() bool { return d.says("This can be undone") })
	if got, err := os.ReadFile(path); string(got) != "second, and longer" || err != nil {
		t.Fatalf("got %q, %v", got, err)
	}
	d.u.Show(Activity)
	d.q.until(t, "the list", func() bool { return d.says("Restores that can be undone") })
	d.tap("Undo…")
	d.q.until(t, "the question", func() bool { return d.says("1 item is put back as it was.") })
	d.tap("Undo the restore")
	d.q.until(t, "the end", func() bool { return d.says("1 item is back as it was.") })
	info, err := os.Stat(path)
	if got, _ := os.ReadFile(path); string(got) != "not backed up yet" || err != nil || !info.ModTime().Equal(at) {
		t.Errorf("got %q of %v, %v", got, info.ModTime(), err)
	}
	d.tap("Close")
	d.q.until(t, "the end of the list", func() bool { return d.says("Past runs") && !d.says("Restores that can be undone") })
}

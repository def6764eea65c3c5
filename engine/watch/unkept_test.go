package watch

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func at(s int) time.Time { return time.Unix(1_700_000_000+int64(s), 0) }

func TestWhatIsNotKept(t *testing.T) {
	c := newCounter(at(0))
	c.file("old", at(-5), false)
	c.file("letter", at(10), false)
	c.file("letter", at(40), false)
	c.file("thesis", at(20), false)
	c.file("letter.tmp", at(30), true)
	c.gone("letter.tmp", at(31)) // never was to be kept
	c.gone("photo", at(35))      // was
	c.folder(at(35))
	if u := c.unkept(); u != (Unkept{Files: 3, Since: at(10)}) {
		t.Errorf("before a run: %+v", u)
	}
	c.keep(at(25))
	if u := c.unkept(); u != (Unkept{Files: 2, Since: at(25)}) { // the letter may have changed at once
		t.Errorf("after a run: %+v", u)
	}
	c.keep(at(15)) // one that is older
	c.keep(at(50))
	if u := c.unkept(); u != (Unkept{}) {
		t.Errorf("when all is kept: %+v", u)
	}
}

func TestCountingIsBounded(t *testing.T) {
	c := newCounter(at(0))
	for i := range mostCounted + 10 {
		c.file(fmt.Sprint(i), at(i+1), false)
	}
	if u := c.unkept(); u.Files != mostCounted || !u.More || !u.Since.Equal(at(1)) {
		t.Errorf("got %+v", u)
	}
	c.keep(at(mostCounted))
	if u := c.unkept(); u.Files != 0 || !u.More || !u.Since.Equal(at(mostCounted+1)) {
		t.Errorf("what was not counted is still not kept: %+v", u)
	}
	c.keep(at(mostCounted + 10))
	if u := c.unkept(); u != (Unkept{}) {
		t.Errorf("when all is kept: %+v", u)
	}
}

func TestChangedFilesAreCounted(t *testing.T) {
	onlyLinux(t)
	w := newWorld(t, "a/b")
	w.write("before")
	w.start(Config{Since: time.Now().Add(time.Hour), Kept: time.Unix(1, 0)})
	if s := w.watch.State(); s.Unkept.Files != 1 || changedAt(s) {
		t.Errorf("what a run took that made no version: %+v", s)
	}
	w.watch.Kept(time.Now())
	if u := w.watch.State().Unkept; u != (Unkept{}) {
		t.Errorf("after a version: %+v", u)
	}
	w.write("before")
	w.write("a/b/new")
	w.await(func(s State) bool { return s.Unkept.Files == 2 })
	if err := os.Remove(filepath.Join(w.root, "a/b/new")); err != nil {
		t.Fatal(err)
	}
	w.await(func(s State) bool { return s.Unkept.Files == 1 })
}

package watch

import (
	"hash/maphash"
	"time"
)

// Unkept is what changed since the newest version, and is in none.
type Unkept struct {
	// Files is how many files are not as they are kept, or gone. With More there
	// are others, which were not counted.
	Files int
	More  bool
	// Since is when the oldest of the changes was made, zero without one.
	Since time.Time
}

// mostCounted bounds how many files are told from each other: 10 000 need less
// than a megabyte.
const mostCounted = 10_000

// counter tells changed files from each other. Names are kept as hashes: two
// files that have the same one count once, which happens to nobody.
type counter struct {
	seed  maphash.Seed
	files map[uint64]span
	kept  time.Time // what changed before is in a version
	// uncounted is when the last file changed that had no room.
	uncounted time.Time
	// other are changes that are of no file: something is gone from a folder.
	other span
}

// span is from the oldest change that is not kept to the newest.
type span struct {
	first, last time.Time
	// made tells that the file was not there before.
	made bool
}

func newCounter(kept time.Time) counter {
	return counter{seed: maphash.MakeSeed(), files: map[uint64]span{}, kept: kept}
}

// stretch makes a span hold a moment.
func (s span) stretch(at time.Time) span {
	if s.first.IsZero() || at.Before(s.first) {
		s.first = at
	}
	if at.After(s.last) {
		s.last = at
	}
	return s
}

// folder notes that a folder changed.
func (c *counter) folder(at time.Time) {
	if at.After(c.kept) {
		c.other = c.other.stretch(at)
	}
}

// file notes that a file changed. made tells that it came to be.
func (c *counter) file(path string, at time.Time, made bool) {
	if !at.After(c.kept) {
		return
	}
	h := maphash.String(c.seed, path)
	s, known := c.files[h]
	switch {
	case !known && len(c.files) >= mostCounted:
		if at.After(c.uncounted) {
			c.uncounted = at
		}
		c.other = c.other.stretch(at)
		return
	case !known:
		s.made = made
	}
	c.files[h] = s.stretch(at)
}

// gone notes that a file is there no more. One that came and went between two
// versions was never to be kept: programs write that way when they save.
func (c *counter) gone(path string, at time.Time) {
	h := maphash.String(c.seed, path)
	if s, known := c.files[h]; known && s.made {
		delete(c.files, h)
		return
	}
	c.file(path, at, false)
}

// keep tells that what changed before a moment is in a version.
func (c *counter) keep(started time.Time) {
	if !started.After(c.kept) {
		return
	}
	c.kept = started
	for h, s := range c.files {
		if s = s.after(started); s.last.IsZero() {
			delete(c.files, h)
		} else {
			c.files[h] = s
		}
	}
	c.other = c.other.after(started)
	if !c.uncounted.After(started) {
		c.uncounted = time.Time{}
	}
}

// after is what of a span lies after a moment. Of a file that changed before and
// after it, nobody knows when it first did after it: at once, at worst.
func (s span) after(t time.Time) span {
	switch {
	case !s.last.After(t):
		return span{}
	case s.first.Before(t):
		s.first = t
	}
	s.made = false
	return s
}

func (c *counter) unkept() Unkept {
	u := Unkept{Files: len(c.files), More: !c.uncounted.IsZero(), Since: c.other.first}
	for _, s := range c.files {
		if u.Since.IsZero() || s.first.Before(u.Since) {
			u.Since = s.first
		}
	}
	return u
}

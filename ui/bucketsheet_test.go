package ui

import (
	"errors"
	"testing"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/destination"
	"github.com/varve-backup/varve/ui/look"
)

// aStore is a service whose buckets are made, and whose folders are there by
// what lies in them.
func aStore(changes ...func(*fake)) func() *fake {
	return func() *fake {
		f := &fake{}
		f.ways = []string{"pictures", "pictures/laptop", "music"}
		f.waysMade = func(folder string) engine.Making {
			if folder == "" {
				return engine.MadeEmpty
			}
			return engine.MadeByContent
		}
		for _, change := range changes {
			change(f)
		}
		return f
	}
}

// toBuckets opens the sheet of the form of a bucket, which names none yet.
func (s *stage) toBuckets() {
	s.t.Helper()
	s.toS3()
	s.titled("Bucket").(*look.Field).SetText("")
	s.titled("Folder in the bucket").(*look.Field).SetText("")
	s.tap("Browse…")
	s.settle()
}

func notShown() error {
	return &engine.Error{Op: "listing folders at the destination", Kind: engine.NoPermission, Err: errors.New(`listing the folder "": the destination refused access`)}
}

func notEncrypted() error {
	return &engine.Error{Op: "testing the destination", Kind: engine.NotTheServer, Err: destination.ErrPlain}
}

// bucketSheetScenes are the states of the sheet that buckets have of their own.
var bucketSheetScenes = []scene{
	{"wizard-buckets", aStore(), (*stage).toBuckets},
	{"wizard-buckets-new-folder", aStore(), func(s *stage) {
		s.toBuckets()
		s.item("music")
		s.tap("New folder…")
		s.entry("Name of the new folder").SetText("tower")
		s.tap("Make")
	}},
	{"wizard-s3-plain", func() *fake { return &fake{testing: failed(notEncrypted())} }, func(s *stage) {
		s.toS3()
		s.tap("Test")
	}},
	{"wizard-buckets-refused", aStore(func(f *fake) { f.waysRead = failed(notShown()) }), (*stage).toBuckets},
}

// inForm is what the form says of bucket and folder.
func (s *stage) inForm() [2]string {
	return [2]string{s.titled("Bucket").(*look.Field).Text, s.titled("Folder in the bucket").(*look.Field).Text}
}

// A look begins with the buckets, of which one has to be chosen; with the login
// that was typed.
func TestChooseABucket(t *testing.T) {
	s := newStage(t, "light", aStore()())
	s.toBuckets()
	if !s.button("Choose").Disabled() || s.says("cannot stand in an address") || s.button("Top of the server") != nil {
		t.Error("no bucket can be chosen, or another place to begin at is offered")
	}
	s.item("pictures")
	s.item("laptop")
	s.tap("Choose")
	if got := s.inForm(); got != [2]string{"pictures", "laptop"} {
		t.Errorf("the form says %q", got)
	}
	s.tap("Browse…")
	s.tap("pictures")
	s.tap("Choose")
	if got := s.inForm(); got != [2]string{"pictures", ""} || len(s.f.waysAsked) != 2 {
		t.Errorf("the form says %q after %d connections", got, len(s.f.waysAsked))
	}
}

// A bucket is made; a folder in it is only named, and that is said.
func TestNewFolderInABucket(t *testing.T) {
	s := newStage(t, "light", aStore()())
	s.toBuckets()
	name := func(text string) {
		s.tap("New folder…")
		s.entry("Name of the new folder").SetText(text)
		s.tap("Make")
	}
	name("sea")
	if got := s.f.ways[len(s.f.ways)-1]; got != "sea" {
		t.Errorf("made was %q", got)
	}
	s.f.wayMade = failed(errors.New("there is nothing to make"))
	name("tower")
	if !s.says("the first backup makes it.") {
		t.Error("it is not said that the folder is not there yet")
	}
	s.tap("Choose")
	if got := s.inForm(); got != [2]string{"sea", "tower"} {
		t.Errorf("the form says %q", got)
	}
}

// Who may not see the buckets types the name of one, and looks into that.
func TestBucketsThatAreNotShown(t *testing.T) {
	s := newStage(t, "light", aStore(func(f *fake) { f.waysRead = failed(notShown()) })())
	s.toBuckets()
	if !s.says("Type the name into the form.") {
		t.Error("it is not said what helps")
	}
	s.tap("Back to the form")
	s.f.waysRead = nil
	s.titled("Bucket").(*look.Field).SetText("pictures")
	s.tap("Browse…")
	if !s.says("laptop") {
		t.Error("a bucket that was typed is not looked into")
	}
}

// Shares are not made here.
func TestSharesAreMadeElsewhere(t *testing.T) {
	s := newStage(t, "light", aStore(func(f *fake) { f.waysMade = func(string) engine.Making { return engine.MadeElsewhere }; f.ways = nil })())
	s.toBuckets()
	if s.button("New folder…") != nil || !s.says("The server shows none.") {
		t.Error("a share can be made, or it is not said that none is there")
	}
}

package repository

import "context"

// Problem classifies why one item needs a person's attention. Each makes a
// run end with warnings.
type Problem uint8

// The problems of single items.
const (
	Unreadable    Problem = iota + 1 // could not be read; an older version of it is kept as it is
	Vanished                         // gone between listing and reading
	ChangedInRead                    // changed while it was read; stored as it was read
	NotStorable                      // the format or this program cannot hold it
	NotRestored                      // could not be written, or its data is damaged
	Differs                          // verify: not equal to the folder
	Inexact                          // restored, but an attribute could not be set
)

// Change is what happened to an item since the version before.
type Change uint8

// The changes.
const (
	Added Change = iota + 1
	Modified
	Deleted
)

// Observer is told what a long call does, and can hold it up. Every function
// is set; Ignore makes one that does nothing. Calls may come from several
// goroutines.
type Observer struct {
	// Wait is called between items and pieces of data; it returns an error
	// when the call shall end, and may block for a pause.
	Wait func(ctx context.Context) error
	// Item names what is handled now.
	Item func(path string)
	// Handled counts regular files and bytes of content as they are done.
	Handled func(files, bytes int64)
	// Transferred counts bytes that went to or came from the destination.
	Transferred func(bytes int64)
	// Problem reports an item that needs attention.
	Problem func(path string, kind Problem, err error)
	// Changed reports an item of a backup that is new, changed or deleted.
	Changed func(path string, change Change)
	// Socket reports a socket, which is never stored.
	Socket func(path string)
	// Notice says something about the archive in a sentence.
	Notice func(sentence string)
	// Resumed reports that an interrupted run is continued after n volumes.
	Resumed func(volumes int)
	// FullInstead reports, in a sentence, why a full version is made.
	FullInstead func(sentence string)
	// Finishing reports that only signatures and manifest, or folder
	// attributes, are left to write.
	Finishing func()
}

// Ignore returns an Observer that only ends with its context.
func Ignore() Observer {
	return Observer{
		Wait:        func(ctx context.Context) error { return ctx.Err() },
		Item:        func(string) {},
		Handled:     func(int64, int64) {},
		Transferred: func(int64) {},
		Problem:     func(string, Problem, error) {},
		Changed:     func(string, Change) {},
		Socket:      func(string) {},
		Notice:      func(string) {},
		Resumed:     func(int) {},
		FullInstead: func(string) {},
		Finishing:   func() {},
	}
}

// Package frame is what a page and the window around it agree on: the page is
// a Page, and the window is asked for things as a Window.
package frame

import (
	"context"
	"time"

	"fyne.io/fyne/v2"
)

// Page is a page being shown. Everything but Content may be nil.
type Page struct {
	Content fyne.CanvasObject
	Refresh func()         // after a change of the session
	Leave   func()         // when another page comes
	Enter   func()         // for the key of that name
	Escape  func()         // for the key of that name
	Find    func()         // for Ctrl+F
	First   fyne.Focusable // has the keyboard at first
	// Light: nothing is lost when the page goes, since its name brings it again.
	Light bool
	// Unsaved says in a sentence what would be lost if another page came, ""
	// for nothing. The window then asks first.
	Unsaved func() string
}

// Window is what a page asks of the window around it. Its methods are called
// on the main loop.
type Window interface {
	// Open shows a page in place of the one that is shown.
	Open(p Page)
	// Work does something slow beside the main loop, and then shows its result
	// on it, unless it was cancelled meanwhile.
	Work(do func(ctx context.Context) error, then func(error)) (cancel context.CancelFunc)
	// Ask lays a question over the page: body scrolls by itself where there is
	// little room, and foot stays in sight. Of keys, First, Enter and Escape count.
	Ask(title string, body, foot fyne.CanvasObject, keys Page) (hide func())
	// Fail says what went wrong.
	Fail(err error)
	Focus(o fyne.Focusable)
	Now() time.Time
}

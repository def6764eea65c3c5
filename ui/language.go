package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"github.com/varve-backup/varve/ui/settingspage"
)

// lay puts the sidebar and the page into the window.
func (u *UI) lay() {
	u.side = u.newSidebar()
	u.side.tell(u.told)
	u.window.SetContent(container.New(&shell{u.side, u.questions, u.fitQuestions}, u.side.content, u.frame))
}

// respeak shows the window in another language, with the settings where they
// are.
func (u *UI) respeak() {
	u.relay()
	u.openSettings(settingspage.Language, "")
}

// relay makes the sidebar anew, and forgets the pages that wait behind it.
func (u *UI) relay() {
	u.sayInToolkit()
	u.side.end()
	u.lay()
	if u.Spoken != nil {
		u.Spoken()
	}
	u.finder = nil // its page is in the language of before
}

// sayInToolkit teaches the toolkit. One that does not learn says less in this
// language, and nothing else is wrong.
func (u *UI) sayInToolkit() {
	if err := teachToolkit(); err != nil {
		fyne.LogError("the toolkit's own texts stay as they are", err)
	}
}

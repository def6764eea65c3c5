package ui

import (
	"strings"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
)

// folderNaming asks for the name of a new folder, below the rows of a sheet.
type folderNaming struct {
	sheet   *folderSheet
	button  *look.Button // unfolds it
	content *fyne.Container
	field   *look.Field
	make    *look.Button
	note    *look.Text
}

func newFolderNaming(s *folderSheet) *folderNaming {
	n := &folderNaming{sheet: s, field: look.NewField(lang.T("Name of the new folder")), note: look.Note("")}
	n.button = look.NewButton(lang.T("New folder…"), n.unfold)
	n.make = look.NewButton(lang.T("Make"), n.submit)
	n.field.OnChanged = func(string) { n.check() }
	n.field.OnSubmitted = func(string) { n.submit() }
	n.note.Colour(look.Clay)
	n.content = look.Stacked(4, look.Row(look.Within, 0, n.field, n.make), n.note)
	n.content.Hide()
	return n
}

// unfold shows the field, with the keyboard in it.
func (n *folderNaming) unfold() {
	n.field.SetText("")
	n.check()
	n.content.Show()
	n.sheet.refresh()
	n.sheet.ui.Focus(n.field)
}

func (n *folderNaming) fold() {
	n.content.Hide()
	n.sheet.refresh()
}

// submit makes the folder.
func (n *folderNaming) submit() {
	if !n.make.Disabled() {
		n.sheet.makeNew(n.field.Text)
	}
}

// check says at once what no name can be.
func (n *folderNaming) check() {
	name := n.field.Text
	_, fits := n.sheet.form.form.Write(n.sheet.below(name))
	wrong := ""
	switch {
	case name == "":
	case name == "." || name == ".." || strings.Contains(name, "/"):
		wrong = lang.T("Only the name of one folder, without a slash.")
	case !fits:
		wrong = lang.T("A name has no spaces at its ends, and is not “~”.")
	}
	n.make.Enabled(name != "" && wrong == "")
	n.say(wrong)
}

// refuse says that the server did not make it.
func (n *folderNaming) refuse(name string, why engine.ErrorKind) {
	n.unfold()
	n.field.SetText(name)
	if why == engine.NoPermission {
		n.say(lang.T("This account may not make folders here. Nothing was changed."))
		return
	}
	n.say(lang.T("The server does not take this name, or there is a file of that name. Nothing was changed."))
}

func (n *folderNaming) say(text string) {
	n.note.Set(text)
	look.Visible(n.note, text != "")
	n.sheet.refresh()
}

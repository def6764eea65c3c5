package ui

import (
	"context"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/frame"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/places"
	"github.com/varve-backup/varve/ui/rulesform"
	"github.com/varve-backup/varve/ui/session"
)

// Sources are what backups keep.
type Sources interface {
	rulesform.Backend
	SetSources(ctx context.Context, job int64, folders []string, rules []settings.Rule) error
}

// sourcesView changes what a job keeps.
type sourcesView struct {
	ui      *UI
	job     settings.Job
	forms   *sourcesForm
	folders []string // as they are saved
	rules   []settings.Rule
	body    *fyne.Container
	tabs    [2]*look.Button
	state   *look.Text
	save    *look.Button
	saving  bool
}

// openSources shows the page of a job.
func (u *UI) openSources(j settings.Job) {
	v := &sourcesView{ui: u, job: j, body: container.NewStack(), state: look.Note("")}
	v.save = look.Primary(lang.T("Save"), v.keep)
	v.forms = u.newSourcesForm(v.validate, v.validate)
	v.forms.set(j.Folders, j.Rules)
	v.forms.pass()
	v.folders, v.rules = v.forms.chosen(), v.forms.rules.Rules()
	v.tabs[0] = look.NewButton(lang.T("Folders"), func() { v.show(0) })
	v.tabs[1] = look.NewButton(lang.T("Rules"), func() { v.show(1) })
	back := look.NewButton(lang.T("Back"), v.back)
	foot := look.Stacked(look.InCard, look.Separator(), look.Row(look.InCard, 1, back, v.state, v.save))
	title := look.Stacked(4, look.Heading(lang.T("What is kept")), look.Hint(lang.T("%s to %s", j.Name, places.Name(session.Path(j.Destination)))))
	heading := look.Stacked(look.Between, title, look.Row(0, 1, look.Beside(look.Within, v.tabs[0], v.tabs[1]), look.Gap(1)))
	u.current = ""
	u.Open(frame.Page{Content: look.Framed(heading, look.Footed(v.body, foot)), Leave: v.forms.end, Escape: v.back, First: v.forms.folders.First(), Unsaved: v.unsaved})
	v.show(0)
	v.validate()
}

// show shows one of the two forms.
func (v *sourcesView) show(tab int) {
	content := v.forms.folders.Content()
	if tab == 1 {
		v.forms.pass()
		v.forms.rules.Count()
		content = v.forms.rules.Content()
	}
	for i, b := range v.tabs {
		b.Importance = widget.LowImportance
		if i == tab {
			b.Importance = widget.MediumImportance
		}
		b.Refresh()
	}
	v.body.Objects = []fyne.CanvasObject{container.NewVScroll(container.New(layout.NewCustomPaddedLayout(4, look.InCard, 0, look.InCard), content))}
	v.body.Refresh()
}

func (v *sourcesView) back() { v.ui.Show(Overview) }

// differs tells that something else is chosen than what is saved.
func (v *sourcesView) differs() bool {
	v.forms.pass()
	return !slices.Equal(v.forms.chosen(), v.folders) || !slices.Equal(v.forms.rules.Rules(), v.rules)
}

// validate allows saving what differs and can be used.
func (v *sourcesView) validate() {
	if v.forms == nil || v.save == nil {
		return // it is being filled
	}
	folders := v.forms.chosen()
	differs := v.differs()
	v.save.Enabled(differs && len(folders) > 0 && v.forms.rules.Right() && !v.saving)
	said := ""
	switch {
	case len(folders) == 0:
		said = lang.T("No folder is ticked.")
	case !v.forms.rules.Right():
		said = lang.T("A pattern under Rules cannot be used.")
	case differs:
		said = lang.T("Versions that are stored stay as they are. The next one is made with what is chosen here.")
	}
	v.state.Set(said)
}

func (v *sourcesView) unsaved() string {
	if !v.saving && v.differs() {
		return lang.T("What is kept was changed here, and not saved.")
	}
	return ""
}

// keep saves the choice.
func (v *sourcesView) keep() {
	if v.save.Disabled() {
		return
	}
	v.saving = true
	v.forms.pass()
	u, id, folders, rules := v.ui, v.job.ID, v.forms.chosen(), v.forms.rules.Rules()
	v.validate()
	u.Work(func(ctx context.Context) error { return u.Session.SetSources(ctx, id, folders, rules) }, func(err error) {
		if err != nil {
			v.saving = false
			v.validate()
			u.Fail(err)
			return
		}
		v.back()
	})
}

// Package ui is the window: a sidebar and one page at a time. New makes it; it
// shows what a session knows and asks it to do things.
package ui

import (
	"context"
	"errors"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
)

// Config is what the window needs.
type Config struct {
	App     fyne.App
	Session *session.Session
	// Context ends with the program.
	Context context.Context //nolint:containedctx // handed over once, to the calls of clicks
	// Do runs a function on the main loop; nil means fyne.Do.
	Do  func(func())
	Now func() time.Time
}

// UI is the window and what it shows.
type UI struct {
	Config
	window  fyne.Window
	frame   *fyne.Container
	nav     *fyne.Container
	foot    *widget.RichText
	current string
	refresh func() // of the page that is shown; may be nil
	leave   func() // ends what the page keeps open; may be nil
	working sync.WaitGroup
	notice  *widget.RichText
	browser *browser // the backup that was opened last, nil for none
}

// The pages.
const (
	Overview = "Overview"
	Restore  = "Restore"
	Activity = "Activity"
	Settings = "Settings"
)

// New makes the window; Show shows it.
func New(c Config) *UI {
	if c.Do == nil {
		c.Do = fyne.Do
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	u := &UI{Config: c}
	u.applyTheme()
	u.window = c.App.NewWindow("Varve")
	u.window.Resize(fyne.NewSize(1080, 720))
	u.build()
	u.Show(Overview)
	c.Session.Listen(func() { u.Do(u.update) })
	return u
}

// Window is the window itself.
func (u *UI) Window() fyne.Window { return u.window }

// applyTheme takes the person's choice of light and dark.
func (u *UI) applyTheme() {
	variant, err := u.Session.Preference(u.Context, "theme")
	if err != nil {
		variant = "" // the system's is always right
	}
	u.App.Settings().SetTheme(&look.Theme{Variant: variant})
}

func (u *UI) build() {
	u.nav = container.NewVBox()
	u.foot = look.Text("", look.Quiet, look.Small, false)
	u.notice = look.Text("", look.Quiet, look.Small, false)
	u.notice.Hide()
	side := container.NewStack(look.NewBack(theme.ColorNameHeaderBackground, "", 0),
		look.Inset(12, container.NewBorder(container.NewVBox(look.Text("Varve", look.Lake, look.Large, true), look.Gap(8), u.nav), container.NewVBox(u.notice, u.foot), nil, nil)))
	u.frame = container.NewStack()
	u.window.SetPadded(false)
	u.window.SetContent(container.NewBorder(nil, nil, look.Wide(190, side), nil, u.frame))
}

// buildNav marks the page that is shown.
func (u *UI) buildNav() {
	icons := map[string]fyne.Resource{
		Overview: theme.HomeIcon(), Restore: theme.HistoryIcon(), Activity: theme.MediaPlayIcon(), Settings: theme.SettingsIcon(),
	}
	u.nav.Objects = nil
	for _, name := range []string{Overview, Restore, Activity, Settings} {
		b := widget.NewButtonWithIcon(name, icons[name], func() { u.Show(name) })
		b.Alignment = widget.ButtonAlignLeading
		b.Importance = widget.LowImportance
		if name == u.current {
			b.Importance = widget.MediumImportance
		}
		u.nav.Add(b)
	}
	u.nav.Refresh()
}

// Show shows a page.
func (u *UI) Show(page string) {
	u.current = page
	switch page {
	case Restore:
		u.open(u.restorePage())
	case Activity:
		u.open(u.activityPage())
	case Settings:
		u.open(u.settingsPage())
	default:
		u.open(u.overviewPage())
	}
}

// page is a page being shown.
type page struct {
	content fyne.CanvasObject
	refresh func() // after a change of the session
	leave   func() // when another page comes
}

func (u *UI) open(p page) {
	if u.leave != nil {
		u.leave()
	}
	u.refresh, u.leave = p.refresh, p.leave
	u.frame.Objects = []fyne.CanvasObject{p.content}
	u.frame.Refresh()
	u.buildNav()
	u.update()
}

// update brings what is shown up to date.
func (u *UI) update() {
	jobs, err := u.Session.Jobs(u.Context)
	if err != nil {
		u.fail(err)
		return
	}
	foot := ""
	for _, j := range jobs {
		if j.Progress != nil {
			foot = "Backing up " + j.Name
		}
	}
	look.SetText(u.foot, foot)
	if u.refresh != nil {
		u.refresh()
	}
}

// Tell shows a lasting sentence at the foot of the sidebar, "" none.
func (u *UI) Tell(sentence string) {
	look.SetText(u.notice, sentence)
	if sentence == "" {
		u.notice.Hide()
	} else {
		u.notice.Show()
	}
}

// work does something slow beside the main loop, and then shows its result on
// it, unless the page was left meanwhile.
func (u *UI) work(do func(ctx context.Context) error, then func(error)) (cancel context.CancelFunc) {
	ctx, cancel := context.WithCancel(u.Context)
	u.working.Go(func() {
		err := do(ctx)
		if ctx.Err() == nil {
			u.Do(func() { then(err) })
		}
	})
	return cancel
}

// Wait waits for what still works in the background.
func (u *UI) Wait() { u.working.Wait() }

// fail says what went wrong, with the technical text one click away.
func (u *UI) fail(err error) {
	x := session.Explain(err)
	details := widget.NewAccordion(widget.NewAccordionItem("Technical details", look.Hint(x.Technical)))
	dialog.ShowCustom("This did not work", "Close", look.Wide(480, container.NewVBox(look.Say(x.Sentence), details)), u.window)
}

// AskPassphrase asks in the window, and waits. It is called from any
// goroutine but the main one.
func (u *UI) AskPassphrase(ctx context.Context, url string) (string, error) {
	answer := make(chan string, 1)
	u.Do(func() {
		u.window.Show()
		entry := widget.NewPasswordEntry()
		entry.SetPlaceHolder("Passphrase")
		d := dialog.NewForm("Passphrase needed", "Continue", "Not now", []*widget.FormItem{
			widget.NewFormItem("", look.Wide(360, look.Say("The backup in "+session.Path(url)+" is protected by a passphrase."))),
			widget.NewFormItem("", entry),
		}, func(ok bool) {
			if !ok {
				entry.Text = ""
			}
			answer <- entry.Text
		}, u.window)
		d.Show()
		u.window.Canvas().Focus(entry)
	})
	select {
	case a := <-answer:
		if a == "" {
			return "", errors.New("no passphrase was given")
		}
		return a, nil
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

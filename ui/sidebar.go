package ui

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"github.com/varve-backup/varve/assets"
	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// sidebar leads to the pages, and shows at its foot what runs now.
type sidebar struct {
	ui      *UI
	content fyne.CanvasObject
	brand   *look.Text
	buttons map[string]*look.Button
	notice  *look.Text
	foot    *fyne.Container
	running *look.Text
	bar     *look.Bar
	pausing *pausing
	stop    context.CancelFunc // ends the sampling of what runs; nil when nothing does
	narrow  bool
}

const (
	wideSide, narrowSide = 208, 60
	// narrowBelow is the width of the window under which the sidebar shows
	// icons only.
	narrowBelow = 900
)

var navigation = []struct {
	name  string
	title string
	icon  look.Icon
}{
	{Overview, lang.Mark("Overview"), look.IconOverview},
	{Restore, lang.Mark("Restore"), look.IconRestore},
	{Activity, lang.Mark("Activity"), look.IconActivity},
	{Settings, lang.Mark("Settings"), look.IconSettings},
}

func (u *UI) newSidebar() *sidebar {
	s := &sidebar{ui: u, buttons: map[string]*look.Button{}, brand: look.Subheading("Varve"), notice: look.Note(""), running: look.SmallSay(""), bar: look.NewBar(4), pausing: u.newPausing()}
	nav := look.Stacked(4)
	for _, n := range navigation {
		b := look.Plain(lang.T(n.title), n.icon, func() { u.Show(n.name) })
		b.Alignment = widget.ButtonAlignLeading
		s.buttons[n.name] = b
		nav.Add(b)
	}
	s.notice.Hide()
	s.foot = look.Stacked(6, s.running, s.bar)
	s.foot.Hide()
	head := look.Stacked(20, look.InsetXY(6, 0, look.Row(look.Within, 1, look.Logo(assets.Icon, 26), s.brand)), nav)
	foot := look.Stacked(look.Between, look.InsetXY(6, 0, s.notice), s.pausing.button, look.InsetXY(6, 0, s.foot))
	s.content = container.NewStack(look.NewBack(look.Side, "", 0),
		container.New(layout.NewCustomPaddedLayout(20, look.InCard, 0, 0), container.New(sideEdges{}, look.Footed(head, foot))))
	return s
}

// sideEdges leaves room at both sides: less where large icons need it.
type sideEdges struct{}

// MinSize implements fyne.Layout.
func (sideEdges) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return objects[0].MinSize().AddWidthHeight(look.Within, 0)
}

// Layout implements fyne.Layout.
func (sideEdges) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	width := max(size.Width-2*look.Between, objects[0].MinSize().Width)
	objects[0].Move(fyne.NewPos((size.Width-width)/2, 0))
	objects[0].Resize(fyne.NewSize(width, size.Height))
}

// mark shows which page is open.
func (s *sidebar) mark(current string) {
	for _, n := range navigation {
		b := s.buttons[n.name]
		b.Importance, b.Icon = widget.LowImportance, n.icon.In(look.Quiet)
		if n.name == current {
			b.Importance, b.Icon = widget.MediumImportance, n.icon.In(look.Lake)
		}
		b.Refresh()
	}
}

// tell shows a lasting sentence, "" none.
func (s *sidebar) tell(sentence string) {
	s.notice.Set(sentence)
	s.showParts()
}

// follow shows what runs now.
func (s *sidebar) follow(jobs []session.JobState) {
	var running []session.JobState
	for _, j := range jobs {
		if j.Progress != nil {
			running = append(running, j)
		}
	}
	s.end()
	var sample func() (engine.Progress, bool)
	switch {
	case s.ui.restore != nil && s.ui.restore.running:
		s.running.Set(lang.T("Restoring"))
		sample = func() (engine.Progress, bool) { return s.ui.restore.job.Progress(), true }
	case len(running) > 0:
		s.running.Set(runningWords(&running[0]))
		if len(running) > 1 {
			s.running.Set(lang.N(len(running), "%s backup runs", "%s backups run", words.Number(int64(len(running)))))
		}
		id := running[0].ID
		sample = func() (engine.Progress, bool) { return s.ui.Session.Progress(id) }
	case copyingNow(jobs) != nil:
		c := copyingNow(jobs)
		s.running.Set(lang.T("Copying to %s", copyName(&c.Copy)))
		sample = func() (engine.Progress, bool) { return s.ui.Session.CopyProgress(c.ID) }
	default:
		s.running.Set("")
	}
	s.pausing.follow(jobs, s.narrow)
	s.showParts()
	if sample == nil {
		return
	}
	show := func() {
		if p, ok := sample(); ok {
			s.bar.Set(share(p))
		}
	}
	show()
	s.stop = s.ui.sample(show)
}

// end stops what it follows.
func (s *sidebar) end() {
	if s.stop != nil {
		s.stop()
		s.stop = nil
	}
}

// showParts shows what has something to say and room to say it.
func (s *sidebar) showParts() {
	look.Visible(s.notice, s.notice.String() != "" && !s.narrow)
	look.Visible(s.running, !s.narrow)
	look.Visible(s.foot, s.running.String() != "")
	look.Lay(s.content) // a Refresh reads every icon again, ten times a second
}

// setNarrow leaves the icons only.
func (s *sidebar) setNarrow(narrow bool) {
	if narrow == s.narrow {
		return
	}
	s.narrow = narrow
	look.Visible(s.brand, !narrow)
	for _, n := range navigation {
		b := s.buttons[n.name]
		b.Alignment, b.Text = widget.ButtonAlignLeading, lang.T(n.title)
		if narrow {
			b.Alignment, b.Text = widget.ButtonAlignCenter, ""
		}
		b.Refresh()
	}
	s.pausing.setNarrow(narrow)
	s.showParts()
}

// shell puts the sidebar beside the page.
type shell struct {
	side *sidebar
	over func() []fyne.CanvasObject // the questions, from the lowest
	fit  func()                     // has the questions follow the window and its letters
}

// Over implements look.Covered.
func (s *shell) Over() []fyne.CanvasObject { return s.over() }

// MinSize implements fyne.Layout.
func (*shell) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(800, 600) }

// Layout implements fyne.Layout.
func (s *shell) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	s.side.setNarrow(size.Width < narrowBelow)
	width := max(wideSide, s.side.content.MinSize().Width)
	if s.side.narrow {
		width = narrowSide
	}
	objects[0].Resize(fyne.NewSize(width, size.Height))
	objects[1].Move(fyne.NewPos(width, 0))
	objects[1].Resize(fyne.NewSize(size.Width-width, size.Height))
	s.fit()
}

// share is how much of the bytes is done, 0 while the whole is not known.
func share(p engine.Progress) float64 {
	if p.TotalBytes <= 0 {
		return 0
	}
	return min(1, float64(p.Bytes)/float64(p.TotalBytes))
}

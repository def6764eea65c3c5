package rulesform

import (
	"cmp"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"github.com/varve-backup/varve/engine/topics"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
)

// topicText is how a topic is called.
type topicText struct {
	// name stands by itself, and short in the middle of a sentence.
	name, short string
	// examples say what belongs to it.
	examples string
}

var topicTexts = map[topics.Topic]topicText{
	topics.Browsers:  {lang.Mark("Caches of browsers"), lang.Mark("caches of browsers"), lang.Mark("pages that are fetched again")},
	topics.Packages:  {lang.Mark("Downloads of packages"), lang.Mark("downloads of packages"), lang.Mark("of pip, npm, Cargo, Maven, Homebrew, …")},
	topics.Builds:    {lang.Mark("What build tools make again"), lang.Mark("what build tools make again"), "node_modules, __pycache__, target, …"},
	topics.Trash:     {lang.Mark("Trash"), lang.Mark("trash"), lang.Mark("what was thrown away")},
	topics.Caches:    {lang.Mark("Caches of programs"), lang.Mark("caches of programs"), lang.Mark("~/.cache, and what is marked with CACHEDIR.TAG")},
	topics.Temporary: {lang.Mark("Temporary files"), lang.Mark("temporary files"), "*.tmp, *.part, .DS_Store, …"},
	topics.Machines:  {lang.Mark("Virtual machines"), lang.Mark("virtual machines"), lang.Mark("disks of VirtualBox, QEMU, containers, …")},
	topics.Games:     {lang.Mark("Games"), lang.Mark("games"), lang.Mark("what Steam and others install again")},
}

// topicName is how a topic is called. One that nobody knows here has the name of
// the settings.
func topicName(t topics.Topic) string { return lang.T(cmp.Or(topicTexts[t].name, string(t))) }

// shortName is a topic in the middle of a sentence.
func shortName(t topics.Topic) string { return lang.T(cmp.Or(topicTexts[t].short, string(t))) }

func topicExamples(t topics.Topic) string { return lang.T(topicTexts[t].examples) }

// topicRow is one topic with its tick.
type topicRow struct {
	form     *Form
	topic    topics.Topic
	check    *look.Check
	examples *look.Text
	tally    *look.Text
	content  *fyne.Container
}

func (f *Form) newTopicRow(i int, t topics.Topic) *topicRow {
	r := &topicRow{form: f, topic: t, examples: look.Hint(topicExamples(t)), tally: look.Tag("", look.Ink).Right()}
	r.check = look.NewCheck(topicName(t), func(on bool) {
		f.left[t] = on
		f.changed()
	})
	r.check.Checked = f.left[t]
	swatch := look.NewBack(look.Tone(i), "", 3)
	r.content = container.New(&topicLayout{}, swatch, r.check, r.examples, r.tally)
	return r
}

// isThere tells that something of the topic was found, or may still be. Caches
// are always shown: the keyboard begins there.
func (r *topicRow) isThere() bool {
	c := &r.form.count
	return r.topic == topics.Caches || r.form.topicTally(r.topic).Files > 0 || !c.known && c.running && r.topic.Usual()
}

// rank is where it stands among the others.
func (r *topicRow) rank() int {
	if r.topic == topics.Caches {
		return 0
	}
	return 1
}

func (r *topicRow) show() {
	f := r.form
	if on := f.left[r.topic]; on != r.check.Checked {
		r.check.Checked = on
		r.check.Refresh()
	}
	colour := look.Ink
	if f.count.stale() || !f.left[r.topic] {
		colour = look.Quiet
	}
	t := f.topicTally(r.topic)
	text := lang.T("nothing")
	switch {
	case t.Files > 0:
		text = tallyWords(t.Files, t.Bytes)
	case f.count.running:
		text = "…"
	}
	r.tally.Set(text)
	r.tally.Colour(colour)
}

// topicLayout puts swatch, tick, examples and numbers into one line. Where that
// would be too narrow the numbers, and below them the examples, follow below.
type topicLayout struct{ width float32 }

const (
	swatchSize = 12
	belowTick  = 26 // where the words beside it begin
)

// examples is the width of the examples in one line.
func examplesWidth(o fyne.CanvasObject) float32 {
	return fyne.MeasureText(o.(*look.Text).String(), theme.Size(look.Body), fyne.TextStyle{}).Width
}

func (l *topicLayout) inline(o []fyne.CanvasObject) bool {
	return l.width >= swatchSize+look.Within+o[1].MinSize().Width+examplesWidth(o[2])+o[3].MinSize().Width+2*look.Between
}

// MinSize implements fyne.Layout.
func (l *topicLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	s := fyne.NewSize(swatchSize+look.Within+o[1].MinSize().Width, o[1].MinSize().Height)
	if !l.inline(o) {
		s.Height += o[3].MinSize().Height + o[2].MinSize().Height
	}
	return s
}

// Layout implements fyne.Layout.
func (l *topicLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	l.width = size.Width
	swatch, check, examples, tally := o[0], o[1], o[2], o[3]
	line := check.MinSize().Height
	swatch.Move(fyne.NewPos(0, (line-swatchSize)/2))
	swatch.Resize(fyne.NewSquareSize(swatchSize))
	x := float32(swatchSize + look.Within)
	check.Move(fyne.NewPos(x, 0))
	check.Resize(fyne.NewSize(min(check.MinSize().Width, size.Width-x), line))
	tally.Resize(tally.MinSize())
	if l.inline(o) {
		middle := (line - tally.MinSize().Height) / 2
		tally.Move(fyne.NewPos(size.Width-tally.MinSize().Width, middle))
		look.Settle(examples, examplesWidth(examples)+1)
		examples.Move(fyne.NewPos(x+check.MinSize().Width+look.Between, middle))
		return
	}
	x += belowTick
	tally.Move(fyne.NewPos(x, line))
	look.Settle(examples, size.Width-x)
	examples.Move(fyne.NewPos(x, line+tally.MinSize().Height))
}

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
	r := &topicRow{form: f, topic: t, examples: look.Line(topicExamples(t), look.Quiet), tally: look.Tag("", look.Ink).Right()}
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

// topicLayout puts swatch, tick, examples and numbers into one line, or into
// two where that would be too narrow.
type topicLayout struct{ width float32 }

const (
	swatchSize    = 12
	leastExamples = 150
)

func (l *topicLayout) inline(o []fyne.CanvasObject) bool {
	return l.width >= swatchSize+o[1].MinSize().Width+o[3].MinSize().Width+leastExamples*theme.Size(look.Body)/14+3*look.Between
}

// MinSize implements fyne.Layout.
func (l *topicLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	s := fyne.NewSize(swatchSize+look.Within+o[1].MinSize().Width, o[1].MinSize().Height)
	if !l.inline(o) {
		s.Height += o[3].MinSize().Height
	}
	return s
}

// Layout implements fyne.Layout.
func (l *topicLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	l.width = size.Width
	line := o[1].MinSize().Height
	place := func(c fyne.CanvasObject, x, y, width float32) {
		height := c.MinSize().Height
		c.Move(fyne.NewPos(x, y+(line-height)/2))
		c.Resize(fyne.NewSize(width, height))
	}
	o[0].Move(fyne.NewPos(0, (line-swatchSize)/2))
	o[0].Resize(fyne.NewSquareSize(swatchSize))
	x := float32(swatchSize + look.Within)
	check, tally := o[1].MinSize().Width, o[3].MinSize().Width
	place(o[1], x, 0, min(check, size.Width-x))
	if l.inline(o) {
		place(o[3], size.Width-tally, 0, tally)
		place(o[2], x+check+look.Between, 0, max(0, size.Width-tally-x-check-2*look.Between))
		return
	}
	x += 26 // below the words
	tally = min(tally, max(0, size.Width-x))
	below := (line + o[3].MinSize().Height) / 2
	place(o[3], x, below, tally)
	place(o[2], x+tally+look.Between, below, max(0, size.Width-x-tally-look.Between))
}

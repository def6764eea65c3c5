package restorepage

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/zone"
	"github.com/varve-backup/varve/ui/frame"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/preview"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/textdiff"
	"github.com/varve-backup/varve/ui/words"
)

// comparison shows what is not the same in two states of a file.
type comparison struct {
	f *Finder
	subject
	history      history
	older, newer int // indices of the states

	reading            context.CancelFunc
	pickOlder          *look.Button
	pickNewer          *look.Button
	facts, body        *fyne.Container
	summary            *look.Text
	lines              *look.Lines
	backOlder, comeNew *look.Button
}

// compare shows two states of a file beside each other.
func (f *Finder) compare(s subject, h history, older, newer int) {
	c := &comparison{f: f, subject: s, history: h, older: older, newer: newer, reading: func() {}, lines: look.NewLines()}
	f.Window.Open(c.page())
	c.read()
}

// comparedBytes is how much of a text is compared.
const comparedBytes = 1 << 20

func (c *comparison) page() frame.Page {
	c.pickOlder = look.Dropping("", func() { c.pick(lang.T("Compare the version of"), &c.older) })
	c.pickNewer = look.Dropping("", func() { c.pick(lang.T("with the version of"), &c.newer) })
	c.facts, c.body = look.Stacked(4), container.NewStack()
	c.summary = look.Hint("")
	c.backOlder = look.NewButton(lang.T("Restore the older…"), func() { c.restore(c.older) })
	c.comeNew = look.NewButton(lang.T("Restore the newer…"), func() { c.restore(c.newer) })
	back := look.NewButton(lang.T("Back to the files"), c.back)
	title := titleOf(lang.T("What changed"), words.Printable(c.path))
	chosen := look.Row(look.Within, 3, c.pickOlder, look.Picture(look.IconAfter.In(look.Quiet), 20), c.pickNewer, space())
	head := look.Stacked(look.Between, chosen, c.facts, c.summary)
	foot := look.Stacked(look.Between, look.Separator(), look.Row(look.Within, 1, back, look.Flow(look.Within, c.backOlder, c.comeNew)))
	content := look.Framed(title, look.Footed(scrolledMiddle(head, c.body, look.Gap(0)), foot))
	return frame.Page{Content: content, Leave: func() { c.reading() }, Escape: c.back, First: c.lines}
}

// titleOf is a heading, and beside it what it is about.
func titleOf(heading, about string) fyne.CanvasObject {
	return look.Row(look.InCard, 1, look.HeadingTag(heading), look.Line(about, look.Quiet))
}

func (c *comparison) back() { c.f.Window.Open(c.f.Page()) }

// pick chooses another state to compare.
func (c *comparison) pick(title string, which *int) {
	var options []option
	now := c.f.Window.Now()
	for i, s := range c.history.states {
		options = append(options, option{words.Sentence(words.Ago(s.From.Time, now)), c.history.facts(i, now)})
	}
	c.f.choose(title, options, *which, func(i int) {
		*which = i
		if c.older < c.newer { // newest first
			c.older, c.newer = c.newer, c.older
		}
		c.read()
	})
}

func (c *comparison) restore(i int) {
	part := Part{Version: c.history.states[i].From, Paths: []string{c.path}}
	c.f.Restore(Request{Parts: []Part{part}, Names: []string{nameOf(c.path)}, InPlace: c.f.isHome(c.line)})
}

// read shows what is known at once, and then reads both.
func (c *comparison) read() {
	c.reading()
	a, b := c.history.states[c.older], c.history.states[c.newer]
	now := c.f.Window.Now()
	c.pickOlder.SetText(words.Sentence(words.Ago(a.From.Time, now)))
	c.pickNewer.SetText(words.Sentence(words.Ago(b.From.Time, now)))
	c.showFacts(&a.Entry, &b.Entry)
	c.summary.Set("")
	if c.older == c.newer {
		c.say(lang.T("Choose two different versions."), "", nil)
		return
	}
	if a.Entry.Type != repository.File || b.Entry.Type != repository.File {
		c.say(lang.T("There is nothing more to compare."), "", nil)
		return
	}
	c.say(lang.T("Reading both versions…"), "", nil)
	var d difference
	c.reading = c.f.Window.Work(func(ctx context.Context) (err error) {
		d, err = readDifference(ctx, c.reader(a), c.reader(b))
		return err
	}, func(err error) {
		if err != nil {
			c.say(session.Explain(err).Sentence, lang.T("Try again"), c.read)
			return
		}
		c.show(&d)
	})
}

// reader reads a state of the file. Whoever compares has asked for it, and may
// be asked for the passphrase.
func (c *comparison) reader(s engine.State) func(context.Context, io.Writer) error {
	return func(ctx context.Context, w io.Writer) error {
		return c.f.Backend.ReadFile(ctx, c.f.Archive, s.From, c.path, true, w)
	}
}

func (c *comparison) say(sentence, label string, tapped func()) {
	rows := look.Stacked(look.Between, look.Hint(sentence))
	if label != "" {
		rows.Add(look.Row(0, 1, look.NewButton(label, tapped), space()))
	}
	c.put(rows)
}

func (c *comparison) put(o fyne.CanvasObject) {
	c.body.Objects = []fyne.CanvasObject{o}
	c.body.Refresh()
}

// showFacts lists what is known of both without reading them.
func (c *comparison) showFacts(a, b *repository.Entry) {
	c.facts.Objects = nil
	for _, fact := range factsOf(a, b, c.f.Window.Now().Year()) {
		c.facts.Add(look.TopRow(look.InCard, 1, look.Wide(90, look.Tag(fact.name, look.Quiet)),
			look.Columns(look.InCard, look.Say(fact.older), look.Say(fact.newer))))
	}
	look.Visible(c.facts, len(c.facts.Objects) > 0)
	c.facts.Refresh()
}

// fact is something that is not the same.
type fact struct{ name, older, newer string }

func factsOf(a, b *repository.Entry, year int) []fact {
	var out []fact
	add := func(name, older, newer string) {
		if older != newer {
			out = append(out, fact{name, older, newer})
		}
	}
	add(lang.T("Kind"), kindName(a), kindName(b))
	if a.Size >= 0 && b.Size >= 0 {
		add(lang.T("Size"), exactSize(a.Size), exactSize(b.Size))
	}
	moment := func(t time.Time) string { return lang.Time(zone.Of(t), "Mon 2 Jan 15:04:05") }
	if zone.Of(a.ModTime).Year() != year || zone.Of(b.ModTime).Year() != year {
		moment = func(t time.Time) string { return lang.Time(zone.Of(t), "2 Jan 2006 15:04:05") }
	}
	add(lang.T("Changed"), moment(a.ModTime), moment(b.ModTime))
	add(lang.T("Permissions"), permissions(a), permissions(b))
	add(lang.T("Owner"), owner(a), owner(b))
	add(lang.T("Points to"), words.Printable(a.Target), words.Printable(b.Target))
	return out
}

func kindName(e *repository.Entry) string {
	switch e.Type {
	case repository.File:
		return lang.T("file")
	case repository.Dir:
		return lang.T("folder")
	case repository.Symlink:
		return lang.T("link")
	case repository.FIFO:
		return lang.T("pipe")
	}
	return lang.T("device")
}

// exactSize tells sizes apart that look the same when rounded.
func exactSize(n int64) string {
	if n < 1000 {
		return words.Count(n, "byte")
	}
	return lang.T("%s (%s)", words.Size(n), words.Count(n, "byte"))
}

// permissions are written as file managers and ls do.
func permissions(e *repository.Entry) string {
	var b strings.Builder
	for i, letter := range "rwxrwxrwx" {
		if e.Mode&(0o400>>i) == 0 {
			letter = '-'
		}
		b.WriteRune(letter)
	}
	if special := e.Mode >> 9 & 7; special != 0 {
		fmt.Fprintf(&b, " (%o)", e.Mode&0o7777)
	}
	return b.String()
}

func owner(e *repository.Entry) string {
	name := func(n string, id uint32) string {
		if n == "" {
			return fmt.Sprint(id)
		}
		return words.Printable(n)
	}
	return name(e.User, e.UID) + ":" + name(e.Group, e.GID)
}

// difference is what was read of two states.
type difference struct {
	older, newer preview.Preview
	text         bool
	lines        []look.TextLine
	added, gone  int
	partly       bool
}

func readDifference(ctx context.Context, older, newer func(context.Context, io.Writer) error) (d difference, err error) {
	for _, x := range []struct {
		to   *preview.Preview
		read func(context.Context, io.Writer) error
	}{{&d.older, older}, {&d.newer, newer}} {
		*x.to, err = preview.Read(ctx, comparedBytes, func(w io.Writer) error { return x.read(ctx, w) })
		if err != nil {
			return d, err
		}
	}
	d.text = isText(&d.older) && isText(&d.newer)
	if !d.text {
		return d, nil
	}
	d.partly = d.older.Cut || d.newer.Cut
	lines, err := textdiff.Lines(ctx, d.older.Text, d.newer.Text)
	if err != nil {
		return d, err
	}
	d.added, d.gone = textdiff.Count(lines)
	d.lines = diffLines(textdiff.Fold(lines, 3))
	return d, nil
}

func isText(p *preview.Preview) bool { return p.Kind == preview.Text || p.Kind == preview.Empty }

// diffLines is how a comparison looks.
func diffLines(lines []textdiff.Line) []look.TextLine {
	out := make([]look.TextLine, 0, len(lines))
	for _, l := range lines {
		x := look.TextLine{Text: plainLine(l.Text)}
		switch l.Op {
		case textdiff.Added:
			x.Sign, x.Ground = "+", look.MossGround
		case textdiff.Removed:
			x.Sign, x.Ground = "−", look.ClayGround
		case textdiff.Skipped:
			x.Text = lang.N(l.Count, "… %s line that did not change", "… %s lines that did not change", words.Number(int64(l.Count)))
			x.Colour = look.Quiet
		}
		out = append(out, x)
	}
	return out
}

// show shows what was read.
func (c *comparison) show(d *difference) {
	switch {
	case d.text && d.added+d.gone == 0:
		c.say(lang.T("The text is the same in both versions."), "", nil)
	case d.text:
		c.summary.Set(d.summary())
		c.lines.Set(d.lines)
		c.put(look.On(look.Card, look.Rule, look.Between, c.lines))
		c.f.Window.Focus(c.lines)
	case d.older.Kind == preview.Picture && d.newer.Kind == preview.Picture:
		c.put(look.Halves(look.InCard, framed(d.older), framed(d.newer)))
	default:
		c.say(lang.T("The content cannot be shown line by line: it is no text."), "", nil)
	}
}

// summary counts the lines that are not the same.
func (d *difference) summary() string {
	added, gone := words.Number(int64(d.added)), words.Number(int64(d.gone))
	if d.partly {
		return lang.N(d.added, "%s line added (+), %s removed (−) in the first %s.", "%s lines added (+), %s removed (−) in the first %s.", added, gone, words.Size(comparedBytes))
	}
	return lang.N(d.added, "%s line added (+), %s removed (−).", "%s lines added (+), %s removed (−).", added, gone)
}

// framed is a picture on a card.
func framed(v preview.Preview) fyne.CanvasObject {
	return look.On(look.Card, look.Rule, look.Between, pictureOf(v))
}

package restorepage

import (
	"context"
	"io"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/preview"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// pane shows what is inside of a version: a text, a picture, what changed in a
// folder, or why none of these.
type pane struct {
	f       *Finder
	content *fyne.Container
	lines   *look.Lines
	loading context.CancelFunc
	asking  bool // the person wants to be asked for the passphrase
	shown   shown
	kept    map[shown]preview.Preview // what was read already
}

// shown is a version of a file, or of a folder, or nothing.
type shown struct {
	line     int64
	path, id string
	at       int64
}

func newPane(f *Finder) *pane {
	return &pane{f: f, content: container.NewStack(), lines: look.NewLines(), loading: func() {}, kept: map[shown]preview.Preview{}}
}

// leave ends what is being read.
func (p *pane) leave() {
	p.loading()
	p.shown = shown{}
}

// put shows an object on a card.
func (p *pane) put(o fyne.CanvasObject) {
	p.content.Objects = []fyne.CanvasObject{look.On(look.Card, look.Rule, look.Between, o)}
	p.content.Refresh()
}

// say shows a sentence, with a button unless label is "".
func (p *pane) say(sentence, label string, tapped func()) {
	p.loading()
	p.shown = shown{}
	rows := look.Stacked(look.Between, look.Hint(sentence))
	if label != "" {
		rows.Add(look.Row(0, 1, look.NewButton(label, tapped), space()))
	}
	p.put(rows)
}

// rest is how long a version stays chosen before it is read.
const rest = 150 * time.Millisecond

// mostKept bounds the previews in memory: a picture has up to 6 MB.
const mostKept = 8

// preview shows what a state of a file looks like.
func (p *pane) preview(line int64, path string, s engine.State) {
	key := shown{line, path, s.From.ID, s.From.Time.UnixNano()}
	if key == p.shown {
		return // it stays where it is scrolled to
	}
	if s.Entry.Type != repository.File {
		p.say(lang.T("There is nothing to look at inside."), "", nil)
		return
	}
	p.loading()
	p.shown = key
	if got, ok := p.kept[key]; ok {
		p.showPreview(got)
		return
	}
	p.put(look.Hint(lang.T("Reading…")))
	var got preview.Preview
	ask, backend, archive := p.asking, p.f.Backend, p.f.Archive
	p.loading = p.f.Window.Work(func(ctx context.Context) (err error) {
		select {
		case <-time.After(rest):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		got, err = preview.Read(ctx, preview.TextBytes, func(w io.Writer) error {
			return backend.ReadFile(ctx, archive, s.From, path, ask, w)
		})
		return err
	}, func(err error) {
		if err != nil {
			p.failed(err, func() { p.preview(line, path, s) })
			return
		}
		if len(p.kept) >= mostKept {
			clear(p.kept)
		}
		p.kept[key] = got
		p.showPreview(got)
	})
}

// failed says why a file cannot be looked into, and what helps.
func (p *pane) failed(err error, again func()) {
	switch x := session.Explain(err); x.Kind {
	case engine.Offline, engine.NoArchive:
		p.say(lang.T("%s is needed to look inside, and it is not there.", placeOf(p.f.Archive)), lang.T("Try again"), again)
	case engine.NoPassphrase, engine.WrongPassphrase:
		p.say(lang.T("The passphrase is needed to look inside."), lang.T("Show the preview"), func() {
			if x.Kind == engine.WrongPassphrase {
				p.f.Backend.Forget(p.f.Archive.URL)
			}
			p.asking = true
			again()
		})
	default:
		p.say(x.Sentence, lang.T("Try again"), again)
	}
}

func (p *pane) showPreview(v preview.Preview) {
	switch v.Kind {
	case preview.Empty:
		p.put(look.Hint(lang.T("The file is empty.")))
	case preview.Text:
		p.lines.Set(linesOf(v))
		p.put(p.lines)
	case preview.Picture:
		p.put(pictureOf(v))
	case preview.TooLarge:
		p.put(look.Hint(tooLarge(v)))
	case preview.Broken:
		p.put(look.Hint(lang.T("The picture cannot be shown: it is not whole, or of an unusual kind. It can be restored as it is.")))
	default:
		p.put(look.Hint(lang.T("There is no preview of this kind of file. It can be restored.")))
	}
}

func dimensions(v preview.Preview) string {
	if v.Width == 0 {
		return ""
	}
	return lang.T("%s × %s points", words.Number(int64(v.Width)), words.Number(int64(v.Height)))
}

func tooLarge(v preview.Preview) string {
	if size := dimensions(v); size != "" {
		return lang.T("The picture is too large to be shown here. It can be restored. (%s)", size)
	}
	return lang.T("The picture is too large to be shown here. It can be restored.")
}

// pictureOf shows a picture, and below it how large it is.
func pictureOf(v preview.Preview) fyne.CanvasObject {
	c := canvas.NewImageFromImage(v.Picture)
	c.FillMode = canvas.ImageFillContain
	return container.New(hung{}, c, look.Note(dimensions(v)))
}

// hung puts a picture above its note. Without room for it there is none: Fyne
// does not draw a picture of no height.
type hung struct{}

const leastPicture = 8

// MinSize implements fyne.Layout.
func (hung) MinSize(objects []fyne.CanvasObject) fyne.Size {
	note := objects[1].MinSize()
	return fyne.NewSize(max(40, note.Width), note.Height+40)
}

// Layout implements fyne.Layout.
func (hung) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	below := look.Settle(objects[1], s.Width)
	objects[1].Move(fyne.NewPos(0, s.Height-below))
	room := s.Height - below - look.Within
	look.Visible(objects[0], room >= leastPicture && s.Width >= leastPicture)
	objects[0].Resize(fyne.NewSize(s.Width, max(room, 0)))
}

// linesOf makes lines of a text.
func linesOf(v preview.Preview) []look.TextLine {
	var out []look.TextLine
	for line := range strings.SplitSeq(strings.TrimSuffix(v.Text, "\n"), "\n") {
		out = append(out, look.TextLine{Text: plainLine(line)})
	}
	if v.Cut {
		out = append(out, look.TextLine{}, look.TextLine{Text: lang.T("The text goes on; this is its beginning."), Colour: look.Quiet})
	}
	return out
}

// plainLine is a line as a person reads it.
func plainLine(s string) string { return words.Printable(strings.ReplaceAll(s, "\t", "    ")) }

// mostChanges is how many changes of a folder are listed.
const mostChanges = 300

// differences shows what a version changed in a folder.
func (p *pane) differences(line int64, folder string, before, v engine.Version) {
	key := shown{line, folder, v.ID, v.Time.UnixNano()}
	if key == p.shown {
		return
	}
	p.loading()
	p.shown = key
	var found []engine.Difference
	var more bool
	past := p.f.past
	p.loading = p.f.Window.Work(func(ctx context.Context) (err error) {
		found, more, err = past.Diff(ctx, line, before.ID, v.ID, folder, mostChanges)
		return err
	}, func(err error) {
		if err != nil {
			p.failed(err, func() { p.differences(line, folder, before, v) })
			return
		}
		p.lines.Set(changeLines(found, folder, more))
		p.put(p.lines)
	})
}

// changeLines lists what changed below a folder.
func changeLines(found []engine.Difference, folder string, more bool) []look.TextLine {
	var out []look.TextLine
	for _, d := range found {
		l := lineOfChange(d.Change)
		l.Text = plainLine(strings.TrimPrefix(strings.TrimPrefix(d.Path, folder), "/"))
		if d.Entry.Type == repository.Dir {
			l.Text += "/"
		}
		out = append(out, l)
	}
	if more {
		out = append(out, look.TextLine{Text: "…", Colour: look.Quiet})
	}
	if len(out) == 0 {
		out = append(out, look.TextLine{Text: lang.T("Nothing changed in this folder."), Colour: look.Quiet})
	}
	return out
}

// lineOfChange is how a change is marked: by a sign, and by a colour.
func lineOfChange(c engine.Change) look.TextLine {
	switch c {
	case repository.Added:
		return look.TextLine{Sign: "+", Colour: look.Moss}
	case repository.Deleted:
		return look.TextLine{Sign: "−", Colour: look.Clay}
	}
	return look.TextLine{Sign: "~"}
}

package ui

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/restore"
	"github.com/varve-backup/varve/ui/frame"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/places"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// there is what lies already where a restore would put something.
type there struct {
	mu     sync.Mutex
	counts [restore.FolderThere + 1]int64 // by standing
	bytes  [restore.FolderThere + 1]int64
	items  []engine.ItemMet // the first of them, those that differ first
	same   []engine.ItemMet
}

// mostMet is how many are listed of what is the same, and of what is not.
const mostMet = 1000

// note takes what a preview tells, beside the main loop.
func (t *there) note(e engine.Event) {
	met, ok := e.(engine.ItemMet)
	if !ok {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.counts[met.Here]++
	t.bytes[met.Here] += met.Size
	list := &t.items
	if met.Here == restore.Same {
		list = &t.same
	}
	if len(*list) < mostMet {
		*list = append(*list, met)
	}
}

func (t *there) all() (n int64) {
	for _, c := range t.counts {
		n += c
	}
	return n
}

// replaced is what a choice overwrites: how many, and how much.
func (t *there) replaced(c restore.Clash) (n, bytes int64) {
	switch c {
	case restore.Replace:
		for s := restore.Older; s <= restore.FolderThere; s++ {
			n, bytes = n+t.counts[s], bytes+t.bytes[s]
		}
	case restore.ReplaceOlder:
		n, bytes = t.counts[restore.Older], t.bytes[restore.Older]
	}
	return n, bytes
}

// standings are how what is there is called, alone in a sentence and in the
// list.
var standings = [...]struct{ alone, one string }{
	restore.Same:        {lang.Mark("One is there already, and is the same."), lang.Mark("The same")},
	restore.Older:       {lang.Mark("One is there already, and is older here."), lang.Mark("Older here")},
	restore.Newer:       {lang.Mark("One is there already, and is newer here."), lang.Mark("Newer here")},
	restore.AsOld:       {lang.Mark("One is there already, and is as old and different."), lang.Mark("As old as what comes back, but different")},
	restore.FolderThere: {lang.Mark("One is there already, and is where a folder is now."), lang.Mark("A folder is there")},
}

// sumOf is how many of a standing are called in a sum.
func sumOf(s restore.Standing, n int64) string {
	switch s {
	case restore.Same:
		return lang.T("%s the same", words.Number(n))
	case restore.Older:
		return lang.T("%s older here", words.Number(n))
	case restore.Newer:
		return lang.T("%s newer here", words.Number(n))
	case restore.AsOld:
		return lang.T("%s as old and different", words.Number(n))
	}
	return lang.T("%s where a folder is now", words.Number(n))
}

// sentence says what is there: "12 are there already: 9 the same, 3 older here."
func (t *there) sentence() string {
	n := t.all()
	var parts []string
	var alone string
	for s, c := range t.counts {
		if c > 0 {
			parts = append(parts, sumOf(restore.Standing(s), c))
			alone = lang.T(standings[s].alone)
		}
	}
	switch {
	case n == 0:
		return lang.T("Nothing of what comes back is there now, so nothing is replaced.")
	case n == 1:
		return alone
	case len(parts) == 1 && t.counts[restore.Same] == n:
		return lang.T("%s are there already, and all are the same.", words.Number(n))
	}
	return lang.T("%s are there already: %s.", words.Number(n), strings.Join(parts, ", "))
}

// consequence says what a choice does to what is there.
func (t *there) consequence(c restore.Clash) string {
	n := t.all()
	replaced, bytes := t.replaced(c)
	switch {
	case c == restore.KeepBoth && n == 1:
		return lang.T("It stays, and what comes back is put beside it.")
	case c == restore.KeepBoth:
		return lang.T("All %s stay, and what comes back is put beside them.", words.Number(n))
	case replaced == 0:
		return lang.T("Nothing that is there is replaced.")
	case replaced == n:
		return lang.N(replaced, "This replaces %s item (%s).", "This replaces %s items (%s).", words.Number(replaced), words.Size(bytes))
	}
	return lang.N(replaced, "This replaces %s item (%s). The other %s stay.", "This replaces %s items (%s). The other %s stay.",
		words.Number(replaced), words.Size(bytes), words.Number(n-replaced))
}

// clashPreview compares what is there in the background, and shows what came
// out above the choices.
type clashPreview struct {
	q       *question
	found   *there // nil until it is known
	work    session.Work
	stop    context.CancelFunc
	text    *look.Text
	effect  *look.Text
	list    *look.Button
	content *fyne.Container
}

func newClashPreview(q *question) *clashPreview {
	p := &clashPreview{q: q, stop: func() {}, text: look.Say(""), effect: look.Note("")}
	p.list = look.NewButton(lang.T("Show them…"), p.show)
	p.content = look.Row(look.Within, 0, p.text, p.list)
	return p
}

// begin compares, unless that was done.
func (p *clashPreview) begin() {
	if p.found != nil || p.work != nil {
		return
	}
	found := &there{}
	p.work = p.q.ui.Session.Meet(p.q.archive, p.q.plans(p.q.root, restore.Replace)...)
	work := p.work
	sampling := p.q.ui.sample(func() {
		if p.work == work {
			p.say(lang.T("Comparing with what is there… %s", words.Count(work.Progress().Files, "file")))
		}
	})
	p.say(lang.T("Comparing with what is there…"))
	running := p.q.ui.Work(func(ctx context.Context) error { return work.Run(ctx, found.note) }, func(err error) {
		p.end()
		if err != nil {
			p.say(lang.T("What is there could not be compared. %s", session.Explain(err).Sentence))
			return
		}
		p.found = found
		p.tell()
	})
	p.stop = func() { running(); sampling() }
}

// end stops comparing.
func (p *clashPreview) end() {
	p.stop()
	p.stop, p.work = func() {}, nil
}

func (p *clashPreview) say(text string) {
	p.text.Set(text)
	look.Visible(p.list, false)
	look.Visible(p.effect, false)
	p.content.Refresh()
}

// tell shows what came out, and what the choice makes of it.
func (p *clashPreview) tell() {
	if p.found == nil {
		return
	}
	n := p.found.all()
	p.say(p.found.sentence())
	look.Visible(p.list, n > 0)
	look.Visible(p.q.taken, n > 0)
	look.Visible(p.effect, n > 0)
	p.effect.Set(p.found.consequence(p.q.chosenClash()))
	p.q.settle()
}

// show lists what is there, what differs first.
func (p *clashPreview) show() {
	rows := look.Stacked(look.Within)
	left := p.found.all()
	for _, met := range append(slices.Clip(p.found.items), p.found.same...) {
		if left == p.found.all()-mostShown {
			break
		}
		left--
		path := places.Tilde(filepath.Join(p.q.root, met.Path))
		rows.Add(look.Stacked(2, look.Line(words.Printable(path), look.Ink), look.Note(lang.T(standings[met.Here].one))))
	}
	if left > 0 {
		rows.Add(look.Hint(lang.T("And %s more.", words.Number(left))))
	}
	var m *modal
	closing := look.Primary(lang.T("Close"), func() { m.hide() })
	m = p.q.ui.wideModal(600, p.found.sentence(), rows, look.Flow(0, closing))
	m.keys = frame.Page{Enter: func() { m.hide() }, Escape: func() { m.hide() }, First: closing}
	m.show()
}

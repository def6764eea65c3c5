package look

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

func TestFitting(t *testing.T) {
	for _, row := range []struct {
		name, text string
		columns    int
		want       string
	}{
		{"all", "short", 10, "short"},
		{"nothing", "", 10, ""},
		{"whole words", "the quick brown fox", 11, "the quick "},
		{"a word that is too long", "abcdefghijklmnop", 8, "abcdefgh"},
		{"a space too early", "a bcdefghijklmnop", 8, "a bcdefg"},
		{"wide letters", "漢字漢字漢字", 8, "漢字漢字"},
		{"wider than there is room", "漢", 1, "漢"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := row.text[:fitting(row.text, row.columns)]; got != row.want {
				t.Errorf("got %q, want %q", got, row.want)
			}
		})
	}
}

func shownLines(t *testing.T, lines ...TextLine) (*Lines, fyne.Window) {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(&Theme{Variant: "light"})
	l := NewLines()
	w := test.NewTempWindow(t, l)
	w.SetPadded(false)
	w.Resize(fyne.NewSize(200, 100))
	l.Set(lines)
	return l, w
}

// Only what is in sight is drawn, and every byte of the text can be reached.
func TestLinesDrawOnlyWhatIsSeen(t *testing.T) {
	var many []TextLine
	for range 20_000 {
		many = append(many, TextLine{Text: strings.Repeat("word ", 20)})
	}
	l, w := shownLines(t, many...)
	r := test.WidgetRenderer(l.body).(*linesBodyRenderer)
	if len(r.rows) == 0 || len(r.rows) > 40 {
		t.Errorf("%d lines exist of %d", len(r.rows), len(many))
	}
	press(l, fyne.KeyEnd)
	last := l.body.wrapped[len(l.body.wrapped)-1].text
	drawn := ""
	for _, d := range r.rows {
		if d.text.Visible() {
			drawn = d.text.Text
		}
	}
	if drawn != last {
		t.Errorf("at the end %q is shown, want %q", drawn, last)
	}
	narrow := len(l.body.wrapped)
	w.Resize(fyne.NewSize(600, 100))
	if wide := len(l.body.wrapped); wide >= narrow {
		t.Errorf("in a wider window there are %d lines, before %d", wide, narrow)
	}
	l.Set([]TextLine{{Text: "one"}})
	if l.scroll.Offset.Y != 0 || l.body.MinSize().Height > 30 {
		t.Errorf("a short text stands at %v and is %v high", l.scroll.Offset, l.body.MinSize().Height)
	}
}

func TestLinesWrapAndSign(t *testing.T) {
	l, _ := shownLines(t, TextLine{Sign: "+", Text: strings.Repeat("word ", 30)}, TextLine{Text: ""}, TextLine{Text: "end"})
	heads, text := 0, ""
	for _, p := range l.body.wrapped {
		if p.head {
			heads++
		}
		text += p.text + " "
	}
	if heads != 3 || strings.Count(text, "word") != 30 || !strings.Contains(text, "end") {
		t.Errorf("%d lines begin in %q", heads, text)
	}
	if l.String() != "+"+strings.Repeat("word ", 30)+"\n\nend\n" {
		t.Errorf("the text is told as %q", l.String())
	}
}

package look

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

// A line uses as many words as there is room for, at every size of the letters.
func TestBrief(t *testing.T) {
	app := test.NewTempApp(t)
	b := NewBrief(SmallLine("", Quiet))
	b.Tell("Deleted · last seen 9 Nov · 4 versions", "Deleted · last seen 9 Nov", "Deleted")
	for _, row := range []struct {
		letters, width float32
		want           string
	}{
		{1, 400, "Deleted · last seen 9 Nov · 4 versions"},
		{2, 400, "Deleted · last seen 9 Nov"},
		{2, 180, "Deleted"},
		{1, 180, "Deleted · last seen 9 Nov"},
	} {
		app.Settings().SetTheme(&Theme{Letters: row.letters})
		b.Resize(fyne.NewSize(row.width, 40))
		b.Refresh()
		if got := b.String(); got != row.want {
			t.Errorf("letters of %v, %v wide: it says %q, want %q", row.letters, row.width, got, row.want)
		}
	}
	b.Tell("All of it is kept.")
	if got := b.String(); got != "All of it is kept." {
		t.Errorf("then it says %q", got)
	}
}

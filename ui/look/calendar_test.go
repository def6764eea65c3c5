package look

import (
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

func date(month time.Month, day int) time.Time {
	return time.Date(2026, month, day, 0, 0, 0, 0, time.Local)
}

// calendar has versions on three days, and today is the 21st of November.
func calendar(t *testing.T, at time.Time) (c *Calendar, taken *[]string) {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(&Theme{Variant: "light"})
	taken = &[]string{}
	c = NewCalendar(at, date(time.November, 21).Add(10*time.Hour), map[time.Time]float64{
		date(time.August, 31): 1, date(time.October, 3): 40, date(time.November, 19): 5,
	})
	c.OnChosen = func(day time.Time) { *taken = append(*taken, day.Format("2.1.")) }
	w := test.NewTempWindow(t, c)
	w.SetPadded(false)
	w.Resize(fyne.NewSize(350, 350))
	return c, taken
}

// The keys lead to every day from the first version until today, and no further.
func TestCalendarByKeyboard(t *testing.T) {
	for _, row := range []struct{ keys, want string }{
		{"Left", "18.11."},
		{"Right", "20.11."},
		{"Up", "12.11."},
		{"Down", "21.11."},
		{"Right Right Right Right", "21.11."},
		{"Prior", "19.10."},
		{"Prior Prior", "19.9."},
		{"Prior Prior Prior Prior Prior", "31.8."},
		{"Home", "31.8."},
		{"Home Left", "31.8."},
		{"Home Next", "30.9."},
		{"Home Right", "1.9."},
		{"Home End", "19.11."},
		{"Next", "21.11."},
		{"Down Up Up Up", "31.10."},
	} {
		c, taken := calendar(t, date(time.November, 19).Add(23*time.Hour))
		for name := range strings.FieldsSeq(row.keys) {
			c.TypedKey(&fyne.KeyEvent{Name: fyne.KeyName(name)})
		}
		c.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
		if got := strings.Join(*taken, " "); got != row.want {
			t.Errorf("%s leads to %s, want %s", row.keys, got, row.want)
		}
	}
}

// The days stand below the names of the days, and only those until today can be
// clicked.
func TestCalendarIsClicked(t *testing.T) {
	c, taken := calendar(t, date(time.November, 19))
	cell := calendarCell(c.Size())
	for _, p := range [][2]float32{{0, 0}, {6, 1}, {0, 2}, {5, 3}, {5, 4}, {6, 5}, {5, 6}} {
		c.Tapped(&fyne.PointEvent{Position: fyne.NewPos((p[0]+0.5)*cell.Width, (p[1]+0.5)*cell.Height)})
	}
	// November 2026 begins on a Sunday. The 21st is the Saturday of its fourth row.
	if got, want := strings.Join(*taken, " "), "1.11. 2.11. 14.11. 21.11."; got != want {
		t.Errorf("chosen were %s, want %s", got, want)
	}
}

// More changed, a thicker layer; and none where there is no version.
func TestCalendarMarksDaysByWeight(t *testing.T) {
	c, _ := calendar(t, date(time.October, 19))
	r := test.WidgetRenderer(c).(*calendarRenderer)
	drawn := func(day time.Time) *calendarDay {
		return &r.days[int(day.Sub(c.begins()).Hours()+12)/24]
	}
	_, _, _, none := drawn(date(time.October, 4)).layer.FillColor.RGBA()
	_, _, _, some := drawn(date(time.October, 3)).layer.FillColor.RGBA()
	if none != 0 || some == 0 {
		t.Errorf("a day without a version is marked %v, one with %v", none, some)
	}
	heavy := drawn(date(time.October, 3)).layer.Size().Height
	c.MoveMonths(1)
	if light := drawn(date(time.November, 19)).layer.Size().Height; light >= heavy {
		t.Errorf("the layer of 5 is %v thick, that of 40 %v", light, heavy)
	}
}

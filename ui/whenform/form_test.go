package whenform

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2/test"

	"github.com/varve-backup/varve/engine/schedule"
	"github.com/varve-backup/varve/engine/surroundings"
	"github.com/varve-backup/varve/ui/lang/langtest"
)

var now = time.Date(2026, 11, 21, 10, 12, 0, 0, time.Local)

func form(t *testing.T, p schedule.Plan) *Form {
	t.Helper()
	test.NewTempApp(t)
	return New(func() time.Time { return now }, p, Facts{})
}

// What is not touched stays as it is.
func TestPlansComeBack(t *testing.T) {
	conditions := schedule.Conditions{OnMains: true, Battery: 50, Unmetered: true, Networks: []string{"Home", "Office"}}
	for name, p := range map[string]schedule.Plan{
		"times":   {Times: []schedule.Clock{8 * 60, 1125}, Days: schedule.OnDays(1, 3), Conditions: conditions},
		"hours":   {Every: 6 * time.Hour, Conditions: conditions},
		"changes": {OnChange: schedule.OnChange{Quiet: time.Hour, PerHour: 12}, Conditions: conditions},
		"hand":    {},
		"default": Default(),
	} {
		f := form(t, p)
		if got := f.Plan(); !reflect.DeepEqual(got, p) || f.Wrong() != "" {
			t.Errorf("%s: got  %+v\nwant %+v, wrong %q", name, got, p, f.Wrong())
		}
	}
}

// A first plan for a job that ran by hand has what suits most people.
func TestFirstPlan(t *testing.T) {
	f := form(t, schedule.Plan{})
	f.options[atTimes].OnTapped()
	if got := f.Plan(); !reflect.DeepEqual(got, Default()) {
		t.Errorf("got %+v", got)
	}
	f.options[byHand].OnTapped()
	if got := f.Plan(); got.Runs() || f.Summary() != "only by hand" {
		t.Errorf("got %+v, %q", got, f.Summary())
	}
}

func TestTimes(t *testing.T) {
	f := form(t, Default())
	told := 0
	f.OnChanged = func() { told++ }
	for range mostTimes + 2 {
		f.times.another()
	}
	if n := len(f.Plan().Times); n != mostTimes {
		t.Errorf("%d times", n)
	}
	f.texts = []string{"25:00"}
	f.changed()
	if !strings.Contains(f.Wrong(), "“25:00” is no time") || f.Summary() != "" || told == 0 {
		t.Errorf("wrong %q, sum %q", f.Wrong(), f.Summary())
	}
}

// The times of a plan stand in their order, in whichever they were chosen.
func TestTimesStandInOrder(t *testing.T) {
	f := form(t, schedule.Plan{Times: []schedule.Clock{18 * 60, 12 * 60}})
	if want := []string{"12:00", "18:00"}; !reflect.DeepEqual(f.texts, want) {
		t.Errorf("got %q", f.texts)
	}
	f.times.another()
	if want := []string{"09:00", "12:00", "18:00"}; !reflect.DeepEqual(f.texts, want) {
		t.Errorf("with another one: %q", f.texts)
	}
}

func TestGerman(t *testing.T) {
	langtest.Speak(t, "de")
	p := Default()
	p.Days = schedule.OnDays(0, 6)
	p.Conditions.Networks = []string{"Home", "Office"}
	for got, want := range map[string]string{
		Sentence(&p):    "Läuft am Samstag und Sonntag um 18:00.",
		Summary(&p):     "am Samstag und Sonntag um 18:00",
		Waits(&p, true): "Wartet, solange der Rechner aus oder im Ruhezustand ist, mit Akku unter 30 % läuft oder Strom spart.",
		Next(&p, now):   "Die nächsten drei Male: heute um 18:00, morgen um 18:00 und Sa 28. Nov. um 18:00.",
		Sentence(&schedule.Plan{OnChange: schedule.OnChange{Quiet: time.Hour, PerHour: 4}}): "Läuft, wenn Dateien geändert wurden und dann 1 Stunde unberührt sind; höchstens 4-mal pro Stunde.",
		Summary(&schedule.Plan{Every: 4 * time.Hour}):                                       "alle 4 Stunden",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestConditionsThatCannotBeTold(t *testing.T) {
	f := form(t, Default())
	if got := f.conditions.unknowable(); got != "" {
		t.Errorf("before anybody looked: %q", got)
	}
	f.SetFacts(Facts{Looked: true, Machine: surroundings.Facts{Network: "Home", Known: surroundings.Known{Power: true, Name: true}}})
	if got := f.conditions.unknowable(); got != "This computer does not tell now whether it saves power or whether its connection is metered. What cannot be told is not waited for." {
		t.Errorf("got %q", got)
	}
	f.bound = true
	f.changed()
	if f.Wrong() == "" {
		t.Error("no network will do")
	}
	for range 2 {
		f.conditions.addPresent()
	}
	if got := f.Plan().Conditions.Networks; !reflect.DeepEqual(got, []string{"Home"}) || f.Wrong() != "" {
		t.Errorf("got %q, wrong %q", got, f.Wrong())
	}
	f.SetFacts(Facts{Local: true})
	if f.conditions.network.Visible() {
		t.Error("a drive depends on the network")
	}
}

func TestSentences(t *testing.T) {
	for want, p := range map[string]schedule.Plan{
		"Runs every day at 18:00.":                              Default(),
		"Runs from Monday to Friday at 08:00 and 18:45.":        {Times: []schedule.Clock{1125, 480, 480}, Days: schedule.OnDays(1, 2, 3, 4, 5)},
		"Runs on Saturday and Sunday at 00:00.":                 {Times: []schedule.Clock{0}, Days: schedule.OnDays(0, 6)},
		"Runs every hour.":                                      {Every: time.Hour},
		"Runs every 4 hours.":                                   {Every: 4 * time.Hour},
		"Runs when you press Back up now, and never by itself.": {},
		"Runs when files have changed, and were left alone for 5 minutes since; 4 times an hour at most.": {OnChange: schedule.OnChange{Quiet: 5 * time.Minute, PerHour: 4}},
	} {
		if got := Sentence(&p); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	p := Default()
	p.Conditions.Networks = []string{"Home", "Office"}
	if got := Waits(&p, false); got != "Waits while the computer is off or asleep, runs on battery below 30 %, saves power, is on a metered connection or is on another Wi-Fi than Home or Office." {
		t.Errorf("got %q", got)
	}
	if got := Next(&schedule.Plan{Every: 4 * time.Hour}, now); got != "The next three times: today at 14:12, today at 18:12 and today at 22:12." {
		t.Errorf("got %q", got)
	}
}

func TestWhen(t *testing.T) {
	for want, at := range map[string]time.Time{
		"today at 00:00": time.Date(2026, 11, 21, 0, 0, 0, 0, time.Local), "tomorrow at 23:59": time.Date(2026, 11, 22, 23, 59, 0, 0, time.Local),
		"yesterday at 18:00": time.Date(2026, 11, 20, 18, 0, 0, 0, time.Local), "Mon 23 Nov at 09:00": time.Date(2026, 11, 23, 9, 0, 0, 0, time.Local),
		"2 Jan 2027 at 09:00": time.Date(2027, 1, 2, 9, 0, 0, 0, time.Local),
	} {
		if got := When(at, now); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestParseClock(t *testing.T) {
	for text, want := range map[string]schedule.Clock{"18:05": 1085, "7": 420, "7:30": 450, "7.30": 450, "0730": 450, " 00:00 ": 0, "23:59": 1439} {
		if got, ok := ParseClock(text); !ok || got != want {
			t.Errorf("%q: %v, %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "24:00", "12:60", "12:5", "1:2:3", "-1", "+7", "noon", "٣:00", "12345", ":30", "7:"} {
		if got, ok := ParseClock(text); ok {
			t.Errorf("%q is %v", text, got)
		}
	}
}

func FuzzParseClock(f *testing.F) {
	for _, text := range []string{"18:05", "7", "7.30", "0730", "::", "9999"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, ok := ParseClock(text)
		if !ok {
			return
		}
		if again, ok := ParseClock(c.String()); !ok || again != c || c < 0 || c > 1439 {
			t.Errorf("%q is %v", text, c)
		}
	})
}

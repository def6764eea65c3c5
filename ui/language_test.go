package ui

import (
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	toolkit "fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/test"

	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
)

// languageScenes are the settings in German, and with a language that cannot be
// used.
var languageScenes = append(slices.Concat(movingScenes, activityScenes), []scene{
	{"settings-german", withJobs(adasJob(session.Protected), remote()), func(s *stage) {
		s.u.Show(Settings)
		s.german()
	}},
	{"settings-language", func() *fake {
		f := withJobs(adasJob(session.Protected))()
		f.broken = errors.New("/home/ada/.local/share/varve/languages/fr.json is left out: reading the texts in fr: unexpected end of JSON input")
		return f
	}, func(s *stage) {
		s.u.Show(Settings)
		s.settle()
		s.scrollBy(180)
	}},
}...)

// The window speaks at once what was chosen, at the same place, and so does what
// the toolkit says by itself.
func TestLanguage(t *testing.T) {
	speaks(t)
	f := &fake{jobs: []session.JobState{adasJob(session.Protected)}}
	s := toSettings(t, f)
	spoken := 0
	s.u.Spoken = func() { spoken++ }
	for i, row := range []struct{ pick, heading, paste string }{{"Deutsch", "Darstellung", "Einfügen"}, {"English", "Appearance", "Paste"}} {
		s.pick(row.pick)
		if !s.says(row.heading) || s.u.current != Settings || spoken != i+1 {
			t.Errorf("after %s, the settings have no %q", row.pick, row.heading)
		}
		o, ok := s.u.window.Canvas().Focused().(*look.Option)
		if !ok || o.Title != row.pick || !o.Chosen() {
			t.Errorf("after %s, the keyboard is at %v", row.pick, s.u.window.Canvas().Focused())
		}
		if !s.fieldOffers(row.paste) {
			t.Errorf("after %s, the menu of a field has no %q", row.pick, row.paste)
		}
	}
	f.refuses = errors.New("the disk is full")
	s.pick("Deutsch")
	if lang.Used().Tag != "en" || !s.says("This could not be kept. The computer says: the disk is full.") || s.chosenCard("Deutsch") {
		t.Error("a language that cannot be kept is spoken, or shown as chosen")
	}
}

// fieldOffers tells that the menu of a text field has a line.
func (s *stage) fieldOffers(line string) bool {
	field := look.NewField("")
	w := test.NewTempWindow(s.t, field)
	test.TapSecondary(field)
	found := false
	each(w, func(o fyne.CanvasObject) {
		if text, ok := o.(*canvas.Text); ok && text.Text == line {
			found = true
		}
	})
	return found
}

// chosenCard tells that a card is chosen.
func (s *stage) chosenCard(title string) (chosen bool) {
	each(s.u.window, func(o fyne.CanvasObject) {
		if x, ok := o.(*look.Option); ok && reads(x.Title, title) {
			chosen = x.Chosen()
		}
	})
	return chosen
}

// toolkitLocale is the variable that makes a process one of
// TestToolkitSpeaksAsWeDo's.
const toolkitLocale = "VARVE_TEST_TOOLKIT"

// The toolkit says what we say, whatever the system asks it to speak. It learns
// that once in a process, and forgets nothing: each locale has a process.
func TestToolkitSpeaksAsWeDo(t *testing.T) {
	if locale, is := os.LookupEnv(toolkitLocale); is {
		toolkitSpeaks(t, locale)
		return
	}
	for _, locale := range []string{"C", "", "en_GB.UTF-8", "de_AT.UTF-8", "zh_Hant_TW", "tlh", "no locale"} {
		child := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^"+t.Name()+"$")
		child.Env = append(os.Environ(), toolkitLocale+"="+locale, "LANGUAGE=", "LC_ALL=", "LC_MESSAGES=", "LANG="+locale)
		if out, err := child.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	}
}

func toolkitSpeaks(t *testing.T, locale string) {
	t.Helper()
	french, err := lang.Parse("fr", strings.NewReader(`{"Copy": "Copier", "Name": "Nom"}`))
	if err != nil {
		t.Fatal(err)
	}
	for copied, l := range map[string]*lang.Language{"Copy": lang.English(), "Copier": french} {
		lang.Use(l)
		if err := teachToolkit(); err != nil {
			t.Fatal(err)
		}
		if got := toolkit.L("Copy"); got != copied {
			t.Errorf("with the locale %q it says %q, want %q", locale, got, copied)
		}
	}
}

func TestBrokenLanguageIsNamed(t *testing.T) {
	f := &fake{}
	f.broken = errors.Join(errors.Join(errors.New("fr.json is left out: one")), errors.New("it.json is left out: two"))
	s := toSettings(t, f)
	for _, want := range []string{"fr.json is left out: one.", "it.json is left out: two."} {
		if !s.says("A language that was added cannot be used. The computer says: " + want) {
			t.Errorf("it does not say %q", want)
		}
	}
}

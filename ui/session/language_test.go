package session

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/varve-backup/varve/ui/lang"
)

// asks sets what the system asks for.
func asks(t *testing.T, locale string) {
	t.Helper()
	for _, name := range []string{"LANGUAGE", "LC_ALL", "LC_MESSAGES"} {
		t.Setenv(name, "")
	}
	t.Setenv("LANG", locale)
}

// speaking is a session that has languages of its own.
func speaking(t *testing.T, files map[string]string) (*Session, string) {
	t.Helper()
	t.Cleanup(func() { lang.Use(lang.English()) })
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "languages"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, "languages", name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := Open(t.Context(), Config{DataDir: dir, CacheDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, dir
}

func TestTheSystemsLanguage(t *testing.T) {
	s, _ := speaking(t, map[string]string{"fr.json": `{"Monday": "lundi"}`})
	for locale, want := range map[string]string{
		"de_DE.UTF-8": "Montag", "de_AT": "Montag", "fr_CA.UTF-8": "lundi", "en_GB.UTF-8": "Monday", "ja_JP": "Monday", "C": "Monday", "": "Monday", "?": "Monday",
	} {
		asks(t, locale)
		if s.Speak(t.Context()); lang.T("Monday") != want {
			t.Errorf("the locale %q has it say %q, want %q", locale, lang.T("Monday"), want)
		}
	}
	asks(t, "C.UTF-8")
	t.Setenv("LANGUAGE", "ja:fr:de")
	if s.Speak(t.Context()); lang.T("Monday") != "lundi" {
		t.Errorf("of several wishes it grants %q", lang.T("Monday"))
	}
}

func TestALanguageIsChosen(t *testing.T) {
	asks(t, "en_GB.UTF-8")
	s, dir := speaking(t, map[string]string{"fr.json": `{"Monday": "lundi"}`, "en.json": `{"Monday": "Moonday"}`, "xx.json": "no catalogue"})
	told := 0
	s.Listen(func() { told++ })
	for i, row := range []struct{ tag, says string }{{"fr", "lundi"}, {"de", "Montag"}, {"en", "Moonday"}, {"", "Moonday"}, {"fr", "lundi"}} {
		if err := s.SetLanguage(t.Context(), row.tag); err != nil {
			t.Fatal(err)
		}
		if lang.T("Monday") != row.says || told != i+1 {
			t.Errorf("%q says %q, and %d times it was told", row.tag, lang.T("Monday"), told)
		}
	}
	l, err := s.Languages(t.Context())
	if err != nil || l.Chosen != "fr" || l.Folder != filepath.Join(dir, "languages") || len(l.Offered) != 3 {
		t.Errorf("%+v, %v", l, err)
	}
	if l.Broken == nil || !strings.Contains(l.Broken.Error(), "xx.json is left out") {
		t.Errorf("of the file that is none: %v", l.Broken)
	}
	if err := os.Remove(filepath.Join(dir, "languages", "fr.json")); err != nil {
		t.Fatal(err)
	}
	if s.Speak(t.Context()); lang.T("Monday") != "Moonday" {
		t.Errorf("without the file that was chosen it says %q", lang.T("Monday"))
	}
}

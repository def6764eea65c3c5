package lang_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/varve-backup/varve/ui/lang"
)

// use speaks a language until the test ends.
func use(t *testing.T, l *lang.Language) {
	t.Helper()
	before := lang.Used()
	lang.Use(l)
	t.Cleanup(func() { lang.Use(before) })
}

func parse(t *testing.T, tag, catalogue string) *lang.Language {
	t.Helper()
	l, err := lang.Parse(tag, strings.NewReader(catalogue))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestTexts(t *testing.T) {
	use(t, parse(t, "pl", `{
		"Hello": "Cześć",
		"%s to %s": "na %[2]s z %[1]s",
		"%s files": {"one": "%s plik", "few": "%s pliki", "many": "%s plików", "other": "%s pliku"}
	}`))
	for _, c := range []struct{ got, want string }{
		{lang.T("Hello"), "Cześć"},
		{lang.T("Nobody translated 100 % of this."), "Nobody translated 100 % of this."},
		{lang.T("%s to %s", "Home", "Lake"), "na Lake z Home"},
		{lang.N(1, "%s file", "%s files", "1"), "1 plik"},
		{lang.N(3, "%s file", "%s files", "3"), "3 pliki"},
		{lang.N(int64(5), "%s file", "%s files", "5"), "5 plików"},
		{lang.N(1, "%s cat", "%s cats", "1"), "1 cat"},
		{lang.N(2, "%s cat", "%s cats", "2"), "2 cats"},
	} {
		if c.got != c.want {
			t.Errorf("said %q, want %q", c.got, c.want)
		}
	}
}

func TestTimes(t *testing.T) {
	at := time.Date(2026, 3, 9, 14, 5, 0, 0, time.UTC)
	english := lang.Time(at, "Mon 2 Jan 15:04")
	if english != "Mon 9 Mar 14:05" {
		t.Errorf("in English: %q", english)
	}
	use(t, parse(t, "de", `{"Mon 2 Jan 15:04": "Mon, 2. Jan, 15:04", "Mon": "Mo", "Mar": "März", "decimal mark .": ","}`))
	if got := lang.Time(at, "Mon 2 Jan 15:04"); got != "Mo, 9. März, 14:05" {
		t.Errorf("in German: %q", got)
	}
	if got := lang.Time(at, "Mon"); got != "Mo" {
		t.Errorf("a weekday in German: %q", got)
	}
	if got := lang.Decimal("1.25"); got != "1,25" {
		t.Errorf("a number in German: %q", got)
	}
}

func TestCataloguesThatAreRefused(t *testing.T) {
	for what, c := range map[string]struct{ tag, catalogue, says string }{
		"no language":       {"no such language", `{}`, "names no language"},
		"no JSON":           {"de", `{`, "reading the texts in de"},
		"a list":            {"de", `{"a": ["b"]}`, `the text "a" in de`},
		"a lost verb":       {"de", `{"%s of %s": "%s"}`, "puts in [1s]"},
		"another verb":      {"de", `{"%s": "%d"}`, "puts in [1d]"},
		"a verb too far":    {"de", `{"%s": "%[2]s"}`, "puts in [2s]"},
		"an unknown form":   {"de", `{"a": {"other": "b", "dual": "c"}}`, `no form "dual"`},
		"nothing":           {"de", `{"a": ""}`, "no translation"},
		"no form for other": {"de", `{"a": {"one": "b"}}`, "no translation"},
	} {
		_, err := lang.Parse(c.tag, strings.NewReader(c.catalogue))
		if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestEveryTextHasItsGerman holds the shipped catalogue to the code: nothing
// is missing, and nothing is left from texts that are gone.
func TestEveryTextHasItsGerman(t *testing.T) {
	keys, given := keysOfTheCode(t), map[string]json.RawMessage{}
	files, err := filepath.Glob("translations/de/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		for text, value := range readRaw(t, name) {
			if _, twice := given[text]; twice {
				t.Errorf("%s: %q stands in another file too", name, text)
			}
			if _, said := keys[text]; !said {
				t.Errorf("%s: nothing says %q", name, text)
			}
			given[text] = value
		}
	}
	for text, k := range keys {
		value, ok := given[text]
		switch {
		case !ok:
			t.Errorf("%s: there is no German for %q", k.at, text)
		case k.plural != strings.HasPrefix(string(value), "{"):
			t.Errorf("%s: the German of %q has not the forms that it needs", k.at, text)
		}
	}
}

func readRaw(t *testing.T, name string) map[string]json.RawMessage {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(b, &raw); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return raw
}

func TestShipped(t *testing.T) {
	all, err := lang.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 1 || all[0].Tag != "de" || all[0].Name != "Deutsch" {
		t.Fatalf("shipped: %+v", all)
	}
	use(t, all[0])
	if got := lang.T("Monday"); got != "Montag" {
		t.Errorf("Monday is %q", got)
	}
}

func TestAddedByAPerson(t *testing.T) {
	dir := t.TempDir()
	for name, catalogue := range map[string]string{
		"fr.json": `{"Monday": "lundi"}`,
		"de.json": `{"Monday": "Montach"}`,
		"xx.json": `no catalogue`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(catalogue), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	theirs, err := lang.Added(dir)
	if err == nil || !strings.Contains(err.Error(), "xx.json is left out") {
		t.Errorf("a file that is no catalogue: %v", err)
	}
	ours, err := lang.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	all := lang.Merge(ours, theirs)
	if len(all) != 2 || all[0].Tag != "de" || all[1].Tag != "fr" {
		t.Fatalf("offered: %+v", all)
	}
	use(t, all[0])
	if got := lang.T("Monday") + " " + lang.T("Tuesday"); got != "Montach Dienstag" {
		t.Errorf("the person's own German says %q", got)
	}
	for _, c := range []struct{ wish, want string }{
		{"de_AT.UTF-8", "de"}, {"fr_CA", "fr"}, {"en_GB.UTF-8", "en"}, {"ja_JP", "en"}, {"C", "en"}, {"", "en"}, {"de@euro", "de"},
	} {
		if got := lang.Choose(all, c.wish).Tag; got != c.want {
			t.Errorf("%q is answered in %q, want %q", c.wish, got, c.want)
		}
	}
	if got := lang.Choose(all, "ja_JP", "fr_FR").Tag; got != "fr" {
		t.Errorf("the second wish is answered in %q", got)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("de", `{"%s of %s": "%[2]s %[1]s", "%s files": {"one": "%s Datei", "other": "%s Dateien"}}`)
	f.Add("fr", `{"a": "%[9]s"}`)
	f.Fuzz(func(t *testing.T, tag, catalogue string) {
		if l, err := lang.Parse(tag, strings.NewReader(catalogue)); err == nil && l.Name == "" && tag == "de" {
			t.Error("a language without a name")
		}
	})
}

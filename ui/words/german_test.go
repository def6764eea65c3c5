package words

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/varve-backup/varve/ui/lang/langtest"
)

func TestGerman(t *testing.T) {
	langtest.Speak(t, "de")
	for _, c := range []struct{ got, want string }{
		{Count(1, "file"), "1 Datei"},
		{Count(2, "file"), "2 Dateien"},
		{Count(0, "version"), "0 Versionen"},
		{Count(41_230, "item"), "41\u2009230 Objekte"},
		{Count(1, "month"), "1 Monat"},
		{Size(1_250_000), "1,25 MB"},
		{Size(18_010_000_000), "18,0 GB"},
		{Size(999), "999 B"},
		{Ago(now.Add(-time.Minute), now), "vor 1 Minute"},
		{Ago(now.Add(-3*time.Minute), now), "vor 3 Minuten"},
		{Ago(now.Add(-3*time.Hour), now), "heute um 07:12"},
		{Ago(now.Add(-11*time.Hour), now), "gestern um 23:12"},
		{Ago(now.AddDate(0, 0, -3), now), "Mi 18. Nov. 10:12"},
		{Ago(now.AddDate(-1, 0, 0), now), "21. Nov. 2025 10:12"},
		{Near(now.AddDate(0, 0, -18), now), "3. Nov."},
		{Near(now.AddDate(-2, 2, 0), now), "21. Jan. 2025"},
		{Day(now.AddDate(0, 0, -3), now), "Mittwoch, 18. November"},
		{Day(now.AddDate(-1, -8, 0), now), "21. März 2025"},
		{End(now.AddDate(0, 0, 1), now), "morgen um 10:12"},
		{Coming(now.AddDate(0, 0, 2), now), "am Montag"},
		{Coming(now.AddDate(0, 1, 0), now), "am 21. Dezember"},
		{Coming(now.AddDate(0, 2, 0), now), "am 21. Januar 2027"},
		{Took(time.Millisecond), "weniger als einer Sekunde"},
		{Took(3 * time.Hour), "3 Stunden"},
		{Left(50, 100, 5*time.Minute), "etwa 4–7 Minuten"},
		{Left(90, 100, time.Minute), "weniger als eine Minute"},
		{List([]string{"a", "b", "c"}), "a, b und c"},
	} {
		if c.got != c.want {
			t.Errorf("said %q, want %q", c.got, c.want)
		}
	}
}

// A noun that Count does not know would be said in the singular of English.
func TestEveryNounIsKnown(t *testing.T) {
	counted := regexp.MustCompile(`words\.Count\((?:[^()",]|\((?:[^()]|\([^()]*\))*\))*, "([^"]*)"\)`)
	err := filepath.WalkDir("..", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		src, err := os.ReadFile(path)
		for _, m := range counted.FindAllSubmatch(src, -1) {
			if noun := string(m[1]); Count(2, noun) != "2 "+noun+"s" {
				t.Errorf("%s counts in %q", path, noun)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

package notice

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/session"
)

// What is shown is said in another language as soon as that is chosen, and once.
func TestNoticesFollowTheLanguage(t *testing.T) {
	t.Cleanup(func() { lang.Use(lang.English()) })
	german, err := lang.Parse("de", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.set(1, session.Unprotected)
		w.set(2, session.Protected)
		expect, end := w.follow(t)
		defer end()
		expect("Job1 is not protected")
		lang.Use(german)
		expect("Job1 is not protected")
		if len(w.shown) != 1 {
			t.Errorf("shown are %v", w.shown)
		}
		expect()
	})
}

package tray

import (
	"strings"
	"testing"

	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/session"
)

// The menu is built anew in another language, though nothing else has changed.
func TestMenuFollowsTheLanguage(t *testing.T) {
	t.Cleanup(func() { lang.Use(lang.English()) })
	j := &jobs{states: []session.JobState{state(1, "Letters", session.Protected)}}
	p := show(t, j)
	built := p.built
	j.set(j.states...)
	if p.built != built {
		t.Fatal("the menu is built anew for nothing")
	}
	german, err := lang.Parse("de", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	lang.Use(german)
	j.set(j.states...)
	if p.built != built+1 {
		t.Error("the menu stays in the language of before")
	}
}

package session

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/restore"
	"github.com/varve-backup/varve/engine/undo"
)

// Parts of two versions that are restored in place together are undone together,
// also by the next session, and what is too old is forgotten by it.
func TestUndoOfARestoreInPlace(t *testing.T) {
	p := newPerson(t)
	id, a := p.job("")
	p.backUp(id)
	p.until("the first version to be known", func() bool { return p.versions(a) == 1 })
	first := p.newest(a)
	p.write("Letters/2026/to Ada.txt", "Dear Ada, it rains")
	p.backUp(id)
	p.until("the second version to be known", func() bool { return p.versions(a) == 2 })
	second := p.newest(a)
	p.write("Letters/2026/to Ada.txt", "another letter")
	if err := os.Remove(filepath.Join(p.dir, "Letters/diary.txt")); err != nil {
		t.Fatal(err)
	}
	target := filepath.Join(p.dir, "Letters")
	plan := func(v engine.Version, path string, clash restore.Clash) engine.RestorePlan {
		return engine.RestorePlan{At: v.Time, Version: v.ID, Paths: []string{path}, Target: target, Clash: clash}
	}
	restored := func() (sum engine.Summary) {
		t.Helper()
		before := p.letters()
		work := p.s.Restore(a, plan(second, "2026", restore.Replace), plan(first, "diary.txt", restore.Replace))
		if err := work.Run(t.Context(), func(e engine.Event) {
			if f, ok := e.(engine.Finished); ok {
				sum = f.Summary
			}
		}); err != nil {
			t.Fatal(err)
		}
		if maps.Equal(before, p.letters()) || sum.Undo == "" {
			t.Fatalf("got %+v", sum)
		}
		return sum
	}
	before := p.letters()
	sum := restored()
	if err := p.s.Close(); err != nil {
		t.Fatal(err)
	}
	p.open()
	all, err := p.s.Undos(t.Context())
	if err != nil || len(all) != 1 || all[0].ID != sum.Undo || all[0].Replaced != 1 || all[0].Created != 1 {
		t.Fatalf("got %+v, %v", all, err)
	}
	for _, dry := range []bool{true, false} {
		if err := p.s.Undo(sum.Undo, dry).Run(t.Context(), func(engine.Event) {}); err != nil {
			t.Fatal(err)
		}
		if got := maps.Equal(before, p.letters()); got == dry {
			t.Errorf("dry %v: it holds %v", dry, p.letters())
		}
	}
	err = p.s.Undo(sum.Undo, false).Run(t.Context(), func(engine.Event) {})
	if e, ok := errors.AsType[*engine.Error](err); !ok || e.Kind != engine.NotFound {
		t.Errorf("it was undone twice: %v", err)
	}

	restored()
	p.now = func() time.Time { return time.Now().Add(undo.KeptFor + time.Hour) }
	if err := p.s.Close(); err != nil {
		t.Fatal(err)
	}
	p.open()
	p.until("it to be forgotten", func() bool {
		all, err := p.s.Undos(t.Context())
		return err == nil && len(all) == 0
	})
}

// letters are what is in the folder.
func (p *person) letters() map[string]string {
	p.t.Helper()
	found := map[string]string{}
	for _, name := range []string{"diary.txt", "2026/to Ada.txt"} {
		b, err := os.ReadFile(filepath.Join(p.dir, "Letters", name))
		if err == nil {
			found[name] = string(b)
		}
	}
	return found
}

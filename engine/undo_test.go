package engine_test

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"testing"
	"time"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/restore"
)

// Of every format, a restore in place is undone to the inode, and what was
// changed since is named.
func TestUndoOfARestoreInPlace(t *testing.T) {
	for name, destination := range makers {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			e := engine.New(engine.Config{ArchiveDir: t.TempDir(), TempDir: t.TempDir(), UndoDir: dir + "/undo"})
			d, root := destination("file://"+dir+"/repo"), dir+"/home"
			files := map[string]string{"same": "same", "changed": "first"}
			for n := range 20 {
				files[fmt.Sprintf("d%d/f%d", n%3, n)] = fmt.Sprint("file ", n)
			}
			v := backUp(t, e, d, root, time.Unix(1_700_000_000, 0), files)
			for _, err := range []error{
				os.WriteFile(root+"/changed", []byte("later"), 0o600), os.RemoveAll(root + "/d1"), os.WriteFile(root+"/mine", []byte("mine"), 0o600),
				os.WriteFile(root+"/d0/f0", []byte("mine too"), 0o600),
			} {
				if err != nil {
					t.Fatal(err)
				}
			}
			before := lying(t, root)
			plan := engine.RestorePlan{Destination: d, Version: v.ID, Target: root, Clash: restore.Replace, Undo: e.NewUndo()}
			sum := summaryOf(t, e.Restore(plan))
			if sum.Undo != plan.Undo || sum.Unkept != 0 {
				t.Errorf("got %+v", sum)
			}
			all, err := e.Undos(t.Context())
			if err != nil || len(all) != 1 || all[0].Replaced != 2 || all[0].Created != 8 {
				t.Fatalf("got %+v, %v", all, err)
			}
			if err := os.WriteFile(root+"/d0/f0", []byte("edited"), 0o600); err != nil {
				t.Fatal(err)
			}
			stayed := map[string]bool{}
			var undone engine.Summary
			err = e.Undo(engine.UndoPlan{ID: sum.Undo}).Run(t.Context(), func(x engine.Event) {
				switch x := x.(type) {
				case engine.FileProblem:
					stayed[x.Path] = true
				case engine.Finished:
					undone = x.Summary
				}
			})
			if err != nil || undone.Undone.Replaced != 1 || undone.Undone.Created != 8 || !stayed["d0/f0"] || len(stayed) != 1 {
				t.Errorf("got %+v, %v stayed, %v", undone, stayed, err)
			}
			after := lying(t, root)
			delete(before, "d0/f0")
			delete(after, "d0/f0")
			if !maps.Equal(before, after) {
				t.Errorf("got %v, want %v", after, before)
			}
			if _, err := e.PurgeUndos(t.Context(), time.Now()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestUndoOfNothing(t *testing.T) {
	e := engine.New(engine.Config{ArchiveDir: t.TempDir(), UndoDir: t.TempDir() + "/undo"})
	err := e.Undo(engine.UndoPlan{}).Run(t.Context(), nil)
	if x, ok := errors.AsType[*engine.Error](err); !ok || x.Kind != engine.NotFound {
		t.Errorf("got %v", err)
	}
}

func summaryOf(t *testing.T, job *engine.Job) (sum engine.Summary) {
	t.Helper()
	err := job.Run(t.Context(), func(x engine.Event) {
		switch x := x.(type) {
		case engine.FileProblem:
			t.Errorf("%q: %v", x.Path, x.Err)
		case engine.Finished:
			sum = x.Summary
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

package engine_test

import (
	"os"
	"testing"
	"time"

	"github.com/varve-backup/varve/engine"
)

// What was read back at one place proves nothing of a copy of it at another.
func TestReadingOnePlaceProvesNoOther(t *testing.T) {
	for name, format := range map[string]engine.Format{"volumes": engine.Volumes, "deduplicated": engine.Deduplicated} {
		t.Run(name, func(t *testing.T) {
			p := &patient{t: t, e: newEngine(t), at: place(t, format), source: t.TempDir(), copy: place(t, format)}
			p.write("kept")
			p.backUp(time.Now().Add(-time.Minute))
			if err := os.CopyFS(folderOf(p.copy), os.DirFS(folderOf(p.at))); err != nil {
				t.Fatal(err)
			}
			if first := p.proved(p.at, engine.NewDataCheck(1, 1)); first.Fresh.Of == 0 || first.Fresh.Read != first.Fresh.Of {
				t.Fatalf("after all was read: %+v", first.Fresh)
			}
			if second := p.proved(p.copy, engine.DataCheck{}); second.Fresh.Of == 0 || second.Fresh.Read != 0 {
				t.Errorf("of the copy nothing was read: %+v", second.Fresh)
			}
			if first := p.proved(p.at, engine.DataCheck{}); first.Fresh.Read != first.Fresh.Of {
				t.Errorf("it is forgotten: %+v", first.Fresh)
			}
		})
	}
}

// proved checks what is at a place, and reads as much of it as the plan says.
func (p *patient) proved(d engine.Destination, data engine.DataCheck) (c engine.Checked) {
	p.t.Helper()
	if err := p.e.Check(engine.CheckPlan{Destination: d, Data: data}, func(checked engine.Checked) { c = checked }).Run(p.t.Context(), nil); err != nil {
		p.t.Fatal(err)
	}
	return c
}

package engine_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/varve-backup/varve/engine"
)

// patient is an archive with two versions, of which what holds their files is
// damaged: "gone" is in the older one alone, and "kept" in both and in the folder.
type patient struct {
	t       *testing.T
	e       *engine.Engine
	at      engine.Destination
	source  string
	copy    engine.Destination // as it was before the damage
	damaged []string           // below the archive
}

func newPatient(t *testing.T, format engine.Format) *patient {
	t.Helper()
	p := &patient{t: t, e: newEngine(t), at: place(t, format), source: t.TempDir()}
	p.write("gone")
	p.backUp(time.Now().Add(-time.Hour))
	if err := os.Remove(filepath.Join(p.source, "gone")); err != nil {
		t.Fatal(err)
	}
	p.write("kept")
	p.backUp(time.Now().Add(-time.Minute))
	p.copy = place(t, format)
	if err := os.CopyFS(folderOf(p.copy), os.DirFS(folderOf(p.at))); err != nil {
		t.Fatal(err)
	}
	p.damaged = p.flip(p.at)
	return p
}

func folderOf(d engine.Destination) string { return strings.TrimPrefix(d.URL, "file://") }

func (p *patient) write(name string) {
	p.t.Helper()
	content := make([]byte, 100_000)
	rand.Read(content)
	if err := os.WriteFile(filepath.Join(p.source, name), content, 0o600); err != nil {
		p.t.Fatal(err)
	}
}

func (p *patient) backUp(at time.Time) {
	p.t.Helper()
	if err := p.e.Backup(engine.BackupPlan{Destination: p.at, Root: p.source, Time: at}).Run(p.t.Context(), failOnProblem(p.t)); err != nil {
		p.t.Fatal(err)
	}
}

// flip damages all that holds content, and returns what that was.
func (p *patient) flip(d engine.Destination) (names []string) {
	p.t.Helper()
	root := folderOf(d)
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil || len(b) < 90_000 {
			return err
		}
		name, err := filepath.Rel(root, path)
		names = append(names, name)
		b[len(b)/2] ^= 1
		return errors.Join(err, os.Chmod(path, 0o600), os.WriteFile(path, b, 0o600))
	})
	if err != nil || len(names) != 2 {
		p.t.Fatalf("damaged %q: %v", names, err)
	}
	return names
}

// mend mends it, and tells how often the steps were begun.
func (p *patient) mend(plan engine.MendPlan) (m engine.Mended, steps []engine.MendStep, err error) {
	p.t.Helper()
	plan.Destination = p.at
	err = p.e.Mend(plan, func(done engine.Mended) { m = done }).Run(p.t.Context(), func(ev engine.Event) {
		if s, ok := ev.(engine.MendStepped); ok {
			steps = append(steps, s.Step)
		}
	})
	return m, steps, err
}

// isKept tells that a version has the file whole that the folder has.
func (p *patient) isKept() bool {
	p.t.Helper()
	want, err := os.ReadFile(filepath.Join(p.source, "kept"))
	if err != nil {
		p.t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(restored(p.t, p.e, p.at, time.Time{}), "kept"))
	return err == nil && bytes.Equal(got, want)
}

func (p *patient) sources() engine.BackupPlan { return engine.BackupPlan{Root: p.source} }

func formats(t *testing.T, test func(*testing.T, *patient, engine.Format)) {
	for name, format := range map[string]engine.Format{"deduplicated": engine.Deduplicated, "volumes": engine.Volumes} {
		t.Run(name, func(t *testing.T) { test(t, newPatient(t, format), format) })
	}
}

// What another place has whole comes from there, also what is missing.
func TestMendFromAnotherPlace(t *testing.T) {
	formats(t, func(t *testing.T, p *patient, _ engine.Format) {
		if err := os.Remove(filepath.Join(folderOf(p.at), p.damaged[0])); err != nil {
			t.Fatal(err)
		}
		m, steps, err := p.mend(engine.MendPlan{Copies: []engine.Destination{p.copy}, Sources: p.sources()})
		if err != nil || len(m.Found) < 2 || m.Fetched != 2 || len(m.Left) != 0 || len(m.Lost) != 0 || m.Again {
			t.Fatalf("got %+v, %v", m, err)
		}
		if slices.Contains(steps, engine.MendSources) {
			t.Error("the sources are read for nothing")
		}
		for _, name := range p.damaged {
			got, err1 := os.ReadFile(filepath.Join(folderOf(p.at), name))
			want, err2 := os.ReadFile(filepath.Join(folderOf(p.copy), name))
			if err1 != nil || err2 != nil || !bytes.Equal(got, want) {
				t.Errorf("%s is not that of the copy: %v, %v", name, err1, err2)
			}
		}
	})
}

// A copy that is damaged too gives nothing, and what the folder still has comes
// from there.
func TestMendFromTheSources(t *testing.T) {
	formats(t, func(t *testing.T, p *patient, format engine.Format) {
		p.flip(p.copy)
		m, _, err := p.mend(engine.MendPlan{Copies: []engine.Destination{p.copy}, Sources: p.sources()})
		if err != nil || m.Fetched != 0 || !m.Again || !p.isKept() {
			t.Fatalf("got %+v, %v", m, err)
		}
		if format == engine.Volumes {
			if len(m.Left) == 0 || len(m.Lost) != 0 {
				t.Errorf("volumes are mended in place: %+v", m)
			}
			return
		}
		if len(m.Left) != 0 || len(m.Lost) != 1 || filepath.Base(m.Lost[0]) != "gone" {
			t.Errorf("lost %q, left %+v", m.Lost, m.Left)
		}
	})
}

// Nothing is marked as lost while something that may still have it is not there.
func TestMendGivesNothingUp(t *testing.T) {
	formats(t, func(t *testing.T, p *patient, _ engine.Format) {
		before := names(t, folderOf(p.at))
		away := place(t, engine.Deduplicated)
		m, _, err := p.mend(engine.MendPlan{Copies: []engine.Destination{away}, Sources: p.sources()})
		if kindOf(err) != engine.Offline || !errors.Is(err, engine.ErrMendCopy) || len(m.Lost) != 0 || !slices.Equal(names(t, folderOf(p.at)), before) {
			t.Errorf("without the other place: %+v, %v", m, err)
		}
		versions := func() []engine.Version {
			all, err := p.e.Versions(t.Context(), p.at)
			if err != nil {
				t.Fatal(err)
			}
			return all
		}
		known := versions()
		m, _, err = p.mend(engine.MendPlan{Sources: engine.BackupPlan{Root: filepath.Join(p.source, "nowhere")}})
		if kindOf(err) != engine.SourceMissing || len(m.Lost) != 0 {
			t.Errorf("without the folder: %+v, %v", m, err)
		}
		for i, v := range versions() {
			if v.ID != known[i].ID {
				t.Error("a version was changed")
			}
		}
	})
}

// What is whole is read once and left alone.
func TestMendOfWhatIsWhole(t *testing.T) {
	formats(t, func(t *testing.T, p *patient, _ engine.Format) {
		p.at = p.copy
		before := names(t, folderOf(p.at))
		m, steps, err := p.mend(engine.MendPlan{Sources: p.sources()})
		if err != nil || len(m.Found)+len(m.Left)+len(m.Lost) != 0 || m.Checked.FilesRead == 0 || !slices.Equal(steps, []engine.MendStep{engine.MendLooking}) {
			t.Errorf("got %+v, %v, %v", m, steps, err)
		}
		if !slices.Equal(names(t, folderOf(p.at)), before) {
			t.Error("something was changed")
		}
	})
}

// One that is stopped changes nothing more.
func TestMendStopped(t *testing.T) {
	p := newPatient(t, engine.Deduplicated)
	ctx, stop := context.WithCancel(t.Context())
	err := p.e.Mend(engine.MendPlan{Destination: p.at, Sources: p.sources()}, func(engine.Mended) {}).Run(ctx, func(ev engine.Event) {
		if s, ok := ev.(engine.MendStepped); ok && s.Step == engine.MendSaving {
			stop()
		}
	})
	if kindOf(err) != engine.Cancelled {
		t.Fatalf("got %v", err)
	}
	if m, _, err := p.mend(engine.MendPlan{Sources: p.sources()}); err != nil || len(m.Left) != 0 || !p.isKept() {
		t.Errorf("afterwards: %+v, %v", m, err)
	}
}

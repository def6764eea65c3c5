package engine_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/varve-backup/varve/engine"
)

// A place is made a copy of an archive only where nothing is lost by it.
func TestCopyOfAnArchive(t *testing.T) {
	hash := func(c string) string { return strings.Repeat(c, 64) }
	volumes := map[string]string{
		"duplicity-full.20260101T000000Z.manifest": "m", "duplicity-full.20260101T000000Z.vol1.difftar.gz": "volume",
		"duplicity-full-signatures.20260101T000000Z.sigtar.gz": "signatures",
	}
	deduplicated := map[string]string{"config": "sealed", "keys/" + hash("a"): "key", "data/bb/" + hash("b"): "pack", "snapshots/" + hash("c"): "snapshot"}
	older := map[string]string{"duplicity-full.20250101T000000Z.manifest": "m", "duplicity-full.20250101T000000Z.vol1.difftar.gz": "volume"}
	with := func(files map[string]string, name, content string) map[string]string {
		all := map[string]string{name: content}
		for n, c := range files {
			if _, set := all[n]; !set {
				all[n] = c
			}
		}
		return all
	}
	without := func(files map[string]string, name string) map[string]string {
		all := with(files, name, "")
		delete(all, name)
		return all
	}
	for _, row := range []struct {
		name        string
		from, there map[string]string
		known       bool
		want        error
	}{
		{"an empty place", volumes, nil, false, nil},
		{"an empty place, deduplicated", deduplicated, nil, false, nil},
		{"a marked place", volumes, map[string]string{".varve-destination": "id"}, false, nil},
		{"itself", volumes, volumes, false, nil},
		{"a copy with more", volumes, with(volumes, "duplicity-inc.20260101T000000Z.to.20260102T000000Z.manifest", "m"), false, nil},
		{"a copy with a pin that went", volumes, with(volumes, "varve-pin.20260101T000000Z.until-20270131.7f3a9c21.gpg", "why"), true, nil},
		{"an unfinished copy", deduplicated, map[string]string{"data/bb/" + hash("b"): "pack"}, false, nil},
		{"a copy with a pack that went", deduplicated, with(deduplicated, "data/dd/"+hash("d"), "pack"), false, nil},
		{"somebody's pictures", volumes, map[string]string{"lake.jpg": "picture"}, false, engine.ErrNoCopy},
		{"pictures beside a copy", deduplicated, with(deduplicated, "pictures/lake.jpg", "picture"), true, engine.ErrNoCopy},
		{"another archive", deduplicated, with(deduplicated, "config", "SEALED"), true, engine.ErrNoCopy},
		{"another archive of volumes", volumes, older, false, engine.ErrNoCopy},
		{"all that was there has gone from the source", volumes, older, true, nil},
		{"the other format", volumes, deduplicated, true, engine.ErrNoCopy},
		{"the other format, the other way round", deduplicated, volumes, true, engine.ErrNoCopy},
		{"a source that is no archive", map[string]string{"lake.jpg": "picture"}, nil, false, engine.ErrCopyOfNothing},
		{"a source without a version", without(deduplicated, "snapshots/"+hash("c")), deduplicated, true, engine.ErrCopyOfNothing},
		{"nothing at the source", nil, volumes, true, engine.ErrCopyOfNothing},
	} {
		t.Run(row.name, func(t *testing.T) {
			from, there := t.TempDir(), t.TempDir()
			writeFiles(t, from, row.from)
			writeFiles(t, there, row.there)
			m := newMirroring(t)
			m.options.MaxRemove = 100
			m.plan = func(p *engine.SyncPlan) { p.Copy, p.Known = true, row.known }
			_, err := m.run(local(from), local(there))
			if !errors.Is(err, row.want) || row.want == nil && err != nil {
				t.Fatalf("got %v, want %v", err, row.want)
			}
			want := row.from
			if row.want != nil {
				want = row.there
			}
			for name, content := range want {
				if got, err := os.ReadFile(filepath.Join(there, name)); err != nil || string(got) != content {
					t.Errorf("%s holds %q, %v", name, got, err)
				}
			}
		})
	}
}

func TestCheckApart(t *testing.T) {
	for _, row := range []struct {
		a, b    string
		refused bool
	}{
		{"file:///a/b", "file:///a/b", true},
		{"file:///a/b", "file:///a", true},
		{"file:///a", "file:///a/b/c", true},
		{"file:///a/b", "file:///a/bc", false},
		{"sftp://ada@nas/x", "sftp://ada@nas/x/y", true},
		{"sftp://ada@nas/x", "sftp://ada@other/x", false},
		{"file:///a", "sftp://ada@nas//a", false},
	} {
		if err := engine.CheckApart(t.Context(), row.a, row.b); errors.Is(err, engine.ErrOverlap) != row.refused || !row.refused && err != nil {
			t.Errorf("%s and %s: %v", row.a, row.b, err)
		}
	}
}

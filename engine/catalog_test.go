package engine_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/secret"
)

// resticFixture unpacks a repository that a real restic wrote.
func resticFixture(t testing.TB, name string) engine.Destination {
	t.Helper()
	dir := t.TempDir()
	if out, err := exec.Command("tar", "-xzf", filepath.Join("restic", "testdata", name+".tar.gz"), "-C", dir).CombinedOutput(); err != nil {
		t.Fatalf("unpacking %s (Debian package tar): %v\n%s", name, err, out)
	}
	found, err := filepath.Glob(filepath.Join(dir, "*", "config"))
	if err != nil || len(found) != 1 {
		t.Fatalf("%s holds %q, %v", name, found, err)
	}
	return engine.Destination{URL: "file://" + filepath.Dir(found[0]), Encryption: engine.Encryption{Passphrase: secret.New("varve-fixture")}}
}

// Whatever wrote an archive, and in whichever format: the catalog answers as
// browsing does.
func TestCatalogOfWhatOthersWrote(t *testing.T) {
	t.Setenv("GNUPGHOME", gnupgHome(t))
	for _, f := range archives {
		if f.name == "tar-eof-trap" || f.name == "replicated" {
			continue // nothing that the others do not have
		}
		t.Run(f.name, func(t *testing.T) { compareCatalog(t, newEngine(t), f.destination()) })
	}
	for _, name := range []string{"restic-0.14", "restic-0.14-format1", "restic-0.19"} {
		t.Run(name, func(t *testing.T) { compareCatalog(t, newEngine(t), resticFixture(t, name)) })
	}
}

// compareCatalog compares a catalog with what browsing says, version by version.
func compareCatalog(t *testing.T, e *engine.Engine, d engine.Destination) {
	t.Helper()
	c := learnt(t, e, d)
	lines, err := c.Lines(t.Context())
	if err != nil || len(lines) == 0 {
		t.Fatalf("got %v, %v", lines, err)
	}
	known := 0
	for _, l := range lines {
		versions, err := c.Versions(t.Context(), l.ID)
		if err != nil || len(versions) != l.Versions {
			t.Fatalf("got %v, %v", versions, err)
		}
		known += len(versions)
		var before map[string]repository.Entry
		for i, v := range slices.Backward(versions) {
			entries := browse(t, e, d, v.ID)
			compareVersion(t, c, l.ID, v.ID, entries)
			if before != nil {
				compareWithBefore(t, c, l.ID, versions[i+1].ID, &v, before, entries)
			}
			before = entries
		}
	}
	all, err := e.Versions(t.Context(), d)
	if err != nil || len(all) != known {
		t.Errorf("%d versions of %d are known, %v", known, len(all), err)
	}
}

func learnt(t testing.TB, e *engine.Engine, d engine.Destination) *engine.Catalog {
	t.Helper()
	c, err := e.Catalog(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.Learn(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	return c
}

// browse reads a version from the archive itself.
func browse(t *testing.T, e *engine.Engine, d engine.Destination, id string) map[string]repository.Entry {
	t.Helper()
	tree, err := e.Browse(t.Context(), d, engine.Moment{ID: id})
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	if tree.Version().ID != id {
		t.Fatalf("opened %s instead of %s", tree.Version().ID, id)
	}
	all := map[string]repository.Entry{}
	for e, err := range tree.Walk(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		all[e.Path] = e
	}
	return all
}

func row(e *repository.Entry) string {
	return fmt.Sprint(e.Path, e.Type, e.Mode, e.UID, e.GID, e.User, e.Group, e.ModTime.UnixNano(), e.Size, e.Target, e.Major, e.Minor)
}

func compareVersion(t *testing.T, c *engine.Catalog, line int64, id string, entries map[string]repository.Entry) {
	t.Helper()
	n := 1 // the root
	for dir, e := range entries {
		if e.Type != repository.Dir {
			continue
		}
		found, err := c.FolderAt(t.Context(), line, id, dir)
		if err != nil {
			t.Fatal(err)
		}
		for i := range found {
			want, there := entries[found[i].Path]
			if !there || row(&found[i]) != row(&want) {
				t.Errorf("\n got %s\nwant %s", row(&found[i]), row(&want))
			}
		}
		n += len(found)
	}
	if n != len(entries) {
		t.Errorf("%d items of %d in %s", n, len(entries), id)
	}
}

func compareWithBefore(t *testing.T, c *engine.Catalog, line int64, older string, v *engine.VersionSeen, was, is map[string]repository.Entry) {
	t.Helper()
	d, more, err := c.Diff(t.Context(), line, older, v.ID, "", 100_000)
	if err != nil || more {
		t.Fatal(more, err)
	}
	var n [4]int64
	for _, x := range d {
		n[x.Change]++
		_, before := was[x.Path]
		_, after := is[x.Path]
		if before != (x.Change != repository.Added) || after != (x.Change != repository.Deleted) {
			t.Errorf("%s: got %d", x.Path, x.Change)
		}
	}
	if n[repository.Added] != v.Added || n[repository.Modified] != v.Changed || n[repository.Deleted] != v.Deleted {
		t.Errorf("%v are counted as %d, %d, %d", n, v.Added, v.Changed, v.Deleted)
	}
	added := int64(0)
	for p := range is {
		if _, before := was[p]; !before {
			added++
		}
	}
	if added != v.Added {
		t.Errorf("%d are new, got %d", added, v.Added)
	}
}

// makers make a destination in either format.
var makers = map[string]func(url string) engine.Destination{
	"volumes": func(url string) engine.Destination {
		return engine.Destination{URL: url, Encryption: engine.Encryption{Mode: engine.EncryptNone}}
	},
	"deduplicated": func(url string) engine.Destination {
		return engine.Destination{URL: url, Format: engine.Deduplicated, Encryption: engine.Encryption{Passphrase: secret.New("p")}}
	},
}

// backUp makes a version of a folder that holds these files.
func backUp(t testing.TB, e *engine.Engine, d engine.Destination, root string, at time.Time, files map[string]string) engine.Version {
	t.Helper()
	if err := os.RemoveAll(root); err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		path := filepath.Join(root, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(content), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	var saved engine.Version
	err := e.Backup(engine.BackupPlan{Destination: d, Root: root, Time: at, AllowSourceMismatch: true}).Run(t.Context(), func(x engine.Event) {
		if f, ok := x.(engine.Finished); ok {
			saved = f.Summary.Version
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return saved
}

// What a person asks of the catalog: a deleted file, its states, the versions.
func TestCatalogOfOwnVersions(t *testing.T) {
	for name, destination := range makers {
		t.Run(name, func(t *testing.T) {
			e := newEngine(t)
			d := destination("file://" + filepath.Join(t.TempDir(), "repo"))
			root := filepath.Join(t.TempDir(), "src")
			begin := time.Unix(1_700_000_000, 0)
			states := []map[string]string{
				{"letters/Invoice März.txt": "one", "same": "x"},
				{"letters/Invoice März.txt": "three", "same": "x"},
				{"same": "x", "letters/other": ""},
			}
			var versions []engine.Version
			for i, files := range states {
				versions = append(versions, backUp(t, e, d, root, begin.Add(time.Duration(i)*time.Hour), files))
			}
			c := learnt(t, e, d)
			found, more, err := c.Search(t.Context(), "MÄRZ letters", 10)
			if err != nil || more || len(found) != 1 {
				t.Fatalf("found %+v, %v, %v", found, more, err)
			}
			f := found[0]
			if !f.Deleted || f.States != 2 || f.First.ID != versions[0].ID || f.Last.ID != versions[1].ID || f.Entry.Size != 5 && f.Entry.Size >= 0 {
				t.Errorf("got %+v", f)
			}
			history, err := c.History(t.Context(), f.Line, f.Path)
			if err != nil || len(history) != 2 || history[0].From.ID != versions[1].ID || history[1].To.ID != versions[0].ID {
				t.Errorf("got %+v, %v", history, err)
			}
			var out strings.Builder
			if v, err := e.Cat(t.Context(), d, engine.Moment{ID: f.Last.ID}, f.Path, &out); err != nil || out.String() != "three" || v.ID != f.Last.ID {
				t.Errorf("got %q of %+v, %v", out.String(), v, err)
			}
			h, err := e.History(t.Context(), d, f.Path)
			if err != nil || len(h.Lines) != 1 || !slices.Equal(h.Lines[0].DeletedAfter, []bool{true, false}) {
				t.Errorf("got %+v, %v", h, err)
			}
			if _, err := c.Folder(t.Context(), f.Line, "no"); kindOf(err) != engine.NotFound {
				t.Errorf("got %v", err)
			}
		})
	}
}

func kindOf(err error) engine.ErrorKind {
	if e, ok := errors.AsType[*engine.Error](err); ok {
		return e.Kind
	}
	return engine.Other
}

// Versions are chosen by name, by what begins it, and by what is newest.
func TestVersionsAreChosenByName(t *testing.T) {
	e := newEngine(t)
	d := makers["deduplicated"]("file://" + filepath.Join(t.TempDir(), "repo"))
	root := filepath.Join(t.TempDir(), "src")
	old := backUp(t, e, d, root, time.Unix(1_700_000_000, 0), map[string]string{"f": "old"})
	newest := backUp(t, e, d, root, time.Unix(1_700_000_000, 0), map[string]string{"f": "new"}) // at the same time
	for _, row := range []struct {
		id   string
		want string
		kind engine.ErrorKind
	}{
		{old.ID, old.ID, 0},
		{newest.ID, newest.ID, 0},
		{old.ID[:10], old.ID, 0},
		{"latest", "", 0},
		{"0123456789", "", engine.NotFound},
		{old.ID[:3], "", engine.Invalid},
		{"..", "", engine.Invalid},
	} {
		tree, err := e.Browse(t.Context(), d, engine.Moment{ID: row.id})
		if kindOf(err) != row.kind {
			t.Errorf("%s: got %v", row.id, err)
		}
		if err != nil {
			continue
		}
		if row.want != "" && tree.Version().ID != row.want {
			t.Errorf("%s: got %s", row.id, tree.Version().ID)
		}
		tree.Close()
	}
	for _, v := range []engine.Version{old, newest} {
		target := filepath.Join(t.TempDir(), "target")
		if err := e.Restore(engine.RestorePlan{Destination: d, Version: v.ID, Target: target}).Run(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(filepath.Join(target, "f"))
		if want := map[string]string{old.ID: "old", newest.ID: "new"}[v.ID]; err != nil || string(b) != want {
			t.Errorf("got %q, %v; want %s", b, err, want)
		}
	}
}

// Where several sources share a destination, each is a line of its own, and who
// chooses by time is told which one it became.
func TestSeveralSourcesAtOneDestination(t *testing.T) {
	d := makers["deduplicated"]("file://" + filepath.Join(t.TempDir(), "repo"))
	e := newEngine(t)
	at := time.Unix(1_700_000_000, 0)
	one, two := filepath.Join(t.TempDir(), "one"), filepath.Join(t.TempDir(), "two")
	backUp(t, e, d, one, at, map[string]string{"a": "1"})
	first := backUp(t, e, d, two, at.Add(time.Hour), map[string]string{"a": "2", "b": ""})
	backUp(t, e, d, one, at.Add(2*time.Hour), map[string]string{"a": "1", "c": ""})
	last := backUp(t, e, d, two, at.Add(3*time.Hour), map[string]string{"a": "2"})
	c := learnt(t, e, d)
	lines, err := c.Lines(t.Context())
	if err != nil || len(lines) != 2 || lines[0].Root != two || lines[1].Root != one || lines[0].Versions != 2 {
		t.Fatalf("got %+v, %v", lines, err)
	}
	diff, err := e.Diff(t.Context(), d, engine.Moment{At: at.Add(2*time.Hour + time.Minute)}, engine.Moment{})
	if err != nil {
		t.Fatal(err)
	}
	defer diff.Close()
	if diff.From().ID != first.ID || diff.To().ID != last.ID {
		t.Errorf("compared %s with %s", diff.From().ID, diff.To().ID)
	}
	var told string
	tell := func(x engine.Event) {
		if n, ok := x.(engine.Notice); ok {
			told = n.Text
		}
	}
	for _, plan := range []engine.RestorePlan{{}, {Version: last.ID}} {
		plan.Destination, plan.Target, told = d, filepath.Join(t.TempDir(), "x"), ""
		if err := e.Restore(plan).Run(t.Context(), tell); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(told, two) != (plan.Version == "") {
			t.Errorf("%q is told", told)
		}
	}
}

// Versions of two sources are compared too, item by item.
func TestDiffAcrossSources(t *testing.T) {
	d := makers["deduplicated"]("file://" + filepath.Join(t.TempDir(), "repo"))
	e := newEngine(t)
	at := time.Unix(1_700_000_000, 0)
	a := backUp(t, e, d, filepath.Join(t.TempDir(), "one"), at, map[string]string{"a": "1", "b/c": "2"})
	b := backUp(t, e, d, filepath.Join(t.TempDir(), "two"), at, map[string]string{"a": "22", "d": ""})
	diff, err := e.Diff(t.Context(), d, engine.Moment{ID: a.ID}, engine.Moment{ID: b.ID})
	if err != nil {
		t.Fatal(err)
	}
	defer diff.Close()
	var got []string
	for x, err := range diff.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprint(x.Path, x.Change))
	}
	if want := "a2 b3 b/c3 d1"; strings.Join(got, " ") != want {
		t.Errorf("got %q, want %s", got, want)
	}
}

// What was forgotten is gone from the catalog with the next look, and a look
// that was ended early goes on.
func TestLearnFollowsTheDestination(t *testing.T) {
	d := makers["deduplicated"]("file://" + filepath.Join(t.TempDir(), "repo"))
	e := newEngine(t)
	root := filepath.Join(t.TempDir(), "src")
	at := time.Unix(1_700_000_000, 0)
	old := backUp(t, e, d, root, at, map[string]string{"gone": "1"})
	backUp(t, e, d, root, at.Add(time.Hour), map[string]string{"here": "1"})
	c, err := e.Catalog(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx, cancel := context.WithCancel(t.Context())
	err = c.Learn(ctx, func(p engine.LearnProgress) {
		if p.Total != 2 {
			t.Errorf("got %+v", p)
		}
		if p.Done == 1 {
			cancel()
		}
	})
	if kindOf(err) != engine.Cancelled {
		t.Errorf("got %v", err)
	}
	if lines, err := c.Lines(t.Context()); err != nil || len(lines) != 1 || lines[0].Versions != 1 {
		t.Errorf("got %+v, %v", lines, err)
	}
	if err := c.Learn(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Forget(t.Context(), engine.ForgetPlan{Destination: d, IDs: []string{old.ID}}); err != nil {
		t.Fatal(err)
	}
	if err := c.Learn(t.Context(), func(p engine.LearnProgress) { t.Errorf("learns %+v", p) }); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]int{"gone": 0, "here": 1} {
		if found, _, err := c.Search(t.Context(), query, 10); err != nil || len(found) != want {
			t.Errorf("%s: got %+v, %v", query, found, err)
		}
	}
}

// The catalog needs neither the destination nor a passphrase.
func TestCatalogNeedsNothing(t *testing.T) {
	repo := filepath.Join(t.TempDir(), "repo")
	d := makers["deduplicated"]("file://" + repo)
	cache := t.TempDir()
	e := engine.New(engine.Config{ArchiveDir: cache, TempDir: t.TempDir()})
	backUp(t, e, d, filepath.Join(t.TempDir(), "src"), time.Unix(1_700_000_000, 0), map[string]string{"f": "1"})
	if err := learnt(t, e, d).Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(repo, repo+"-away"); err != nil {
		t.Fatal(err)
	}
	c, err := engine.New(engine.Config{ArchiveDir: cache, TempDir: t.TempDir()}).Catalog(t.Context(), engine.Destination{URL: d.URL})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if found, _, err := c.Search(t.Context(), "f", 10); err != nil || len(found) != 1 {
		t.Errorf("got %+v, %v", found, err)
	}
	if err := c.Learn(t.Context(), nil); err == nil {
		t.Error("it learnt from nowhere")
	}
}

// A catalog of which a part is damaged that is only met while it answers learns
// again, and answers as if nothing had been.
func TestFindInADamagedCatalog(t *testing.T) {
	d := makers["deduplicated"]("file://" + filepath.Join(t.TempDir(), "repo"))
	cache := t.TempDir()
	e := engine.New(engine.Config{ArchiveDir: cache, TempDir: t.TempDir()})
	root := filepath.Join(t.TempDir(), "src")
	for i := range 3 {
		backUp(t, e, d, root, time.Unix(1_700_000_000+int64(i), 0), map[string]string{"letters/a.txt": fmt.Sprint(i), "b.txt": "1"})
	}
	find := func() string {
		found, err := e.Find(t.Context(), d, "*.txt")
		if err != nil {
			t.Fatal(err)
		}
		h, err := e.History(t.Context(), d, "letters/a.txt")
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(found.Matches, h.Lines[0].States)
	}
	want := find()
	paths, err := filepath.Glob(filepath.Join(cache, "catalog-*.db"))
	if err != nil || len(paths) != 1 {
		t.Fatalf("got %q, %v", paths, err)
	}
	whole, err := os.ReadFile(paths[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"a.txt", "letters"} {
		b := []byte(strings.ReplaceAll(string(whole), word, strings.Repeat("x", len(word))))
		if err := os.WriteFile(paths[0], b, 0o600); err != nil {
			t.Fatal(err)
		}
		if got := find(); got != want {
			t.Errorf("without %s:\n got %s\nwant %s", word, got, want)
		}
	}
}

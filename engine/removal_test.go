package engine_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/secret"
)

// copied is an archive with its archive directory, of which both programs get
// a copy.
type copied struct {
	t    *testing.T
	real *realDuplicity
	dir  string // holds repo and, where there is one, cache
	mode engine.EncryptionMode
	// number decides which actions take their turn.
	number int
}

func (c *copied) destination(dir string) engine.Destination {
	return engine.Destination{
		URL: "file://" + dir + "/repo", ArchiveDir: dir, Name: "cache",
		Encryption: engine.Encryption{Mode: c.mode, Passphrase: secret.New("varve-fixture")},
	}
}

// names are those of a folder that are not of runs.
func names(t *testing.T, dir string) (all []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() != "lockfile" {
			all = append(all, e.Name())
		}
	}
	return all
}

// twin makes a copy.
func (c *copied) twin() string {
	c.t.Helper()
	dir := c.t.TempDir()
	for _, sub := range []string{"repo", "cache"} {
		if err := os.CopyFS(filepath.Join(dir, sub), os.DirFS(filepath.Join(c.dir, sub))); err != nil && !os.IsNotExist(err) {
			c.t.Fatal(err)
		}
	}
	return dir
}

// outcome is what one program left, and what it said.
type outcome struct {
	repo, cache []string
	said        string
}

// theirs runs the real program's action on a copy.
func (c *copied) theirs(action ...string) outcome {
	c.t.Helper()
	dir := c.twin()
	args := append(slices.Clone(action), "file://"+dir+"/repo", "--archive-dir", dir, "--name", "cache", "--force")
	if c.mode == engine.EncryptNone {
		args = append(args, "--no-encryption")
	}
	code, said := c.real.run(c.t, args...)
	if code != 0 {
		c.t.Fatalf("duplicity %q ended with %d:\n%s", action, code, said)
	}
	return outcome{names(c.t, dir+"/repo"), names(c.t, dir+"/cache"), said}
}

// ours does the same with this program: first without deleting, which must
// say the same and do nothing.
func (c *copied) ours(p engine.RemovalPlan) outcome {
	c.t.Helper()
	dir := c.twin()
	p.Destination = c.destination(dir)
	var o outcome
	var listed []string
	for _, p.DryRun = range []bool{true, false} {
		var gone engine.Removed
		o.said = ""
		before := names(c.t, dir+"/repo")
		err := newEngine(c.t).Remove(p, func(r engine.Removed) { gone = r }).Run(c.t.Context(), func(e engine.Event) {
			if n, ok := e.(engine.Notice); ok {
				o.said += n.Text + "\n"
			}
		})
		if err != nil {
			c.t.Fatal(err)
		}
		o.repo = names(c.t, dir+"/repo")
		if p.DryRun {
			listed = gone.Files
			if !slices.Equal(before, o.repo) {
				c.t.Error("a dry run deletes")
			}
		} else if !slices.Equal(listed, gone.Files) || len(before)-len(o.repo) != len(gone.Files) {
			c.t.Errorf("said %q, deleted %q", listed, gone.Files)
		}
	}
	o.cache = names(c.t, dir+"/cache")
	return o
}

// compare runs an action on two copies. What only we left is returned.
func (c *copied) compare(p engine.RemovalPlan, action ...string) (kept []string, said string) {
	c.t.Helper()
	theirs, ours := c.theirs(action...), c.ours(p)
	for _, name := range theirs.repo {
		if !slices.Contains(ours.repo, name) && !otherOrphan(name, theirs.repo) {
			c.t.Errorf("%q: %s is left by duplicity alone\n%s\n%q", action, name, theirs.said, names(c.t, c.dir+"/repo"))
		}
	}
	for _, name := range ours.repo {
		if !slices.Contains(theirs.repo, name) {
			kept = append(kept, name)
		}
	}
	for _, name := range ours.cache {
		// What stays at the destination stays here too, and so do signatures
		// that are only left here.
		stays := slices.ContainsFunc(kept, func(k string) bool { return setOf(k) == setOf(name) })
		if !slices.Contains(theirs.cache, name) && !stays {
			c.t.Errorf("%q: the archive directory still holds %s\n%s", action, name, theirs.said)
		}
	}
	if p.Kind != engine.RemoveLoose { // where duplicity brings the archive directory up to date
		for _, name := range theirs.cache {
			if !slices.Contains(ours.cache, name) {
				c.t.Errorf("%q: %s is gone from the archive directory", action, name)
			}
		}
	}
	return kept, ours.said
}

// otherOrphan reports that duplicity took the other one of two signatures with
// the same start for the orphan, which depends on the order of its listing: the
// one left is then not that of a version.
func otherOrphan(name string, left []string) bool {
	start, end, ok := strings.Cut(name, ".to.")
	if !ok || !strings.HasPrefix(name, "duplicity-new-signatures.") {
		return false
	}
	version := "duplicity-inc." + strings.TrimPrefix(start, "duplicity-new-signatures.") + ".to."
	return slices.ContainsFunc(left, func(n string) bool {
		return strings.HasPrefix(n, version) && strings.Contains(n, ".manifest") && !strings.HasPrefix(n, version+end[:16])
	})
}

// setOf is the set that a name is of.
func setOf(name string) string {
	for _, from := range []string{"full-signatures", "new-signatures"} {
		name = strings.Replace(name, from, map[string]string{"full-signatures": "full", "new-signatures": "inc"}[from], 1)
	}
	name, _, _ = strings.Cut(name, "Z.vol")
	for _, kind := range []string{".manifest", ".sigtar"} {
		name, _, _ = strings.Cut(name, kind)
	}
	return strings.TrimSuffix(name, "Z")
}

// base is a name without how the file is stored.
func base(name string) string {
	for _, suffix := range []string{".gz", ".gpg"} {
		name = strings.TrimSuffix(name, suffix)
	}
	return name
}

// The reasons why we keep what duplicity deletes (formats/duplicity.md 23.4).
// Each is told in a line that begins so.
var sparing = []string{
	"The newest chain, which ends on", // whatever became of its signatures
	"The version of",                  // the last one, which lost its signatures
}

// explained checks that what only we left is of the newest chain or, for
// cleanup, its last version, and was said to stay.
func (c *copied) explained(kept []string, said string, newest []time.Time, action string) {
	c.t.Helper()
	for _, name := range kept {
		ofNewest := slices.ContainsFunc(newest, func(at time.Time) bool {
			return strings.Contains(name, at.UTC().Format("20060102T150405Z")+".") // ends there
		})
		signature := strings.Contains(name, "-signatures.")
		told := slices.ContainsFunc(sparing, func(s string) bool { return strings.Contains(said, s) })
		switch {
		case ofNewest && told:
		case signature && strings.Contains(said, sparing[0]): // nothing qualifies, so no signatures do
		case signature && strings.HasSuffix(action, "[cleanup]"): // see otherOrphan
		case signature && strings.Contains(said, "signature files of versions that stay"):
		default:
			c.t.Errorf("%s: %s is left by us alone; it said %q, newest %v", action, name, said, newest)
		}
	}
}

// newestChain are the times of the last chain's versions.
func (c *copied) newestChain() (times []time.Time) {
	c.t.Helper()
	s, err := newEngine(c.t).Status(c.t.Context(), c.destination(c.dir))
	if err != nil {
		c.t.Fatal(err)
	}
	if len(s.Chains) > 0 {
		for _, v := range s.Chains[len(s.Chains)-1].Versions {
			times = append(times, v.Time)
		}
	}
	return times
}

// both runs the actions on copies of an archive: cleanup and some of the
// others, or all when VARVE_SOAK asks for it. It returns how often
// something stayed that duplicity deletes.
func (c *copied) both(times []time.Time) (spared int) {
	c.t.Helper()
	newest := c.newestChain()
	run := func(p engine.RemovalPlan, action ...string) {
		kept, said := c.compare(p, action...)
		c.explained(kept, said, newest, fmt.Sprint(action))
		if len(kept) > 0 {
			spared++
		}
	}
	run(engine.RemovalPlan{Kind: engine.RemoveLoose}, "cleanup")
	turn := c.number // of the actions that are left to longer tests
	check := func(p engine.RemovalPlan, action ...string) {
		if turn++; turn%3 > 0 && !soaking() {
			return
		}
		run(p, action...)
	}
	for _, at := range times {
		check(engine.RemovalPlan{Kind: engine.RemoveOlderThan, Before: at}, "remove-older-than", at.UTC().Format(time.RFC3339))
	}
	for n := 1; n <= 2; n++ {
		check(engine.RemovalPlan{Kind: engine.RemoveAllButFull, Keep: n}, "remove-all-but-n-full", strconv.Itoa(n))
		check(engine.RemovalPlan{Kind: engine.RemoveIncrementals, Keep: n}, "remove-all-inc-of-but-n-full", strconv.Itoa(n))
	}
	return spared
}

// On every layout, what is left is what the real duplicity leaves, except for
// what can be restored.
func TestRemovalOfEveryLayout(t *testing.T) {
	b, err := os.ReadFile(fixtures + "/chain-cases.json")
	if err != nil {
		t.Fatal(err)
	}
	var layouts []struct {
		Name  string
		Files []string
	}
	if err := json.Unmarshal(b, &layouts); err != nil || len(layouts) != 24 {
		t.Fatalf("%d layouts, %v", len(layouts), err)
	}
	real := startDuplicity(t)
	spared := 0
	for i, l := range layouts {
		if l.Name == "encrypted names" {
			continue // the answers of engine/duplicity/collection's test have it
		}
		t.Run(l.Name, func(t *testing.T) {
			c := &copied{t: t, real: real, dir: t.TempDir(), mode: engine.EncryptNone, number: i}
			c.lay(l.Files)
			spared += c.both([]time.Time{time.Unix(1700005400, 0), time.Unix(1700036000, 0), time.Unix(1801800000, 0)})
		})
	}
	if spared == 0 {
		t.Error("no layout shows what duplicity destroys")
	}
}

// lay makes files that hold nothing.
func (c *copied) lay(files []string) {
	c.t.Helper()
	var empty bytes.Buffer
	gz := gzip.NewWriter(&empty)
	_, _ = gz.Write(make([]byte, 1024)) // it cannot fail
	_ = gz.Close()                      // as above
	if err := os.MkdirAll(c.dir+"/repo", 0o755); err != nil {
		c.t.Fatal(err)
	}
	for _, name := range files {
		content := empty.Bytes()
		if strings.HasSuffix(name, ".manifest") {
			content = []byte("Hostname h\nLocaldir /s\nVolume 1:\n    StartingPath   .  \n    EndingPath     .  \n    Hash SHA1 " + strings.Repeat("0", 40) + "\n")
		}
		if err := os.WriteFile(filepath.Join(c.dir, "repo", name), content, 0o644); err != nil {
			c.t.Fatal(err)
		}
	}
}

// The same on random archives, which both programs made in turns, and which
// lost files and runs.
func TestRemovalOfRandomArchives(t *testing.T) {
	seed := uint64(20261121)
	if soaking() {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("the seed is %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 5))
	real := startDuplicity(t)
	spared := 0
	for i := range 20 {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			c := &copied{t: t, real: real, dir: t.TempDir(), mode: engine.EncryptNone, number: i}
			if i%20 == 9 && soaking() {
				c.mode = engine.EncryptPassphrase
			}
			times := c.grow(rnd, i)
			c.damage(rnd)
			if i%3 == 0 {
				if err := os.RemoveAll(c.dir + "/cache"); err != nil {
					t.Fatal(err)
				}
			}
			at := times[rnd.IntN(len(times))].Add(time.Minute)
			end := times[len(times)-1].Add(time.Hour)
			if i%2 == 0 {
				at, end = end, at
			}
			spared += c.both([]time.Time{at, end})
		})
	}
	if spared == 0 {
		t.Error("no archive shows what duplicity destroys")
	}
}

// grow makes backups, and returns their times.
func (c *copied) grow(rnd *rand.Rand, i int) (times []time.Time) {
	c.t.Helper()
	src := c.t.TempDir()
	at := time.Unix(1700000000, 0)
	sets := 3 + rnd.IntN(3)
	for n := range sets {
		if err := os.WriteFile(filepath.Join(src, strconv.Itoa(n)), []byte(at.String()), 0o644); err != nil {
			c.t.Fatal(err)
		}
		full := n == 0 || rnd.IntN(3) == 0
		if (n+i)%3 > 0 {
			c.backup(src, full, at)
		} else {
			c.duplicityBackup(src, full, at)
		}
		times = append(times, at)
		at = at.Add(time.Duration(1+rnd.IntN(5)) * time.Hour)
	}
	return times
}

func (c *copied) backup(src string, full bool, at time.Time) {
	c.t.Helper()
	kind := engine.Incremental
	if full {
		kind = engine.Full
	}
	plan := engine.BackupPlan{Destination: c.destination(c.dir), Root: src, Kind: kind, Time: at}
	if err := newEngine(c.t).Backup(plan).Run(c.t.Context(), failOnProblem(c.t)); err != nil {
		c.t.Fatal(err)
	}
}

func (c *copied) duplicityBackup(src string, full bool, at time.Time) {
	c.t.Helper()
	kind := "incremental"
	if full {
		kind = "full"
	}
	args := []string{kind, src, "file://" + c.dir + "/repo", "--archive-dir", c.dir, "--name", "cache", "--current-time", strconv.FormatInt(at.Unix(), 10)}
	if c.mode == engine.EncryptNone {
		args = append(args, "--no-encryption")
	}
	c.real.must(c.t, args...)
}

// damage takes files away, so that sets are half, orphaned or unsigned.
func (c *copied) damage(rnd *rand.Rand) {
	c.t.Helper()
	for range rnd.IntN(4) {
		all := names(c.t, c.dir+"/repo")
		name := all[rnd.IntN(len(all))]
		if rnd.IntN(2) == 0 {
			// The last set's files are those whose loss decides most.
			name = all[len(all)-1-rnd.IntN(min(3, len(all)))]
		}
		if err := os.Remove(filepath.Join(c.dir, "repo", name)); err != nil {
			c.t.Fatal(err)
		}
		// The archive directory knows no more than the destination.
		for _, copy := range names(c.t, c.dir+"/cache") {
			if base(copy) == base(name) && rnd.IntN(2) == 0 {
				if err := os.Remove(filepath.Join(c.dir, "cache", copy)); err != nil {
					c.t.Fatal(err)
				}
			}
		}
	}
}

// With the archive directory filled, duplicity takes the signatures of the
// chain that it keeps from the destination, so that the next backup is a full
// one. Ours stay.
func TestRemovalSparesSignaturesOfTheActiveChain(t *testing.T) {
	c := &copied{t: t, real: startDuplicity(t), dir: t.TempDir(), mode: engine.EncryptNone}
	src := t.TempDir()
	for i := range 4 {
		c.duplicityBackup(src, i%2 == 0, time.Unix(1700000000+int64(i)*3600, 0))
	}
	end := time.Unix(1700000000+5*3600, 0)
	kept, said := c.compare(engine.RemovalPlan{Kind: engine.RemoveOlderThan, Before: end}, "remove-older-than", end.UTC().Format(time.RFC3339))
	want := []string{"duplicity-full-signatures.20231115T001320Z.sigtar.gz", "duplicity-new-signatures.20231115T001320Z.to.20231115T011320Z.sigtar.gz"}
	if !slices.Equal(kept, want) || !strings.Contains(said, "It stays with its signatures") {
		t.Errorf("what we alone keep is %q; it said %q", kept, said)
	}
}

// An unfinished full run in the archive directory counts as the newest chain
// for duplicity, which then deletes every version that there is. Ours is what
// is whole.
func TestRemovalDoesNotCountAnUnfinishedRun(t *testing.T) {
	c := &copied{t: t, real: startDuplicity(t), dir: t.TempDir(), mode: engine.EncryptNone}
	for _, sub := range []string{"repo", "cache"} {
		if err := os.CopyFS(filepath.Join(c.dir, sub), os.DirFS(fixtures+"/partial-cache/"+sub)); err != nil {
			t.Fatal(err)
		}
	}
	whole := []string{"duplicity-full.20231001T000000Z.vol1.difftar.gz", "duplicity-full.20231001T000000Z.manifest", "duplicity-full-signatures.20231001T000000Z.sigtar.gz"}
	c.lay(whole)
	kept, _ := c.compare(engine.RemovalPlan{Kind: engine.RemoveAllButFull, Keep: 1}, "remove-all-but-n-full", "1")
	slices.Sort(whole)
	if !slices.Equal(kept, whole) {
		t.Errorf("what we alone keep is %q", kept)
	}
}

package engine_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/secret"
)

// place is an archive in a folder of its own.
func place(t *testing.T, format engine.Format) engine.Destination {
	t.Helper()
	dir := t.TempDir()
	return engine.Destination{
		URL: "file://" + dir + "/repo", ArchiveDir: dir + "/cache", Format: format,
		Encryption: engine.Encryption{Passphrase: secret.New("varve-fixture")},
	}
}

// replicate copies, and then again, which copies nothing.
func replicate(t *testing.T, e *engine.Engine, from, to engine.Destination) int {
	t.Helper()
	count := func() (n int) {
		t.Helper()
		err := e.Replicate(engine.ReplicatePlan{From: from, To: to, VolumeSize: 1 << 20}).Run(t.Context(), func(ev engine.Event) {
			failOnProblem(t)(ev)
			if _, ok := ev.(engine.VersionCopied); ok {
				n++
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	n := count()
	before := names(t, strings.TrimPrefix(to.URL, "file://"))
	if again := count(); again > 0 || !slices.Equal(before, names(t, strings.TrimPrefix(to.URL, "file://"))) {
		t.Errorf("%d versions were copied again", again)
	}
	return n
}

// restored brings a version back.
func restored(t *testing.T, e *engine.Engine, d engine.Destination, at time.Time) string {
	t.Helper()
	target := filepath.Join(t.TempDir(), "target")
	if err := e.Restore(engine.RestorePlan{Destination: d, At: at, Target: target}).Run(t.Context(), failOnProblem(t)); err != nil {
		t.Fatal(err)
	}
	return target
}

// picture describes a tree with all attributes that can be restored.
func picture(t *testing.T, root string) string {
	t.Helper()
	var rows []string
	first := map[uint64]string{}
	err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		var st unix.Stat_t
		if err := unix.Lstat(path, &st); err != nil {
			return err
		}
		row := append(describe(t, root, path), fmt.Sprint(st.Mtim.Nsec), fmt.Sprint(st.Rdev), attributesOf(t, path))
		if row[1] == "symlink" {
			row[len(row)-3] = "-" // volumes of duplicity do not have it
		}
		if row[1] == "file" && st.Nlink > 1 {
			if first[st.Ino] == "" {
				first[st.Ino] = row[0]
			}
			row = append(row, "is "+first[st.Ino])
		}
		rows = append(rows, strings.Join(row, " "))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(rows)
	return strings.Join(rows, "\n")
}

func attributesOf(t *testing.T, path string) string {
	t.Helper()
	list := make([]byte, 1<<12)
	n, err := unix.Llistxattr(path, list)
	if errors.Is(err, unix.ENOTSUP) {
		return ""
	}
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Split(strings.TrimSuffix(string(list[:n]), "\x00"), "\x00")
	slices.Sort(all)
	for i, name := range all {
		value := make([]byte, 1<<12)
		if n, err := unix.Lgetxattr(path, name, value); err == nil {
			all[i] = fmt.Sprintf("%s=%x", name, value[:n])
		}
	}
	return strings.Join(all, ",")
}

func samePicture(t *testing.T, what, got, want string) {
	t.Helper()
	if got == want {
		return
	}
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			t.Errorf("%s:\n got %s\nwant %s", what, g[i], w[i])
			return
		}
	}
	t.Errorf("%s: %d items, want %d", what, len(g), len(w))
}

// soaking tells that time does not count.
func soaking() bool { return os.Getenv("VARVE_SOAK") != "" }

// slowArchives take long, because of what their passphrases or keys are
// stretched with. likeOthers differ from others only in how their files are
// called or stored.
var (
	slowArchives = []string{"pubkey", "hidden-signed", "xversion", "tar-eof-trap", "short-names"}
	likeOthers   = []string{"old-filenames", "prefixes", "uncompressed", "jsonstat", "par2", "restarted", "restarted-shrunk"}
)

// Every archive that duplicity wrote is copied to both formats, and comes back
// from there at every point in time as duplicity brought it back. What is of
// volumes the real program restores; what is deduplicated restic proves.
// VARVE_SOAK asks for all of it.
func TestReplicateWhatDuplicityWrote(t *testing.T) {
	t.Setenv("GNUPGHOME", gnupgHome(t))
	real := startDuplicity(t)
	e := newEngine(t)
	for _, f := range archives {
		if slices.Contains(slowArchives, f.name) && !soaking() {
			continue
		}
		t.Run(f.name, func(t *testing.T) {
			paths := f.tables(t)
			for _, format := range []engine.Format{engine.Volumes, engine.Deduplicated} {
				if format == engine.Deduplicated && slices.Contains(likeOthers, f.name) && !soaking() {
					continue
				}
				to := place(t, format)
				if f.mode == engine.EncryptNone && !soaking() {
					to.Encryption.Mode = engine.EncryptNone // does not count for deduplicated archives
				}
				if n := replicate(t, e, f.destination(), to); n == 0 {
					t.Error("nothing was copied")
				}
				for state, table := range paths {
					if state < len(paths)-1 && f.name != "plain" && !soaking() {
						continue
					}
					at := time.Unix(1700000000+int64(state)*86400, 0)
					compareTable(t, restored(t, e, to, at), table)
				}
				if format == engine.Volumes {
					target := filepath.Join(t.TempDir(), "target")
					args := []string{"restore", to.URL, target, "--archive-dir", t.TempDir()}
					if to.Encryption.Mode == engine.EncryptNone {
						args = append(args, "--no-encryption")
					}
					real.must(t, args...)
					if os.Getuid() == 0 { // where it may not change owners, it leaves times and modes too
						compareTable(t, target, paths[len(paths)-1])
					}
				} else if soaking() {
					resticCheck(t, to)
				}
			}
		})
	}
}

// resticCheck lets the real restic prove an archive.
func resticCheck(t *testing.T, d engine.Destination) {
	t.Helper()
	cmd := exec.Command("restic", "-r", strings.TrimPrefix(d.URL, "file://"), "check", "--read-data", "--no-cache")
	cmd.Env = append(os.Environ(), "RESTIC_PASSWORD=varve-fixture")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("restic check (Debian package restic): %v\n%s", err, out)
	}
}

// Every repository that restic wrote is copied to both formats, with its times,
// machines and folders.
func TestReplicateWhatResticWrote(t *testing.T) {
	real := startDuplicity(t)
	e := newEngine(t)
	for _, name := range []string{"restic-0.19", "restic-0.14", "restic-0.14-format1"} {
		if name != "restic-0.19" && !soaking() {
			continue
		}
		t.Run(name, func(t *testing.T) {
			from := unpacked(t, name)
			versions, err := e.Versions(t.Context(), from)
			if err != nil || len(versions) != 2 {
				t.Fatalf("%d versions, %v", len(versions), err)
			}
			for _, format := range []engine.Format{engine.Volumes, engine.Deduplicated} {
				to := place(t, format)
				if n := replicate(t, e, from, to); n != len(versions) {
					t.Errorf("%d versions were copied", n)
				}
				for i, v := range versions {
					table := fmt.Sprintf("restic/testdata/state-%d.tsv", len(versions)-i)
					compareRestic(t, restored(t, e, to, v.Time), restored(t, e, from, v.Time), table)
				}
				copies, err := e.Versions(t.Context(), to)
				if err != nil || len(copies) != len(versions) || !copies[0].Time.Truncate(time.Second).Equal(versions[0].Time.Truncate(time.Second)) {
					t.Fatalf("got %+v, %v", copies, err)
				}
				if format == engine.Deduplicated {
					resticCheck(t, to)
					if !slices.Equal(copies[0].Paths, versions[0].Paths) || copies[0].Host != versions[0].Host || !copies[0].Time.Equal(versions[0].Time) ||
						!slices.Equal(copies[0].Tags, versions[0].Tags) {
						t.Errorf("got %+v, want %+v", copies[0], versions[0])
					}
					continue
				}
				target := filepath.Join(t.TempDir(), "target")
				real.must(t, "restore", to.URL, target, "--archive-dir", t.TempDir())
			}
		})
	}
}

// compareRestic compares with what came back from the source. Volumes have no
// time before 1970.
func compareRestic(t *testing.T, got, want, table string) {
	t.Helper()
	if _, err := os.Stat(table); err != nil {
		t.Fatal(err)
	}
	for _, root := range []string{got, want} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.Type()&fs.ModeSymlink != 0 {
				return err
			}
			info, err := d.Info()
			if err == nil && info.ModTime().Unix() < 0 || err == nil && info.ModTime().Unix() == 0 {
				return os.Chtimes(path, time.Unix(0, 0), time.Unix(0, 0))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	samePicture(t, table, picture(t, got), picture(t, want))
}

// unpacked is a fixture of restic's.
func unpacked(t *testing.T, name string) engine.Destination {
	t.Helper()
	dir := t.TempDir()
	if out, err := exec.Command("tar", "-xzf", "restic/testdata/"+name+".tar.gz", "-C", dir).CombinedOutput(); err != nil {
		t.Fatalf("unpacking %s: %v\n%s", name, err, out)
	}
	found, err := filepath.Glob(filepath.Join(dir, "*", "config"))
	if err != nil || len(found) != 1 {
		t.Fatalf("%s holds %q, %v", name, found, err)
	}
	d := place(t, engine.Deduplicated)
	d.URL = "file://" + filepath.Dir(found[0])
	return d
}

// An archive of five chains goes from one place to the next, through every
// pair of formats, and each point in time is in the end what the folder was.
func TestReplicateFiveChains(t *testing.T) {
	e := newEngine(t)
	root := filepath.Join(t.TempDir(), "src")
	first := place(t, engine.Volumes)
	first.Encryption.Mode = engine.EncryptNone
	var pictures []string
	var times []time.Time
	for i := range 10 {
		growFolder(t, root, i)
		pictures = append(pictures, picture(t, root))
		at := time.Unix(1700000000+int64(i)*86400, 0)
		kind := engine.Incremental
		if i%2 == 0 {
			kind = engine.Full
		}
		plan := engine.BackupPlan{Destination: first, Root: root, Kind: kind, Time: at, VolumeSize: 1 << 20}
		if err := e.Backup(plan).Run(t.Context(), failOnProblem(t)); err != nil {
			t.Fatal(err)
		}
		times = append(times, at)
	}
	from := first
	for i, format := range []engine.Format{engine.Volumes, engine.Deduplicated, engine.Deduplicated, engine.Volumes} {
		to := place(t, format)
		if i == 3 && !soaking() {
			to.Encryption.Mode = engine.EncryptNone
		}
		if n := replicate(t, e, from, to); n != len(times) {
			t.Fatalf("step %d: %d versions were copied", i, n)
		}
		for n, at := range times {
			if i < 3 && n%5 != 4 && !soaking() {
				continue // what went wrong on the way is wrong at the end
			}
			samePicture(t, fmt.Sprintf("step %d, version %d", i, n), picture(t, restored(t, e, to, at)), pictures[n])
		}
		if i == 2 || format == engine.Deduplicated && soaking() {
			resticCheck(t, to)
		}
		from = to
	}
	real := startDuplicity(t)
	last := []string{"verify", "--compare-data", from.URL, root, "--archive-dir", t.TempDir()}
	if from.Encryption.Mode == engine.EncryptNone {
		last = append(last, "--no-encryption")
	}
	real.must(t, last...)
	s, err := e.Status(t.Context(), from)
	if err != nil || s.Orphaned+s.Incomplete > 0 || s.Active < 0 {
		t.Errorf("got %+v, %v", s, err)
	}
}

// growFolder changes a folder with everything that an item can have.
func growFolder(t *testing.T, root string, i int) {
	t.Helper()
	at := func(name string) string { return filepath.Join(root, name) }
	then := time.Unix(1690000000+int64(i), 123456789)
	check := func(errs ...error) {
		t.Helper()
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
	}
	large := make([]byte, 1_500_000)
	for n := range large {
		large[n] = byte(n*n>>7 ^ n>>11 ^ n*i>>13)
	}
	if i == 0 {
		check(os.MkdirAll(at("dir/deep"), 0o750), unix.Mkfifo(at("pipe"), 0o640), os.Symlink("nowhere", at("link")),
			os.WriteFile(at("one name"), []byte("x"), 0o4711), os.Link(at("one name"), at("dir/other name")),
			os.WriteFile(at("stays"), []byte("stays"), 0o600), os.WriteFile(at("dir/a b"), nil, 0o644), os.WriteFile(at("dir/bad-\xff"), []byte("y"), 0o644))
	}
	same := []byte(fmt.Sprintf("of the same length and time, %02d", i))
	check(os.WriteFile(at("same"), same, 0o644), os.Chtimes(at("same"), then.Add(-time.Duration(i)*time.Second), then.Add(-time.Duration(i)*time.Second)),
		os.WriteFile(at("large"), large, 0o644), os.Chtimes(at("large"), then, then),
		os.Remove(at("link")), os.Symlink(fmt.Sprint("to ", i), at("link")),
		os.WriteFile(at(fmt.Sprint("dir/deep/", i)), []byte{byte(i)}, 0o644), os.Chmod(at("stays"), 0o600+os.FileMode(i)))
	if i > 1 {
		check(os.Remove(at(fmt.Sprint("dir/deep/", i-2))))
	}
	if err := unix.Setxattr(at("stays"), "user.varve", []byte{byte(i)}, 0); err != nil && !errors.Is(err, unix.ENOTSUP) {
		t.Fatal(err)
	}
	check(os.Chtimes(at("dir"), then, then), os.Chtimes(root, then, then))
}

// What cannot be done is told before anything is written, and a dry run writes
// nothing.
func TestReplicateRefuses(t *testing.T) {
	e := newEngine(t)
	from := (&fixture{name: "sym"}).destination()
	kindOf := func(p engine.ReplicatePlan) engine.ErrorKind {
		t.Helper()
		err := e.Replicate(p).Run(t.Context(), nil)
		failed, ok := errors.AsType[*engine.Error](err)
		if !ok || strings.Contains(err.Error(), "\n") {
			t.Fatalf("got %v", err)
		}
		return failed.Kind
	}
	same := from
	same.URL += "/"
	if k := kindOf(engine.ReplicatePlan{From: from, To: same}); k != engine.Invalid {
		t.Errorf("onto itself: %v", k)
	}
	wrong := from
	wrong.Encryption.Passphrase = secret.New("wrong")
	for _, format := range []engine.Format{engine.Volumes, engine.Deduplicated} {
		if format == engine.Volumes {
			if k := kindOf(engine.ReplicatePlan{From: wrong, To: place(t, format)}); k != engine.WrongPassphrase {
				t.Errorf("with a wrong passphrase: %v", k)
			}
		}
		to := place(t, format)
		replicate(t, e, from, to)
		to.Encryption.Passphrase = secret.New("wrong")
		if k := kindOf(engine.ReplicatePlan{From: (&fixture{name: "plain"}).destination(), To: to}); k != engine.WrongPassphrase {
			t.Errorf("with a wrong passphrase of the target: %v", k)
		}
		dry := place(t, format)
		n := 0
		err := e.Replicate(engine.ReplicatePlan{From: from, To: dry, DryRun: true, Before: time.Unix(1700000000+86400, 0)}).Run(t.Context(), func(ev engine.Event) {
			if _, ok := ev.(engine.VersionCopied); ok {
				n++
			}
		})
		if _, serr := os.Stat(strings.TrimPrefix(dry.URL, "file://")); err != nil || n != 1 || serr == nil {
			t.Errorf("a dry run names %d versions, %v, %v", n, err, serr)
		}
	}
}

// Package docs_test does what the documentation tells a person to do.
package docs_test

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

const passphrase = "correct horse"

// page is recovery.md: the commands of its fenced blocks by label, the blocks
// of one label joined.
type page map[string]string

var fence = regexp.MustCompile("(?ms)^```sh ([a-z_]+)\n(.*?)^```$")

func readPage(t *testing.T) page {
	t.Helper()
	text, err := os.ReadFile("recovery.md")
	if err != nil {
		t.Fatal(err)
	}
	p := page{}
	for _, block := range fence.FindAllStringSubmatch(string(text), -1) {
		p[block[1]] += block[2]
	}
	return p
}

// fill puts the reader's own value where a block has an example.
func (p page) fill(t *testing.T, label, name, value string) string {
	t.Helper()
	line := regexp.MustCompile(`(?m)^` + name + `=.*$`)
	if !line.MatchString(p[label]) {
		t.Fatalf("recovery.md: block %q has no line %s=", label, name)
	}
	quoted := "'" + strings.ReplaceAll(value, "'", `'\''`) + "'"
	return line.ReplaceAllLiteralString(p[label], name+"="+quoted)
}

// reader is a person with a shell, the page, and one file to bring back.
type reader struct {
	page      page
	home      string // holds gpg's settings: who types the passphrase here
	archive   string
	file      string
	work      string
	opened    int             // volumes that were opened
	available int             // volumes that the versions have
	met       map[string]bool // the kinds of member that were found
}

// run types blocks of the page into a fresh shell, which has seen what a
// person's shell has seen before: the values and the helpers.
func (r *reader) run(t *testing.T, blocks ...string) string {
	t.Helper()
	before := []string{"set -u", r.values(t), r.page["helper"]}
	cmd := exec.CommandContext(t.Context(), "sh", "-c", strings.Join(append(before, blocks...), "\n"))
	cmd.Env = append(os.Environ(), "GNUPGHOME="+r.home, "LC_ALL=C.UTF-8")
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	if err := cmd.Run(); err != nil && !slices.Contains(blocks, r.page["look"]) {
		// Looking ends with tar's answer about the last kind; a no is no error.
		t.Fatalf("%v\n%s\n%s", err, strings.Join(blocks, "\n"), problems.String())
	}
	return out.String()
}

func (r *reader) values(t *testing.T) string {
	filled := page{"setup": r.page["setup"]}
	for name, value := range map[string]string{"archive": r.archive, "file": r.file, "work": r.work} {
		filled["setup"] = filled.fill(t, "setup", name, value)
	}
	return filled["setup"]
}

// result is what the person has by now: the content, and false when the file
// does not exist at this point of time.
func (r *reader) result(t *testing.T) ([]byte, bool) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(r.work, "result"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false
	}
	if err != nil {
		t.Fatal(err)
	}
	return content, true
}

// finish does step 6.
func (r *reader) finish(t *testing.T) {
	t.Helper()
	want, exists := r.result(t)
	if !exists {
		return
	}
	r.run(t, r.page["finish"])
	got, err := os.ReadFile(filepath.Join(r.work, filepath.Base(r.file)))
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("the finished file differs from result (%v)", err)
	}
}

// take does steps 4 and 5 for one set.
func (r *reader) take(t *testing.T, set string) {
	t.Helper()
	m := r.page.fill(t, "manifest", "set", set)
	contents := readManifest(t, r.run(t, m))
	r.available += len(contents.volumes)
	if !slices.Contains(contents.files, r.file) {
		return
	}
	var numbers []string
	for _, v := range contents.volumes {
		if v.holds(r.file) {
			numbers = append(numbers, strconv.Itoa(v.number))
		}
	}
	r.opened += len(numbers)
	name := "set=" + set
	if sum, _, _ := strings.Cut(r.run(t, name, r.page["hash"]), " "); sum != contents.volumes[0].sha1 {
		t.Errorf("%s: SHA-1 of volume 1 is %s, the manifest says %s", set, sum, contents.volumes[0].sha1)
	}
	open := r.page.fill(t, "open", "volumes", strings.Join(numbers, " "))
	if out := r.run(t, name, open); strings.Contains(out, "DAMAGED") {
		t.Fatalf("%s: %s", set, out)
	}
	chosen := "volumes='" + strings.Join(numbers, " ") + "'"
	kind, _, found := strings.Cut(r.run(t, chosen, r.page["look"]), "/")
	switch {
	case !found:
		t.Fatalf("%s: volumes %v do not hold %s, though the manifest lists it", set, numbers, r.file)
	case r.page[kind] == "":
		t.Fatalf("recovery.md does not say what to do with %q", kind)
	}
	r.met[kind] = true
	r.run(t, chosen, r.page[kind])
}

// manifest is what a person reads there.
type manifest struct {
	volumes []volume
	files   []string
}

type volume struct {
	number           int
	start, end, sha1 string
}

// holds is the rule of step 4, in the order of step 4.
func (v volume) holds(file string) bool {
	return order(v.start, file) <= 0 && order(v.end, file) >= 0
}

// order compares by folder and name, a folder before what is in it.
func order(a, b string) int {
	return slices.Compare(components(a), components(b))
}

func components(p string) []string {
	if p == "." {
		return nil
	}
	return strings.Split(p, "/")
}

func readManifest(t *testing.T, text string) manifest {
	t.Helper()
	var m manifest
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		switch {
		case len(words) < 2:
		case words[0] == "Volume":
			n, err := strconv.Atoi(strings.TrimSuffix(words[1], ":"))
			if err != nil {
				t.Fatal(err)
			}
			m.volumes = append(m.volumes, volume{number: n})
		case words[0] == "StartingPath":
			m.volumes[len(m.volumes)-1].start = unquote(t, words[1])
		case words[0] == "EndingPath":
			m.volumes[len(m.volumes)-1].end = unquote(t, words[1])
		case words[0] == "Hash" && words[1] == "SHA1":
			m.volumes[len(m.volumes)-1].sha1 = words[2]
		case slices.Contains([]string{"new", "changed", "deleted"}, words[0]):
			m.files = append(m.files, unquote(t, words[1]))
		}
	}
	if len(m.volumes) == 0 {
		t.Fatalf("no volumes in the manifest:\n%s", text)
	}
	return m
}

func unquote(t *testing.T, s string) string {
	t.Helper()
	if !strings.HasPrefix(s, `"`) {
		return s
	}
	s, err := strconv.Unquote(s)
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return s
}

// writer is a program that makes the archive, and how it is protected.
type writer struct {
	name    string
	program func(t *testing.T) string
	options []string
}

// The same words make an archive with either program.
func writers() []writer {
	var all []writer
	for _, p := range []writer{{name: "duplicity", program: duplicity}, {name: "varve", program: varve}} {
		all = append(all,
			writer{p.name + ", passphrase", p.program, nil},
			writer{p.name + ", compressed only", p.program, []string{"--no-encryption"}},
			writer{p.name + ", as it is", p.program, []string{"--no-encryption", "--no-compression"}})
	}
	return all
}

func duplicity(t *testing.T) string { return tool(t, "duplicity", "duplicity") }

// varve builds the command line as it is now.
func varve(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "varve")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", program, "../cmd/varve")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("building varve: %v\n%s", err, out)
	}
	return program
}

func tool(t *testing.T, name, debian string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s is missing (Debian package %s)", name, debian)
	}
	return path
}

// state is a folder at one point in time: content by path.
type state map[string][]byte

// history is the life of a folder that meets every case of the page: small and
// large files, small and large changes, a deletion, a return, names to quote.
func history() []state {
	big, novel := noise(1, 3<<20), bytes.Repeat([]byte("It was a dark night.\n"), 10_000)
	bigger := slices.Concat(big[:1<<20], noise(2, 300<<10), big[1<<20:])
	note, exact := []byte("buy milk\n"), noise(3, 64<<10)
	return []state{
		{"big.bin": big, "letters/my novel.txt": novel, "letters/note": note, "letters/note.old": note, "exact": exact, "gone": note},
		{"big.bin": bigger, "letters/my novel.txt": append(slices.Clone(novel), "The end.\n"...), "letters/note": note, "exact": exact},
		{"big.bin": bigger, "letters/my novel.txt": novel[:70_000], "letters/note": []byte("buy bread\n"), "exact": exact, "gone": novel, "it's": note},
	}
}

func noise(seed byte, n int) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{seed}).Read(b)
	return b
}

// lay makes a folder be a state, and gives every file a time of its own so
// that no program takes a changed one for the same.
func (s state) lay(t *testing.T, root string, at time.Time) {
	t.Helper()
	if err := os.RemoveAll(root); err != nil {
		t.Fatal(err)
	}
	for name, content := range s {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
}

// archive backs the history up and returns the folder of the archive.
func (w writer) archive(t *testing.T, states []state) string {
	t.Helper()
	program, dir := w.program(t), t.TempDir()
	root, to := filepath.Join(dir, "source"), filepath.Join(dir, "archive")
	if err := os.Mkdir(to, 0o700); err != nil {
		t.Fatal(err)
	}
	for i, s := range states {
		at := moment(i)
		s.lay(t, root, at)
		action := "full"
		if i > 0 {
			action = "incremental"
		}
		args := append([]string{
			action, "--archive-dir", filepath.Join(dir, "cache"), "--volsize", "1",
			"--current-time", strconv.FormatInt(at.Unix(), 10),
		}, w.options...)
		cmd := exec.CommandContext(t.Context(), program, append(args, root, "file://"+to)...)
		cmd.Env = append(os.Environ(), "PASSPHRASE="+passphrase, "HOME="+dir, "GNUPGHOME="+gnupg(t))
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", cmd.Args, err, out)
		}
	}
	return to
}

// moment is when the i-th version was made.
func moment(i int) time.Time { return time.Date(2026, 11, 1+i, 8, 0, 0, 0, time.UTC) }

// setName is what step 3 makes a person write down for a version.
func setName(version int) string {
	stamp := func(i int) string { return moment(i).Format("20060102T150405Z") }
	if version == 0 {
		return "full." + stamp(0)
	}
	return "inc." + stamp(version-1) + ".to." + stamp(version)
}

// gnupg makes a home for gpg in which nobody needs to type the passphrase, and
// ends its agent with the test.
func gnupg(t *testing.T) string {
	t.Helper()
	// Not t.TempDir: the path of the agent's socket must be short.
	home, err := os.MkdirTemp("", "gnupg")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd := exec.Command("gpgconf", "--kill", "all")
		cmd.Env = append(os.Environ(), "GNUPGHOME="+home)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("ending gpg's agent: %v\n%s", err, out)
		}
		if err := os.RemoveAll(home); err != nil {
			t.Error(err)
		}
	})
	secret := filepath.Join(home, "passphrase")
	config := "batch\npinentry-mode loopback\npassphrase-file " + secret + "\n"
	for name, text := range map[string]string{secret: passphrase, filepath.Join(home, "gpg.conf"): config} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return home
}

func TestRecoveryPageBringsFilesBack(t *testing.T) {
	for _, need := range [][2]string{{"gpg", "gnupg"}, {"rdiff", "rdiff"}, {"tar", "tar"}} {
		tool(t, need[0], need[1])
	}
	page, states := readPage(t), history()
	for _, w := range writers() {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			archive, home := w.archive(t, states), gnupg(t)
			addParity(t, archive)
			before := contents(t, archive)
			var opened, available int
			met := map[string]bool{}
			for _, file := range files(states) {
				r := &reader{page: page, home: home, archive: archive, file: file, work: t.TempDir(), met: met}
				r.follow(t, states)
				opened, available = opened+r.opened, available+r.available
			}
			if opened >= available {
				t.Errorf("%d of %d volumes were opened: the manifest saved nothing", opened, available)
			}
			if after := contents(t, archive); !maps.Equal(before, after) {
				t.Error("the page promises that nothing changes the backup, and something did")
			}
			for _, kind := range []string{"snapshot", "multivol_snapshot", "diff", "multivol_diff", "deleted"} {
				if !met[kind] {
					t.Errorf("nothing led to the paragraph about %s/", kind)
				}
			}
		})
	}
}

// follow reads the page to its end for one file, and looks after every version
// whether the result is what the file was then.
func (r *reader) follow(t *testing.T, states []state) {
	t.Helper()
	listed := r.run(t, r.page["versions"])
	for version, s := range states {
		set := setName(version)
		if !strings.Contains(listed, "duplicity-"+set+".manifest") {
			t.Fatalf("step 3 does not show %s:\n%s", set, listed)
		}
		r.take(t, set)
		got, exists := r.result(t)
		if want, should := s[r.file]; exists != should || !bytes.Equal(got, want) {
			t.Errorf("%s at %s: got %d bytes (exists: %v), want %d (exists: %v)",
				r.file, set, len(got), exists, len(want), should)
		}
	}
	r.finish(t)
}

// addParity lays files beside each volume whose names begin like its own, as
// par2 does.
func addParity(t *testing.T, archive string) {
	t.Helper()
	volumes, err := filepath.Glob(filepath.Join(archive, "*.difftar*"))
	if err != nil || len(volumes) == 0 {
		t.Fatalf("no volumes in %s (%v)", archive, err)
	}
	for _, v := range volumes {
		if err := os.WriteFile(v+".vol000+200.par2", []byte("parity"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// contents is every file of a folder with what is in it.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all[e.Name()] = string(b)
	}
	return all
}

// files are all the files that ever were.
func files(states []state) []string {
	var all []string
	for _, s := range states {
		for name := range s {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

package catalog

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/varve-backup/varve/engine/repository"
)

// content is everything that a version holds, by path.
type content map[string]repository.Entry

// model answers as a catalog does, from whole versions.
type model struct {
	lines map[string][]modelVersion // by host; oldest first
}

type modelVersion struct {
	Version
	content content
}

func (m *model) add(host string, v modelVersion) {
	all := append(m.lines[host], v)
	slices.SortFunc(all, func(a, b modelVersion) int { return a.Time.Compare(b.Time) })
	m.lines[host] = all
}

func (m *model) drop(name string) {
	for host, all := range m.lines {
		m.lines[host] = slices.DeleteFunc(all, func(v modelVersion) bool { return v.Name == name })
		if len(m.lines[host]) == 0 {
			delete(m.lines, host)
		}
	}
}

// sorted are the paths of a content in order.
func (c content) sorted() []string {
	return slices.SortedFunc(maps.Keys(c), repository.Compare)
}

// states of a path, newest first.
func states(all []modelVersion, path string) (found []string) {
	type run struct {
		from, to string
		n        int
		item     []byte
	}
	var runs []run
	held := false
	for _, v := range all {
		e, there := v.content[path]
		item := appendItem(nil, &e)
		switch last := len(runs) - 1; {
		case !there:
		case held && bytes.Equal(runs[last].item, item):
			runs[last].to = v.Name
			runs[last].n++
		default:
			runs = append(runs, run{v.Name, v.Name, 1, item})
		}
		held = there
	}
	for _, r := range slices.Backward(runs) {
		it, err := parseItem(r.item, words{})
		if err != nil {
			panic("catalog: " + err.Error())
		}
		found = append(found, fmt.Sprintf("%s %s..%s %d", describe(&it.Entry), r.from, r.to, r.n))
	}
	return found
}

func describe(e *repository.Entry) string {
	return fmt.Sprintf("%s %o %d %d %s", e.Type, e.Mode, e.Size, e.ModTime.UnixNano(), e.Target)
}

// paths that were ever in a line, in order.
func everSeen(all []modelVersion) []string {
	paths := content{}
	for _, v := range all {
		maps.Copy(paths, v.content)
	}
	return paths.sorted()
}

func parent(path string) string {
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		return path[:i]
	}
	return ""
}

// differ lists what differs between two contents.
func differ(a, b content, under string) (all []string) {
	both := maps.Clone(a)
	maps.Copy(both, b)
	for _, p := range both.sorted() {
		if !repository.Contains(under, p) {
			continue
		}
		var was, is *Item
		if e, ok := a[p]; ok {
			was = itemOf(&e)
		}
		if e, ok := b[p]; ok {
			is = itemOf(&e)
		}
		if d, differs := Compare(was, is); differs {
			all = append(all, fmt.Sprint(p, " ", d.Change, " ", describe(&d.Entry), d.What))
		}
	}
	return all
}

func itemOf(e *repository.Entry) *Item {
	it, err := parseItem(appendItem(nil, e), words{})
	if err != nil {
		panic("catalog: " + err.Error())
	}
	it.Path = e.Path
	return &it
}

// world makes versions by chance.
type world struct {
	rand  *rand.Rand
	trees bool
	lost  content // of a version that is gone, nil for none
}

var names = []string{"a", "b b", "B", "c.txt", "Ärger.TXT", "\xff\xfe", "b", "b!", "deep", "report-2026.pdf", "ǅ"}

// first makes a content from nothing.
func (w *world) first() content {
	c := content{"": w.dir("")}
	for range w.rand.IntN(30) {
		w.addTo(c)
	}
	return c
}

func (w *world) dir(path string) repository.Entry {
	return repository.Entry{Path: path, Type: repository.Dir, Mode: 0o755, ModTime: w.time(), HasNanoseconds: true}
}

func (w *world) time() time.Time { return time.Unix(1_700_000_000+int64(w.rand.IntN(5)), 7) }

func (w *world) entry(path string) repository.Entry {
	switch w.rand.IntN(6) {
	case 0:
		return repository.Entry{Path: path, Type: repository.Symlink, Mode: 0o777, ModTime: w.time(), Target: names[w.rand.IntN(3)]}
	case 1, 2:
		return w.dir(path)
	}
	return repository.Entry{
		Path: path, Type: repository.File, Mode: 0o644, ModTime: w.time(), Size: int64(w.rand.IntN(3)) - 1,
		HasXattrs: w.rand.IntN(2) == 0, User: "u", Group: "g",
	}
}

// addTo puts an item somewhere.
func (w *world) addTo(c content) {
	paths := c.sorted()
	dir := paths[w.rand.IntN(len(paths))]
	if c[dir].Type != repository.Dir {
		dir = parent(dir)
	}
	path := join(dir, names[w.rand.IntN(len(names))])
	if strings.Count(path, "/") < 5 {
		w.remove(c, path)
		c[path] = w.entry(path)
	}
}

func (w *world) remove(c content, path string) {
	maps.DeleteFunc(c, func(p string, _ repository.Entry) bool { return path != "" && repository.Contains(path, p) })
}

// next makes another content of one.
func (w *world) next(c content) content {
	c = maps.Clone(c)
	for range w.rand.IntN(6) {
		paths := c.sorted()
		path := paths[w.rand.IntN(len(paths))]
		switch w.rand.IntN(6) {
		case 0, 1:
			w.addTo(c)
		case 2:
			w.remove(c, path)
		case 3: // a new state
			if e := c[path]; e.Type == repository.Dir || path == "" {
				c[path] = w.dir(path)
			} else {
				c[path] = w.entry(path)
			}
		case 4: // another type
			if path != "" {
				w.remove(c, path)
				c[path] = w.entry(path)
			}
		case 5: // another name
			to := join(parent(path), names[w.rand.IntN(len(names))])
			if path == "" || repository.Contains(path, to) || repository.Contains(to, path) {
				continue
			}
			w.remove(c, to)
			for p, e := range maps.Clone(c) {
				if repository.Contains(path, p) {
					delete(c, p)
					e.Path = to + p[len(path):]
					c[e.Path] = e
				}
			}
		}
	}
	return c
}

// pour hands a content to the catalog, with trees if the format has them.
func (w *world) pour(t *testing.T, c content) func(*Intake) error {
	return func(in *Intake) error {
		known := ""
		skipping := false
		for _, p := range c.sorted() {
			if skipping && repository.Contains(known, p) {
				continue
			}
			skipping = false
			e := c[p]
			var tree []byte
			if w.trees && e.Type == repository.Dir {
				tree = c.tree(p)
			}
			is, err := in.Put(&e, tree)
			if err != nil {
				return err
			}
			if is {
				known, skipping = p, true
				if tree == nil {
					t.Error("a folder without a tree is known")
				}
			}
		}
		return nil
	}
}

// tree is equal when everything below a folder is.
func (c content) tree(dir string) []byte {
	b := []byte{1}
	for _, p := range c.sorted() {
		if p != dir && repository.Contains(dir, p) {
			e := c[p]
			b = append(append(b, p[len(dir):]...), 0)
			b = appendItem(b, &e)
		}
	}
	return b
}

func open(t testing.TB) *Catalog {
	t.Helper()
	c, err := Open(t.Context(), filepath.Join(t.TempDir(), "catalog.db"), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// Whatever happens to versions, in whatever order they are learnt and
// forgotten: all answers are those of whole versions.
func TestCatalogAnswersAsWholeVersionsWould(t *testing.T) {
	for seed := range uint64(24) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			w := &world{rand: rand.New(rand.NewPCG(seed, 1)), trees: seed%2 == 0}
			c := open(t)
			m := &model{map[string][]modelVersion{}}
			w.live(t, c, m, 12)
			compare(t, c, m)
		})
	}
}

// live lets things happen.
func (w *world) live(t *testing.T, c *Catalog, m *model, steps int) {
	t.Helper()
	for step := range steps {
		host := []string{"one", "two"}[w.rand.IntN(2)]
		if all := m.lines[host]; len(all) > 1 && w.rand.IntN(4) == 0 {
			v := all[max(w.rand.IntN(2*len(all))-len(all), 0)]
			if w.rand.IntN(2) == 0 {
				v = all[len(all)-1]
			}
			name := v.Name
			w.lost = v.content
			m.drop(name)
			if err := c.Drop(t.Context(), []string{name, "unknown"}); err != nil {
				t.Fatal(err)
			}
		} else {
			w.learn(t, c, m, host, fmt.Sprintf("v%02d", step), step)
		}
		if step%4 == 3 {
			compare(t, c, m)
		}
	}
}

// learn adds a version, mostly the newest.
func (w *world) learn(t *testing.T, c *Catalog, m *model, host, name string, step int) {
	t.Helper()
	at := time.Unix(int64(1000*step), 5)
	if w.rand.IntN(3) == 0 {
		at = time.Unix(int64(w.rand.IntN(1000*step+1)), int64(step))
	}
	from := w.first()
	if all := m.lines[host]; len(all) > 0 {
		from = w.next(all[w.rand.IntN(len(all))].content)
	}
	if w.lost != nil && w.rand.IntN(2) == 0 {
		from, w.lost = w.next(w.lost), nil
	}
	v := modelVersion{Version{Name: name, Time: at, Info: []byte(name)}, from}
	if err := c.Add(t.Context(), Source{Host: host, Paths: []string{"/home"}}, v.Version, w.pour(t, from)); err != nil {
		t.Fatal(err)
	}
	m.add(host, v)
}

// compare asks both everything.
func compare(t *testing.T, c *Catalog, m *model) {
	t.Helper()
	lines, err := c.Lines(t.Context())
	if err != nil || len(lines) != len(m.lines) {
		t.Fatalf("got %d lines of %d, %v", len(lines), len(m.lines), err)
	}
	for _, l := range lines {
		all := m.lines[l.Host]
		if l.Versions != len(all) || !l.Newest.Equal(all[len(all)-1].Time) || !slices.Equal(l.Paths, []string{"/home"}) {
			t.Fatalf("got %+v", l)
		}
		compareVersions(t, c, l.ID, all)
		for _, p := range everSeen(all) {
			comparePath(t, c, l.ID, all, p)
		}
		for i, v := range all {
			w := all[(i*7+3)%len(all)]
			compareDiff(t, c, l.ID, &v, &w, "")
			compareDiff(t, c, l.ID, &v, &w, "a")
			other := lines[i%len(lines)]
			compareAcross(t, c, l.ID, &v, other.ID, &m.lines[other.Host][0])
		}
	}
	for _, q := range []string{"a", "B", "txt", "ärger", "*.TXT", "b c", "deep b", "/b", "a/b", "deep/*", "?", "b*", "nothing", "pdf 2026", "\xff", "ǆ", "b!/"} {
		compareSearch(t, c, m, q)
	}
}

func check(t *testing.T, what string, got, want []string, err error) {
	t.Helper()
	if err != nil || !slices.Equal(got, want) {
		t.Fatalf("%s: %v\n got %q\nwant %q", what, err, got, want)
	}
}

func compareVersions(t *testing.T, c *Catalog, line int64, all []modelVersion) {
	t.Helper()
	versions, err := c.Versions(t.Context(), line)
	var got, want []string
	for _, v := range versions {
		got = append(got, fmt.Sprint(v.Name, v.Time.UnixNano(), string(v.Info), v.Added, v.Changed, v.Deleted))
	}
	for i, v := range slices.Backward(all) {
		var n [4]int
		if i > 0 {
			for _, d := range differences(all[i-1].content, v.content) {
				n[d.Change]++
			}
		}
		want = append(want, fmt.Sprint(v.Name, v.Time.UnixNano(), v.Name, n[repository.Added], n[repository.Modified], n[repository.Deleted]))
	}
	check(t, "versions", got, want, err)
}

func differences(a, b content) (all []Difference) {
	both := maps.Clone(a)
	maps.Copy(both, b)
	for p := range both {
		var was, is *Item
		if e, ok := a[p]; ok {
			was = itemOf(&e)
		}
		if e, ok := b[p]; ok {
			is = itemOf(&e)
		}
		if d, differs := Compare(was, is); differs {
			all = append(all, d)
		}
	}
	return all
}

// comparePath compares the history of a path, and the folder if it is one.
func comparePath(t *testing.T, c *Catalog, line int64, all []modelVersion, path string) {
	t.Helper()
	found, err := c.History(t.Context(), line, path)
	var got []string
	for _, s := range found {
		got = append(got, fmt.Sprintf("%s %s..%s %d", describe(&s.Entry), s.From.Name, s.To.Name, s.Versions))
	}
	check(t, "history of "+path, got, states(all, path), err)
	wasDir := slices.ContainsFunc(all, func(v modelVersion) bool { return v.content[path].Type == repository.Dir })
	seen, err := c.Folder(t.Context(), line, path)
	if !wasDir {
		if err == nil && len(seen) > 0 {
			t.Fatalf("%q holds something and never was a folder", path)
		}
		return
	}
	got = nil
	for _, s := range seen {
		got = append(got, describeSeen(&s))
	}
	var want []string
	for _, p := range everSeen(all) {
		if p != "" && parent(p) == path {
			want = append(want, seenInModel(all, p))
		}
	}
	check(t, "folder "+path, got, want, err)
	for _, v := range all {
		compareFolderAt(t, c, line, &v, path)
	}
}

func describeSeen(s *Seen) string {
	return fmt.Sprintf("%s %s %d %v %s..%s", s.Entry.Path, describe(&s.Entry), s.States, s.Deleted, s.First.Name, s.Last.Name)
}

func seenInModel(all []modelVersion, path string) string {
	var first, last *modelVersion
	for i := range all {
		if _, there := all[i].content[path]; there {
			if first == nil {
				first = &all[i]
			}
			last = &all[i]
		}
	}
	e := last.content[path]
	return fmt.Sprintf("%s %s %d %v %s..%s", path, describe(&itemOf(&e).Entry), len(states(all, path)), last != &all[len(all)-1], first.Name, last.Name)
}

func compareFolderAt(t *testing.T, c *Catalog, line int64, v *modelVersion, path string) {
	t.Helper()
	entries, err := c.FolderAt(t.Context(), line, v.Name, path)
	if e, there := v.content[path]; !there || e.Type != repository.Dir {
		if err == nil {
			t.Fatalf("folder %q is not in %s", path, v.Name)
		}
		return
	}
	var got, want []string
	for _, e := range entries {
		got = append(got, e.Path+describe(&e))
	}
	for _, p := range v.content.sorted() {
		if e := v.content[p]; p != "" && parent(p) == path {
			want = append(want, p+describe(&itemOf(&e).Entry))
		}
	}
	check(t, "folder "+path+" in "+v.Name, got, want, err)
}

func compareDiff(t *testing.T, c *Catalog, line int64, v, w *modelVersion, under string) {
	t.Helper()
	var got []string
	var failed error
	for d, err := range c.Differences(t.Context(), line, v.Name, w.Name, under) {
		if err != nil {
			failed = err
			break
		}
		got = append(got, fmt.Sprint(d.Path, " ", d.Change, " ", describe(&d.Entry), d.What))
	}
	check(t, "difference of "+v.Name+" and "+w.Name, got, differ(v.content, w.content, under), failed)
}

// compareAcross compares a version with one of whatever line.
func compareAcross(t *testing.T, c *Catalog, line int64, v *modelVersion, other int64, w *modelVersion) {
	t.Helper()
	var got []string
	var failed error
	for d, err := range c.Across(t.Context(), line, v.Name, other, w.Name) {
		if err != nil {
			failed = err
			break
		}
		got = append(got, fmt.Sprint(d.Path, " ", d.Change, " ", describe(&d.Entry), d.What))
	}
	check(t, "difference across lines", got, differ(v.content, w.content, ""), failed)
}

func compareSearch(t *testing.T, c *Catalog, m *model, text string) {
	t.Helper()
	q := ParseQuery(text)
	var want []string
	for host, all := range m.lines {
		for _, p := range everSeen(all) {
			if p != "" && q.matches(p) {
				want = append(want, host+seenInModel(all, p))
			}
		}
	}
	lines, err := c.Lines(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	hosts := map[int64]string{}
	for _, l := range lines {
		hosts[l.ID] = l.Host
	}
	found, more, err := c.Search(t.Context(), q, 1000)
	var got []string
	for _, s := range found {
		got = append(got, hosts[s.Line]+describeSeen(&s))
	}
	slices.Sort(got)
	slices.Sort(want)
	check(t, "search for "+text, got, want, err)
	if more {
		t.Fatal("there are more")
	}
}

// A version that fails, or ends early, leaves nothing behind.
func TestInterruptedAddChangesNothing(t *testing.T) {
	w := &world{rand: rand.New(rand.NewPCG(1, 2)), trees: true}
	c := open(t)
	m := &model{map[string][]modelVersion{}}
	w.live(t, c, m, 6)
	for _, host := range []string{"one", "three"} {
		ctx, cancel := context.WithCancel(t.Context())
		content := w.first()
		err := c.Add(ctx, Source{Host: host, Paths: []string{"/home"}}, Version{Name: "x", Time: time.Unix(5, 0)}, func(in *Intake) error {
			err := w.pour(t, content)(in)
			cancel()
			return err
		})
		if err == nil {
			t.Error("it did not end")
		}
		compare(t, c, m)
	}
}

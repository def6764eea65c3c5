package catalog

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/varve-backup/varve/engine/repository"
)

// forest is a tree of many files, as homes have them.
type forest struct {
	rand  *rand.Rand
	root  *grove
	all   []*grove
	clock int64
	files int
}

// grove is a folder.
type grove struct {
	above   *grove
	path    string
	tree    int64 // changes with everything below
	folders []*grove
	files   []leaf // in order of the names, folders between them by their paths
}

type leaf struct {
	name  string
	mtime int64
}

var syllables = []string{"re", "port", "in", "voice", "pho", "to", "mu", "sic", "let", "ter", "ta", "ble", "no", "te", "scan", "back", "draft", "im", "age", "data"}

func (f *forest) name() string {
	var s string
	for range 2 + f.rand.IntN(4) {
		s += syllables[f.rand.IntN(len(syllables))]
	}
	return s
}

// newForest makes a tree of so many files, about twelve in a folder, and one
// folder of 20 000.
func newForest(files int) *forest {
	f := &forest{rand: rand.New(rand.NewPCG(7, 7)), root: &grove{}, clock: 1_700_000_000_000_000_000}
	f.all = []*grove{f.root}
	for f.files < files-20_000 {
		above := f.all[f.rand.IntN(min(len(f.all), 1+len(f.all)/2))]
		g := f.grow(above, fmt.Sprintf("%s-%d", f.name(), len(f.all)))
		for i := range 1 + f.rand.IntN(24) {
			g.files = append(g.files, leaf{fmt.Sprintf("%s_%04d.%s", f.name(), i, []string{"jpg", "txt", "pdf", "go"}[i%4]), f.tick()})
			f.files++
		}
	}
	mail := f.grow(f.root, "mail")
	for i := range 20_000 {
		mail.files = append(mail.files, leaf{fmt.Sprintf("%d.M%dP1.host:2,S", 1_700_000_000+i, i), f.tick()})
		f.files++
	}
	for _, g := range f.all {
		slices.SortFunc(g.files, func(a, b leaf) int { return repository.Compare(a.name, b.name) })
		slices.SortFunc(g.folders, func(a, b *grove) int { return repository.Compare(a.path, b.path) })
	}
	return f
}

func (f *forest) tick() int64 { f.clock += 1_000_003; return f.clock }

func (f *forest) grow(above *grove, name string) *grove {
	g := &grove{above: above, path: join(above.path, name), tree: f.tick()}
	above.folders = append(above.folders, g)
	f.all = append(f.all, g)
	return g
}

// change alters so many files.
func (f *forest) change(files int) {
	for range files {
		g := f.all[f.rand.IntN(len(f.all))]
		if len(g.files) == 0 {
			continue
		}
		i := f.rand.IntN(len(g.files))
		switch f.rand.IntN(4) {
		case 0:
			g.files = slices.Delete(g.files, i, i+1)
		case 1:
			l := leaf{fmt.Sprintf("%s~%d", g.files[i].name, f.clock), f.tick()}
			i, _ = slices.BinarySearchFunc(g.files, l, func(a, b leaf) int { return repository.Compare(a.name, b.name) })
			g.files = slices.Insert(g.files, i, l)
		default:
			g.files[i].mtime = f.tick()
		}
		for ; g != nil; g = g.above {
			g.tree = f.tick()
		}
	}
}

// pour hands everything to the catalog.
func (f *forest) pour(in *Intake) error { return (&pourer{in: in}).grove(f.root) }

type pourer struct {
	in    *Intake
	entry repository.Entry
}

func (p *pourer) grove(g *grove) error {
	p.entry = repository.Entry{Path: g.path, Type: repository.Dir, Mode: 0o755, ModTime: time.Unix(0, 5), HasNanoseconds: true, User: "me", Group: "me"}
	known, err := p.in.Put(&p.entry, binary.LittleEndian.AppendUint64(nil, uint64(g.tree)))
	if known || err != nil {
		return err
	}
	files, folders := g.files, g.folders
	for len(files)+len(folders) > 0 {
		if len(files) == 0 || len(folders) > 0 && repository.Compare(folders[0].path, join(g.path, files[0].name)) < 0 {
			if err := p.grove(folders[0]); err != nil {
				return err
			}
			folders = folders[1:]
			continue
		}
		key := binary.LittleEndian.AppendUint64(nil, uint64(files[0].mtime))
		p.entry = repository.Entry{
			Path: join(g.path, files[0].name), Type: repository.File, Mode: 0o644, ModTime: time.Unix(0, files[0].mtime), HasNanoseconds: true,
			Size: files[0].mtime % 1_000_000, User: "me", Group: "me", UID: 1000, GID: 1000, HasXattrs: true, ContentKey: string(key),
		}
		if _, err := p.in.Put(&p.entry, nil); err != nil {
			return err
		}
		files = files[1:]
	}
	return nil
}

func (f *forest) learn(b *testing.B, c *Catalog, version int) {
	b.Helper()
	v := Version{Name: fmt.Sprint("version ", version), Time: time.Unix(int64(version), 0), Info: []byte("{}")}
	if err := c.Add(b.Context(), Source{Host: "host", Paths: []string{"/home"}}, v, f.pour); err != nil {
		b.Fatal(err)
	}
}

// A million files in 50 versions: what a person waits for.
func BenchmarkMillionFiles(b *testing.B) {
	const versions = 50
	f := newForest(1_000_000)
	path := filepath.Join(b.TempDir(), "catalog.db")
	c, err := Open(b.Context(), path, b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	b.Run("learn first", func(b *testing.B) {
		peak := watchHeap(b)
		for i := 0; b.Loop(); i++ {
			into := c
			if i > 0 { // on a fast machine
				into = open(b)
			}
			f.learn(b, into, 1)
		}
		b.ReportMetric(float64(peak())/1e6, "MB-heap")
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(f.files), "ns/file")
	})
	middle := f.all[len(f.all)/2]
	b.Run("learn next", func(b *testing.B) {
		for i := 3; b.Loop(); i++ {
			f.change(500)
			f.learn(b, c, i)
		}
	})
	for i := 2; i <= versions; i++ {
		f.change(500)
		f.learn(b, c, 100+i)
	}
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.Logf("%d files, %d folders, %d MB", f.files, len(f.all), info.Size()/1e6)
	b.Run("folder", func(b *testing.B) { seen(b, c, middle.path) })
	b.Run("folder of 20000", func(b *testing.B) { seen(b, c, "mail") })
	b.Run("folder of a version", func(b *testing.B) { listed(b, c, middle.path) })
	b.Run("folder of 20000 of a version", func(b *testing.B) { listed(b, c, "mail") })
	b.Run("history", func(b *testing.B) {
		for b.Loop() {
			if s, err := c.History(b.Context(), 1, join(middle.path, middle.files[0].name)); err != nil || len(s) == 0 {
				b.Fatal(err)
			}
		}
	})
	b.Run("history in a folder of 20000", func(b *testing.B) {
		for b.Loop() {
			if s, err := c.History(b.Context(), 1, "mail/1700019999.M19999P1.host:2,S"); err != nil || len(s) == 0 {
				b.Fatal(err)
			}
		}
	})
	b.Run("search", func(b *testing.B) { searches(b, c, middle) })
	b.Run("difference", func(b *testing.B) {
		for b.Loop() {
			n := 0
			for _, err := range c.Differences(b.Context(), 1, "version 140", "version 141", "") {
				if err != nil {
					b.Fatal(err)
				}
				n++
			}
			b.ReportMetric(float64(n), "items")
		}
	})
	b.Run("drop", func(b *testing.B) {
		for i := 102; b.Loop(); i++ {
			if err := c.Drop(b.Context(), []string{fmt.Sprint("version ", i)}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("learn unchanged", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			f.learn(b, c, 1000+i)
		}
	})
}

func seen(b *testing.B, c *Catalog, path string) {
	b.ReportAllocs()
	for b.Loop() {
		if s, err := c.Folder(b.Context(), 1, path); err != nil || len(s) == 0 {
			b.Fatal(err)
		}
	}
}

func listed(b *testing.B, c *Catalog, path string) {
	for b.Loop() {
		if s, err := c.FolderAt(b.Context(), 1, "version 130", path); err != nil || len(s) == 0 {
			b.Fatal(err)
		}
	}
}

func searches(b *testing.B, c *Catalog, middle *grove) {
	for _, row := range []struct{ name, query string }{
		{"rare", middle.files[0].name},
		{"frequent", "report"},
		{"none", "qqqq"},
		{"letter", "e"},
		{"two words", "voice report"},
		{"across folders", filepath.Base(middle.path) + " jpg"},
		{"two letters", "e x"},
		{"pattern", "*scan*.pdf"},
		{"every", "*"},
		{"accent", "é"},
		{"path", "mail/17000"},
	} {
		b.Run(row.name, func(b *testing.B) {
			before := cpuTime(b)
			for b.Loop() {
				found, _, err := c.Search(b.Context(), ParseQuery(row.query), 200)
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(len(found)), "found")
			}
			b.ReportMetric(float64((cpuTime(b)-before).Microseconds())/1000/float64(b.N), "cpu-ms/op")
		})
	}
}

// cpuTime is what this process has used, for machines that do something else
// beside.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// watchHeap measures the largest heap beyond what is in use now, in bytes,
// until the answer is asked for.
func watchHeap(b *testing.B) (peak func() uint64) {
	b.Helper()
	var before runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	stop, result := make(chan struct{}), make(chan uint64)
	go func() {
		var most uint64
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				result <- most
				return
			case <-tick.C:
				var now runtime.MemStats
				runtime.ReadMemStats(&now)
				most = max(most, now.HeapInuse-min(before.HeapInuse, now.HeapInuse))
			}
		}
	}()
	return func() uint64 { close(stop); return <-result }
}

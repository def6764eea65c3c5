//go:build linux

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/varve-backup/varve/cmd/varve-desktop/internal/desktoptest"
)

// The limits of the desktop, beside an empty window of the same toolkit that is
// built and run in the same way.
const (
	startLimit  = 500 * time.Millisecond
	memoryLimit = 30 << 20
	cpuLimit    = 0.3 // of a hundred
	frameLimit  = 33 * time.Millisecond
	worstLimit  = 100 * time.Millisecond
	stallLimit  = 50 * time.Millisecond
)

// How much is measured.
const (
	starts      = 7
	trayMinute  = time.Minute
	folderFiles = 100_000
	wheelClicks = 150
	treeRows    = 10_000
	partFolders = 400 // in one folder: the tree offers more than 500 later
)

// ranToItsEnd is said of the first run on the page of the activity.
const ranToItsEnd = " stored in "

// BenchmarkDesktop prints how the program does on a private desktop that draws
// in software, and whether the limits are met. Each part takes minutes whatever
// b.N is, so it is run with -benchtime 1x.
func BenchmarkDesktop(b *testing.B) {
	built := buildForBench(b)
	for _, part := range []struct {
		name    string
		measure func(*testing.B)
	}{
		{"start", built.startup},
		{"tray", built.inTray},
		{"folder", built.scrolling},
		{"tree", built.tree},
		{"stalls", built.stalls},
	} {
		b.Run(part.name, func(b *testing.B) {
			for b.Loop() {
				part.measure(b)
			}
		})
	}
}

// programs are what is measured: the program as people have it, the empty
// window, and the program that tells how its main loop does.
type programs struct{ varve, empty, telling string }

func buildForBench(b *testing.B) programs {
	b.Helper()
	dir := b.TempDir()
	build := func(name, tags, of string) string {
		path := filepath.Join(dir, name)
		out, err := exec.CommandContext(b.Context(), "go", "build", "-trimpath", "-tags", tags, "-o", path, of).CombinedOutput()
		if err != nil {
			b.Fatalf("building %s: %v\n%s", of, err, out)
		}
		return path
	}
	return programs{build("varve-desktop", "gles", "."), build("emptywindow", "gles", "./internal/emptywindow"), build("telling", "gles journey", ".")}
}

// tell prints a figure beside its limit.
func tell[T int64 | float64 | time.Duration](what string, got, limit T, unit func(T) string) {
	verdict := "met"
	if got > limit {
		verdict = "NOT met"
	}
	fmt.Printf("%-68s %12s   at most %9s   %s\n", what, unit(got), unit(limit), verdict)
}

func milliseconds(d time.Duration) string { return fmt.Sprintf("%.1f ms", d.Seconds()*1000) }

func mebibytes(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }

func percent(f float64) string { return fmt.Sprintf("%.2f %%", f) }

func median[T time.Duration](all []T) T {
	all = slices.Sorted(slices.Values(all))
	if len(all) == 0 {
		return 0
	}
	return all[len(all)/2]
}

// startup starts both in turns.
func (p programs) startup(b *testing.B) {
	b.Helper()
	d := desktoptest.Start(b, desktoptest.Options{Tray: true})
	took := map[string][]time.Duration{}
	for range starts {
		for title, binary := range map[string]string{"Varve": p.varve, "Empty": p.empty} {
			began := time.Now()
			one := d.LaunchBlind(binary, title)
			took[title] = append(took[title], time.Since(began))
			one.End()
		}
	}
	varve, empty := median(took["Varve"]), median(took["Empty"])
	tell(fmt.Sprintf("window visible after %s, the empty one's after %s: later by", milliseconds(varve), milliseconds(empty)), varve-empty, startLimit, milliseconds)
}

// inTray lets both stand in the tray with no window.
func (p programs) inTray(b *testing.B) {
	b.Helper()
	d := desktoptest.Start(b, desktoptest.Options{Tray: true})
	varve, empty := d.LaunchHidden(p.varve, "Varve", "--minimized"), d.LaunchHidden(p.empty, "Empty", "hidden")
	d.Within(time.Minute, "both icons to come", func() bool { return len(d.Tray.Items()) == 2 })
	time.Sleep(5 * time.Second) // what a start has to do is not counted
	before := [2]time.Duration{used(b, varve.Pid), used(b, empty.Pid)}
	time.Sleep(trayMinute)
	share := func(pid int, before time.Duration) float64 {
		return 100 * float64(used(b, pid)-before) / float64(trayMinute)
	}
	one, other := share(varve.Pid, before[0]), share(empty.Pid, before[1])
	tell(fmt.Sprintf("in the tray: CPU %s, the empty one's %s: more by", percent(one), percent(other)), one-other, cpuLimit, percent)
	for _, kind := range []string{"Rss", "Pss"} {
		one, other := resident(b, varve.Pid, kind), resident(b, empty.Pid, kind)
		tell(fmt.Sprintf("in the tray: %s %s, the empty one's %s: more by", kind, mebibytes(one), mebibytes(other)), one-other, memoryLimit, mebibytes)
	}
	varve.End()
	empty.End()
}

// used is the processor time of a process.
func used(b *testing.B, pid int) time.Duration {
	b.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Fatal(err)
	}
	// The name, in brackets, may hold anything; the times are 12th and 13th after it.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	total := time.Duration(0)
	for _, f := range fields[11:13] {
		n, err := strconv.Atoi(f)
		if err != nil {
			b.Fatal(err)
		}
		total += time.Duration(n) * time.Second / 100 // of a second, whatever the kernel's own clock
	}
	return total
}

// resident is what a process holds, shared parts whole (Rss) or by share (Pss).
func resident(b *testing.B, pid int, kind string) int64 {
	b.Helper()
	rollup, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(rollup)) {
		if value, ok := strings.CutPrefix(line, kind+":"); ok {
			n, err := strconv.ParseInt(strings.Fields(value)[0], 10, 64)
			if err != nil {
				b.Fatal(err)
			}
			return n << 10
		}
	}
	b.Fatalf("%s is not told of %d", kind, pid)
	return 0
}

// scrolling turns the wheel over the list of a folder with very many files.
func (p programs) scrolling(b *testing.B) {
	b.Helper()
	d := newDesk(b, p.telling, desktoptest.Options{Keyring: true, Tray: true})
	many := filepath.Join(d.Home, "Many")
	if err := os.Mkdir(many, 0o700); err != nil {
		b.Fatal(err)
	}
	for i := range folderFiles {
		if err := os.WriteFile(filepath.Join(many, fmt.Sprintf("file %06d.txt", i)), nil, 0o600); err != nil {
			b.Fatal(err)
		}
	}
	w := d.launch()
	d.setUp(w, "Many", "Drive", "")
	w.Click(desktoptest.Button, "Activity")
	w.SeeWithin(5*time.Minute, ranToItsEnd)
	w.Click(desktoptest.Button, "Restore")
	w.SeeWithin(time.Minute, "file 000000.txt")
	frames(w, "a folder of 100 000 files", func() {
		w.Scroll(wheelClicks, true)
		w.Scroll(wheelClicks/2, false)
	})
	w.End()
}

// tree turns the wheel over the wizard's folders, when very many are open.
func (p programs) tree(b *testing.B) {
	b.Helper()
	d := newDesk(b, p.telling, desktoptest.Options{Keyring: true, Tray: true})
	for i := range treeRows {
		if err := os.MkdirAll(d.home(fmt.Sprintf("Many/part %02d/folder %03d", i/partFolders, i%partFolders)), 0o700); err != nil {
			b.Fatal(err)
		}
	}
	w := d.launch()
	w.Click(desktoptest.Button, "Start backing up")
	w.Click(desktoptest.Text, "Many")
	w.Press("Right")
	w.See("part 00")
	w.Press("End")
	for range treeRows / partFolders {
		w.Press("Right")
		w.Press("Up")
	}
	w.See("folder 000")
	frames(w, "a tree of 10 000 open rows", func() {
		w.Scroll(wheelClicks, true)
		w.Scroll(wheelClicks/2, false)
	})
	w.End()
}

// frames prints how long what was drawn took. A turn of the main loop that ends
// at once drew nothing.
func frames(w *desktoptest.Program, what string, do func()) {
	took := slices.DeleteFunc(w.WhileMeasured(do).Turns, func(d time.Duration) bool { return d < 2*time.Millisecond })
	tell(fmt.Sprintf("scrolling %s, %d frames: the median", what, len(took)), median(took), frameLimit, milliseconds)
	if len(took) > 0 {
		tell("  the worst", slices.Max(took), worstLimit, milliseconds)
	}
}

// stalls backs the sources of Go up, and looks at the main loop meanwhile.
func (p programs) stalls(b *testing.B) {
	b.Helper()
	d := newDesk(b, p.telling, desktoptest.Options{Keyring: true, Tray: true})
	root, err := exec.CommandContext(b.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		b.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(d.Home, "Go"), os.DirFS(filepath.Join(strings.TrimSpace(string(root)), "src"))); err != nil {
		b.Fatal(err)
	}
	w := d.launch()
	d.setUp(w, "Go", "Drive", "")
	found := w.WhileMeasured(func() {
		w.Click(desktoptest.Button, "Activity")
		w.SeeWithin(10*time.Minute, ranToItsEnd)
	})
	tell(fmt.Sprintf("main loop while Go's sources are backed up, %d turns: the worst", len(found.Turns)), slices.Max(found.Turns), stallLimit, milliseconds)
	fmt.Printf("  what it was asked meanwhile, %d times, was done after %s at most\n", len(found.Answers), milliseconds(slices.Max(found.Answers)))
	w.End()
}

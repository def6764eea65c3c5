// Package folderform is the form for which folders a backup keeps: a tree with
// ticks, whose folders are listed when they are opened and counted beside the
// main loop. Begin with New.
package folderform

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/ui/foldertree"
	"github.com/varve-backup/varve/ui/frame"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/places"
	"github.com/varve-backup/varve/ui/words"
)

// ErrNoFolder: something of that name is there, and it is no folder.
var ErrNoFolder = errors.New("it is no folder")

// Disk is what the form asks of the disks. Its methods may wait for a drive, and
// are not called on the main loop.
type Disk interface {
	// Folder returns nil when path is a folder that can be listed.
	Folder(path string) error
	// List returns the names of the folders in one.
	List(path string) ([]string, error)
	// Measure counts a folder, and tells what it has now and then.
	Measure(ctx context.Context, path string, tell func(foldertree.Measure)) foldertree.Measure
}

// Config is what the form is for.
type Config struct {
	Window frame.Window
	// Do runs something on the main loop.
	Do   func(func())
	Disk Disk
	// Home is shown first, and open; "" shows nothing at first.
	Home string
	// Choose has the person choose a folder in a dialog.
	Choose func(then func(path string))
	// Changed is called when another choice is made, and Counted when more is
	// known of what it holds. Either may be nil.
	Changed, Counted func()
}

// Form is the tree with what belongs to it.
type Form struct {
	Config
	tree    *foldertree.Tree
	rows    []foldertree.Row
	list    *look.List
	empty   *look.Text
	hidden  *look.Check
	typed   *look.Field
	refusal *look.Text
	notice  *fyne.Container
	named   bool // what cannot be read is named
	// noticed is what the notice says.
	noticed []string
	content fyne.CanvasObject
	stop    []context.CancelFunc
	counts  int // that run now
}

// New makes a form in which nothing is chosen.
func New(c Config) *Form {
	f := &Form{Config: c, tree: foldertree.New()}
	f.list = look.NewList(func() int { return len(f.rows) }, func() fyne.CanvasObject { return newRow() }, func(i int, o fyne.CanvasObject) { f.fill(i, o.(*row)) })
	f.list.OnTapped, f.list.OnOpened, f.list.OnTicked, f.list.OnSide = f.turn, f.turn, f.toggle, f.side
	f.typed = look.NewField(lang.T("Path of a folder"))
	f.typed.OnSubmitted = func(string) { f.addTyped() }
	f.refusal = look.Coloured("", look.Clay)
	f.refusal.Hide()
	f.hidden = look.NewCheck(lang.T("Show hidden folders"), func(on bool) {
		f.tree.ShowHidden(on)
		f.show()
	})
	f.notice = look.Stacked(look.Within)
	f.empty = look.Hint(lang.T("No folder is chosen yet. Choose the ones that you would miss."))
	add := look.NewButton(lang.T("Add"), f.addTyped)
	choose := look.WithIcon(lang.T("Choose a folder…"), look.IconFolder, func() { f.Choose(f.Add) })
	foot := look.Stacked(look.Within, f.empty, f.notice, look.Row(0, 1, f.hidden, look.Gap(1)), look.Entered(f.typed, look.Beside(look.Within, add, choose)), f.refusal)
	f.content = look.Footed(look.Tall(leastRows*look.RowHeight, f.list), foot)
	if c.Home != "" {
		f.open(f.tree.Add(c.Home), true)
	}
	f.show()
	return f
}

// leastRows are seen in the smallest window.
const leastRows = 6

// Content is what a page shows. It fills the height.
func (f *Form) Content() fyne.CanvasObject { return f.content }

// First has the keyboard at first.
func (f *Form) First() fyne.Focusable { return f.list }

// End stops what is still counted.
func (f *Form) End() {
	for _, stop := range f.stop {
		stop()
	}
}

// Chosen are the folders to keep, and in them what is kept otherwise.
func (f *Form) Chosen() (folders []string, otherwise []foldertree.Exception) { return f.tree.Chosen() }

// Set chooses in place of what is chosen, and shows it.
func (f *Form) Set(folders []string, otherwise []foldertree.Exception) {
	f.tree.Choose(folders, otherwise)
	for _, path := range folders {
		f.reveal(path)
	}
	for _, e := range otherwise {
		f.reveal(e.Path)
	}
	f.changed()
}

// Total is what all that is chosen holds, as far as it is counted.
func (f *Form) Total() foldertree.Measure { return f.tree.Total() }

// reveal opens all folders above one.
func (f *Form) reveal(path string) {
	for o := f.tree.Add(path).Parent(); o != nil; o = o.Parent() {
		if !o.IsOpen() {
			f.open(o, true)
		}
	}
}

// changed shows another choice.
func (f *Form) changed() {
	f.show()
	call(f.Config.Changed)
}

func call(f func()) {
	if f != nil {
		f()
	}
}

func (f *Form) work(do func(ctx context.Context) error, then func(error)) {
	f.stop = append(f.stop, f.Window.Work(do, then))
}

// open shows what is inside a folder, or hides it.
func (f *Form) open(o *foldertree.Folder, open bool) {
	if !f.tree.Open(o, open) {
		return
	}
	var names []string
	path := o.Path
	f.work(func(context.Context) (err error) {
		names, err = f.Disk.List(path)
		return err
	}, func(err error) {
		f.tree.List(o, names, err)
		f.show()
	})
}

// turn opens a row or closes it, or shows more.
func (f *Form) turn(i int) {
	r := f.rows[i]
	if r.More > 0 {
		f.tree.ShowMore(r.Folder)
	} else {
		f.open(r.Folder, !r.IsOpen())
	}
	f.show()
}

// side opens a row, closes it, or goes to the one that holds it.
func (f *Form) side(direction int) {
	i := f.list.At()
	if i < 0 || i >= len(f.rows) {
		return
	}
	r := f.rows[i]
	switch {
	case direction > 0 && r.More == 0 && !r.IsOpen(), direction < 0 && r.More == 0 && r.IsOpen():
		f.turn(i)
	case direction < 0:
		outer := r.Parent()
		if r.More > 0 {
			outer = r.Folder
		}
		if at := slices.IndexFunc(f.rows, func(x foldertree.Row) bool { return x.Folder == outer && x.More == 0 }); at >= 0 {
			f.list.SetAt(at)
		}
	}
}

func (f *Form) toggle(i int) {
	if r := f.rows[i]; r.More == 0 {
		f.tree.Toggle(r.Folder)
		f.changed()
	}
}

// show brings the rows in step with the tree, and counts what is not counted.
func (f *Form) show() {
	f.rows = f.tree.Rows()
	f.list.Refresh()
	folders, _ := f.tree.Chosen()
	look.Visible(f.empty, len(folders) == 0)
	f.showNotice()
	f.content.Refresh()
	f.count()
}

// counters is how many folders are counted at a time.
const counters = 2

// count counts what is not counted yet.
func (f *Form) count() {
	for f.counts < counters {
		next := f.tree.Next()
		if next == nil {
			return
		}
		f.counts++
		f.measure(next)
	}
}

func (f *Form) measure(o *foldertree.Folder) {
	var last foldertree.Measure
	path := o.Path
	f.work(func(ctx context.Context) error {
		last = f.Disk.Measure(ctx, path, func(m foldertree.Measure) {
			f.Do(func() {
				if ctx.Err() == nil && !o.Measure.Done {
					o.Measure = m
					f.list.Refresh()
				}
			})
		})
		return nil
	}, func(error) {
		f.counts--
		f.tree.Counted(o, last)
		f.list.Refresh()
		f.showNotice()
		f.count()
		call(f.Config.Counted)
	})
}

// showNotice tells what cannot be read.
func (f *Form) showNotice() {
	total := f.tree.Total()
	if slices.Equal(f.noticed, total.Paths) {
		return
	}
	f.noticed = total.Paths
	f.tellUnreadable()
}

// namedAtFirst is how many paths are named without asking.
const namedAtFirst = 2

func (f *Form) tellUnreadable() {
	f.notice.Objects = nil
	n := len(f.noticed)
	if n > 0 {
		most := namedAtFirst
		if f.named {
			most = n
		}
		text := look.Stacked(2, look.Say(unreadableWords(max(f.tree.Total().Unreadable, int64(n)))))
		for _, p := range f.noticed[:min(n, most)] {
			text.Add(look.Note(words.Printable(places.Tilde(p))).Mono())
		}
		if n > most {
			text.Add(look.Row(0, 1, look.NewButton(lang.T("Which others?"), func() {
				f.named = true
				f.tellUnreadable()
			}), look.Gap(1)))
		}
		f.notice.Add(look.On(look.AmberGround, "", look.Between, look.Marked(look.IconNotice, look.Amber, text)))
	}
	f.notice.Refresh()
	f.content.Refresh()
}

func unreadableWords(n int64) string {
	return lang.N(n, "%s item in what is chosen cannot be read, and the backup will name what it leaves out:",
		"%s items in what is chosen cannot be read, and the backup will name what it leaves out:", words.Number(n))
}

func (f *Form) addTyped() {
	if path := strings.TrimSpace(f.typed.Text); path != "" {
		f.Add(places.Untilde(path))
	}
}

// Add chooses a folder, or says why not.
func (f *Form) Add(path string) {
	path = filepath.Clean(path)
	f.refuse("")
	if !filepath.IsAbs(path) {
		f.refuse(lang.T("Type the whole path, from / on."))
		return
	}
	f.work(func(context.Context) error { return f.Disk.Folder(path) }, func(err error) {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			f.refuse(lang.T("There is no folder %s.", words.Printable(path)))
			return
		case errors.Is(err, ErrNoFolder):
			f.refuse(lang.T("%s is a file. Choose the folder that it is in.", words.Printable(path)))
			return
		}
		f.typed.SetText("")
		o := f.tree.Add(path)
		if err != nil {
			f.tree.List(o, nil, err)
		}
		f.tree.Tick(o, true)
		f.reveal(path)
		f.changed()
		if at := slices.IndexFunc(f.rows, func(x foldertree.Row) bool { return x.Folder == o }); at >= 0 {
			f.list.ScrollTo(at)
		}
	})
}

// refuse says why a folder was not taken, "" nothing.
func (f *Form) refuse(sentence string) {
	f.refusal.Set(sentence)
	look.Visible(f.refusal, sentence != "")
	f.content.Refresh()
}

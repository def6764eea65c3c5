package ui

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/places"
	"github.com/varve-backup/varve/ui/words"
)

// what chooses folders.
func (w *wizard) what() fyne.CanvasObject {
	w.showFolders()
	choose := look.WithIcon("Choose a folder…", look.IconFolder, func() {
		w.ui.chooseFolder(func(path string) { w.consider(path) })
	})
	add := look.NewButton("Add", w.addTyped)
	return look.Stacked(look.Between, look.Subheading("Which folders shall be kept?"),
		look.Hint("Everything in them is kept, with the folders inside."), look.Gap(4), w.rows,
		look.Row(look.Within, 0, w.typed, add, choose), w.refusal)
}

// showFolders lists what is chosen.
func (w *wizard) showFolders() {
	w.rows.Objects = nil
	for i, f := range w.folders {
		if i > 0 {
			w.rows.Add(look.Separator())
		}
		w.rows.Add(w.folderRow(f))
	}
	if len(w.folders) == 0 {
		w.rows.Add(look.Hint("No folder is chosen yet. Choose the ones that you would miss."))
	}
	w.rows.Refresh()
}

func (w *wizard) folderRow(path string) fyne.CanvasObject {
	remove := look.Plain("", look.IconRemove.In(look.Quiet), func() {
		w.folders = slices.DeleteFunc(w.folders, func(x string) bool { return x == path })
		w.showFolders()
		w.validate()
		w.showSum()
	})
	text := look.Stacked(2, look.Line(places.Tilde(path), look.Ink))
	m := w.measures[path]
	size := words.Count(m.Files, "file") + ", " + words.Size(m.Bytes)
	if !m.Done {
		size = "counting… " + size
	}
	switch outer := w.holder(path); {
	case w.troubles[path] != nil:
		text.Add(look.SmallLine("This folder cannot be read: "+why(w.troubles[path])+".", look.Clay))
		size = ""
	case outer != "":
		text.Add(look.SmallLine("Part of "+places.Tilde(outer)+" already.", look.Quiet))
	case m.Unreadable > 0:
		text.Add(look.SmallLine(fmt.Sprintf("%s in it cannot be read. The backup will name what it leaves out.", words.Count(m.Unreadable, "folder")), look.Amber))
	}
	return look.High(44, look.Row(look.Between, 1, look.Picture(look.IconFolder.In(look.Lake), 22), text, look.Tag(size, look.Quiet), remove))
}

// holder is another chosen folder that this one lies in, "" none.
func (w *wizard) holder(path string) string {
	for _, f := range w.folders {
		if f != path && within(path, f) {
			return f
		}
	}
	return ""
}

// within tells that a path is a folder or lies in it.
func within(path, folder string) bool {
	return path == folder || strings.HasPrefix(path, strings.TrimSuffix(folder, "/")+"/")
}

// why is the end of an error, as a person says it.
func why(err error) string {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return "it belongs to somebody else"
	case errors.Is(err, fs.ErrNotExist):
		return "it is not there"
	case errors.Is(err, errNoFolder):
		return "it is a file"
	}
	return "the disk does not answer"
}

func (w *wizard) addTyped() {
	path := strings.TrimSpace(w.typed.Text)
	if path == "" {
		return
	}
	w.consider(places.Untilde(path))
}

// consider takes a folder, or says why not.
func (w *wizard) consider(path string) {
	path = filepath.Clean(path)
	w.refuse("")
	if !filepath.IsAbs(path) {
		w.refuse("Type the whole path, from / on.")
		return
	}
	w.stop = append(w.stop, w.ui.Work(func(context.Context) error { return w.ui.Computer.Folder(path) }, func(err error) {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			w.refuse("There is no folder " + words.Printable(path) + ".")
			return
		case errors.Is(err, errNoFolder):
			w.refuse(words.Printable(path) + " is a file. Choose the folder that it is in.")
			return
		}
		w.typed.SetText("")
		w.add(path, err)
	}))
}

// refuse says why a folder was not taken, "" nothing.
func (w *wizard) refuse(sentence string) {
	w.refusal.Set(sentence)
	look.Visible(w.refusal, sentence != "")
}

// addUsual begins with sensible answers.
func (w *wizard) addUsual() {
	var usual []string
	w.stop = append(w.stop, w.ui.Work(func(context.Context) error {
		usual = w.ui.Computer.Usual()
		return nil
	}, func(error) {
		for _, f := range usual {
			w.add(f, nil)
		}
	}))
}

// add takes a folder and counts it beside.
func (w *wizard) add(path string, trouble error) {
	if slices.Contains(w.folders, path) {
		return
	}
	w.folders = append(w.folders, path)
	w.troubles[path] = trouble
	show := func(m Measure) {
		w.measures[path] = m
		w.showFolders()
	}
	show(Measure{Done: trouble != nil})
	w.validate()
	w.showSum()
	var last Measure
	w.stop = append(w.stop, w.ui.Work(func(ctx context.Context) error {
		last = w.ui.Computer.Measure(ctx, path, func(m Measure) {
			w.ui.Do(func() {
				if ctx.Err() == nil && !w.measures[path].Done {
					show(m)
				}
			})
		})
		return nil
	}, func(error) { show(last) }))
}

// total is what all folders hold, those inside others counted once.
func (w *wizard) total() Measure {
	sum := Measure{Done: true}
	for _, f := range w.folders {
		if w.holder(f) != "" {
			continue
		}
		m := w.measures[f]
		sum.Files += m.Files
		sum.Bytes += m.Bytes
		sum.Done = sum.Done && m.Done
	}
	return sum
}

package ui

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/places"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// where chooses the destination.
func (w *wizard) where() fyne.CanvasObject {
	choose := look.WithIcon("Choose a folder…", look.IconFolder, func() {
		w.ui.chooseFolder(func(path string) { w.place.SetText(path) })
	})
	w.showVerdict()
	return look.Stacked(look.Between, look.Subheading("Where shall the versions be kept?"),
		look.Hint("Best is a drive that is not built into this computer."), look.Gap(4), w.drives,
		look.Row(look.Within, 0, w.place, choose), w.verdict)
}

// findDrives lists the drives that are plugged in.
func (w *wizard) findDrives() {
	var drives []Drive
	w.stop = append(w.stop, w.ui.Work(func(context.Context) error {
		drives = w.ui.Computer.Drives()
		return nil
	}, func(error) {
		w.drives.Objects = nil
		for _, d := range drives {
			w.drives.Add(w.driveRow(d))
		}
		if len(drives) == 0 {
			w.drives.Add(look.Note("No drive is plugged in. One that you plug in now is listed when you come back to this step."))
		}
		w.drives.Refresh()
	}))
}

func (w *wizard) driveRow(d Drive) fyne.CanvasObject {
	bar := look.NewBar(4)
	if d.Total > 0 {
		bar.Set(float64(d.Total-d.Free) / float64(d.Total))
		bar.Colour(look.Quiet)
	}
	use := look.NewButton("Use", func() { w.place.SetText(filepath.Join(d.Path, "Varve")) })
	text := look.Stacked(4, look.Line(places.Name(d.Path), look.Ink), look.SmallLine(fmt.Sprintf("%s of %s free", words.Size(d.Free), words.Size(d.Total)), look.Quiet), bar)
	return look.On(look.Card, look.Rule, look.Between, look.Row(look.Between, 1, look.Picture(look.IconDrive.In(look.Lake), 24), text, use))
}

// inspect looks at the destination while it is typed.
func (w *wizard) inspect() {
	if w.looking != nil {
		w.looking()
	}
	w.found = nil
	defer w.settleWhere()
	path := w.destination()
	if path == "" {
		return
	}
	if !filepath.IsAbs(path) {
		w.found = &finding{sentence: "Type the whole path, from / on.", bad: true}
		return
	}
	if slices.ContainsFunc(w.folders, func(f string) bool { return within(path, f) }) {
		w.found = &finding{sentence: "This lies inside a folder that is backed up. Choose another place.", bad: true}
		return
	}
	var found engine.Found
	var room, source Room
	folders := slices.Clone(w.folders)
	w.looking = w.ui.Work(func(ctx context.Context) (err error) {
		found, err = w.ui.Session.Inspect(ctx, path)
		room = w.ui.Computer.Room(path)
		if len(folders) > 0 {
			source = w.ui.Computer.Room(folders[0])
		}
		return err
	}, func(err error) {
		w.found = describe(found, room, source, w.total(), err)
		w.open.Checked = w.found.Versions > 0 && !w.found.Encrypted
		w.open.Refresh()
		w.settleWhere()
	})
}

// settleWhere shows the answer and leaves the cursor where it is.
func (w *wizard) settleWhere() {
	w.showVerdict()
	w.validate()
	w.showSum()
}

func (w *wizard) showVerdict() {
	w.verdict.Objects = nil
	switch {
	case w.found != nil:
		icon, colour := look.IconFine, look.Moss
		if w.found.bad {
			icon, colour = look.IconBroken, look.Clay
		}
		w.verdict.Add(look.Marked(icon, colour, look.Coloured(w.found.sentence, colour)))
		for _, h := range w.found.hints {
			w.verdict.Add(look.Marked(look.IconNotice, look.Amber, look.Say(h)))
		}
	case w.destination() != "":
		w.verdict.Add(look.Hint("Looking at it…"))
	}
	w.verdict.Refresh()
}

// describe says what was found at a destination, whether it is bad, and what
// is worth thinking about. source is where the folders are, need what they
// hold.
func describe(f engine.Found, room, source Room, need Measure, err error) *finding {
	out := &finding{Found: f}
	switch {
	case err != nil:
		out.sentence, out.bad = session.Explain(err).Sentence, true
	case f.Exists && !f.Writable, !f.Exists && !room.Writable:
		out.sentence, out.bad = "This place does not allow writing. Choose another one.", true
	case f.Versions > 0:
		out.sentence = fmt.Sprintf("There is a backup with %s here already. If it is of the same folders, it goes on.", words.Count(int64(f.Versions), "version"))
	case !f.Exists:
		out.sentence = "This folder will be made." + freeWords(room.Free)
	default:
		out.sentence = "This folder can be used." + freeWords(room.Free)
	}
	if out.bad {
		return out
	}
	if room.Free >= 0 && room.Free < need.Bytes && f.Versions == 0 {
		out.hints = append(out.hints, fmt.Sprintf("Your folders hold %s and %s are free. It may fit once compressed; more room is safer.", words.Size(need.Bytes), words.Size(room.Free)))
	}
	if room.Device != 0 && room.Device == source.Device {
		out.hints = append(out.hints, "This is the same disk as your folders. If that disk fails, both are gone; a drive of its own is safer.")
	}
	if f.Foreign > 0 {
		out.hints = append(out.hints, fmt.Sprintf("%s of other programs in this folder. Varve leaves them as they are.", thereAre(int64(f.Foreign))))
	}
	return out
}

func thereAre(n int64) string {
	if n == 1 {
		return "There is 1 file"
	}
	return "There are " + words.Count(n, "file")
}

func freeWords(free int64) string {
	if free < 0 {
		return ""
	}
	return " " + words.Size(free) + " are free here."
}

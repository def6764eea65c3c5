package ui

import (
	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// finding is what was found at a destination.
type finding struct {
	engine.Found
	sentence string
	hints    []string // what is worth thinking about
	bad      bool
	lacks    bool // what should be there is not
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
		out.sentence, out.bad = lang.T("This place does not allow writing. Choose another one."), true
	case f.Versions > 0:
		out.sentence = lang.N(f.Versions, "There is a backup with %s version here already. If it is of the same folders, it goes on.",
			"There is a backup with %s versions here already. If it is of the same folders, it goes on.", words.Number(int64(f.Versions)))
	case !f.Exists:
		out.sentence = withRoom(lang.T("This folder will be made."), room.Free)
	default:
		out.sentence = withRoom(lang.T("This folder can be used."), room.Free)
	}
	if out.bad {
		return out
	}
	if room.Free >= 0 && room.Free < need.Bytes && f.Versions == 0 {
		out.hints = append(out.hints, lang.T("Your folders hold %s and %s are free. It may fit once compressed; more room is safer.", words.Size(need.Bytes), words.Size(room.Free)))
	}
	if room.Device != 0 && room.Device == source.Device {
		out.hints = append(out.hints, lang.T("This is the same disk as your folders. If that disk fails, both are gone; a drive of its own is safer."))
	}
	if f.Foreign > 0 {
		out.hints = append(out.hints, lang.N(f.Foreign, "There is %s file of other programs in this folder. Varve leaves it as it is.",
			"There are %s files of other programs in this folder. Varve leaves them as they are.", words.Number(int64(f.Foreign))))
	}
	return out
}

// withRoom is a sentence, and how much is free where that is known.
func withRoom(said string, free int64) string {
	if free < 0 {
		return said
	}
	return lang.T("%s %s are free here.", said, words.Size(free))
}

// describeExisting says whether there is a backup to restore from, in a folder,
// or at a destination that needs no name.
func describeExisting(f engine.Found, folder string, err error) *finding {
	out := &finding{Found: f, bad: true}
	switch {
	case err != nil:
		out.sentence = session.Explain(err).Sentence
	case !f.Exists:
		out.sentence = lang.T("There is no folder of that name.")
	case f.Versions == 0:
		out.sentence = noBackup(words.Printable(folder))
	default:
		out.sentence, out.bad = someBackup(f.Versions, words.Printable(folder)), false
	}
	return out
}

func noBackup(folder string) string {
	if folder == "" {
		return lang.T("There is no backup there. A backup is a folder with files whose names begin with duplicity-full, or with a file named config.")
	}
	return lang.T("There is no backup in %s. A backup is a folder with files whose names begin with duplicity-full, or with a file named config.", folder)
}

func someBackup(versions int, folder string) string {
	n := words.Number(int64(versions))
	if folder == "" {
		return lang.N(versions, "There is a backup with %s version there.", "There is a backup with %s versions there.", n)
	}
	return lang.N(versions, "There is a backup with %s version in %s.", "There is a backup with %s versions in %s.", n, folder)
}

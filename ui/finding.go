package ui

import (
	"fmt"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// finding is what was found at a destination.
type finding struct {
	engine.Found
	sentence string
	hints    []string // what is worth thinking about
	bad      bool
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

// describeExisting says whether there is a backup to restore from; there says
// where that is.
func describeExisting(f engine.Found, there string, err error) *finding {
	out := &finding{Found: f, bad: true}
	switch {
	case err != nil:
		out.sentence = session.Explain(err).Sentence
	case !f.Exists:
		out.sentence = "There is no folder of that name."
	case f.Versions == 0:
		out.sentence = "There is no backup " + there + ". A backup is a folder with files whose names begin with duplicity-full, or with a file named config."
	default:
		out.sentence, out.bad = fmt.Sprintf("There is a backup with %s %s.", words.Count(int64(f.Versions), "version"), there), false
	}
	return out
}

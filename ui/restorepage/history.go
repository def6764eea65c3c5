package restorepage

import (
	"slices"
	"strings"
	"time"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/words"
)

// history is what became of one path: of a file its states, of a folder the
// versions in which something in it changed. Both are newest first.
type history struct {
	folder   bool
	states   []engine.State
	activity []engine.VersionSeen
	versions []engine.VersionSeen // all of the line
}

// stratum is a layer of the strip: the index of what it stands for, or -1 for
// a time in which the file was deleted.
type stratum struct {
	look.Layer
	index int
}

// strata are the layers of the strip, oldest first.
func (h *history) strata(now time.Time) []stratum {
	var out []stratum
	pinned := func(i int) bool {
		v := h.keptOf(i, now)
		return v.Pin.Holds(now)
	}
	if h.folder {
		for i, v := range slices.Backward(h.activity) {
			out = append(out, stratum{look.Layer{Weight: float64(v.Added + v.Changed + v.Deleted), Made: true, Kept: pinned(i)}, i})
		}
		return out
	}
	for i, s := range slices.Backward(h.states) {
		out = append(out, stratum{look.Layer{Weight: float64(max(s.Entry.Size, 0)), Made: true, Kept: pinned(i)}, i})
		if _, gone := h.goneAfter(i); gone {
			out = append(out, stratum{index: -1})
		}
	}
	return out
}

// goneAfter tells that a file was deleted after its i-th state, and which
// version was the first without it.
func (h *history) goneAfter(i int) (first engine.Version, gone bool) {
	next := h.indexOf(h.states[i].To) - 1
	if next < 0 {
		return engine.Version{}, false
	}
	if i > 0 && next <= h.indexOf(h.states[i-1].From) {
		return engine.Version{}, false
	}
	return h.versions[next].Version, true
}

// indexOf is where a version stands, -1 when it is not known.
func (h *history) indexOf(v engine.Version) int {
	return slices.IndexFunc(h.versions, func(x engine.VersionSeen) bool { return isSame(&x.Version, &v) })
}

// size is how much there is to choose from.
func (h *history) size() int {
	if h.folder {
		return len(h.activity)
	}
	return len(h.states)
}

// versionOf is the version that is restored for the i-th.
func (h *history) versionOf(i int) engine.Version {
	if h.folder {
		return h.activity[i].Version
	}
	return h.states[i].From
}

// holding is the index of what a version holds, -1 for none.
func (h *history) holding(v engine.Version) int {
	at := h.indexOf(v)
	if at < 0 {
		return -1
	}
	if h.folder {
		// The folder is as the last change before left it.
		return slices.IndexFunc(h.activity, func(x engine.VersionSeen) bool { return h.indexOf(x.Version) >= at })
	}
	return slices.IndexFunc(h.states, func(s engine.State) bool { return h.indexOf(s.To) <= at && at <= h.indexOf(s.From) })
}

// facts says what the i-th state of a file is.
func (h *history) facts(i int, now time.Time) string {
	e := h.states[i].Entry
	changed := lang.T("changed %s", words.Ago(e.ModTime, now))
	switch {
	case e.Type == repository.Symlink:
		return lang.T("A link to %s", words.Printable(e.Target))
	case e.Type == repository.FIFO:
		return lang.T("A pipe · %s", changed)
	case e.Type != repository.File:
		return lang.T("A device · %s", changed)
	case e.Size < 0:
		return words.Sentence(changed)
	}
	return words.Size(e.Size) + " · " + changed
}

// fate says how long the i-th state of a file lasted.
func (h *history) fate(i int, now time.Time) string {
	s := h.states[i]
	first, gone := h.goneAfter(i)
	switch {
	case gone && s.Versions > 1:
		return lang.N(s.Versions, "In %s version. Deleted between %s and %s.", "In %s versions. Deleted between %s and %s.",
			words.Number(int64(s.Versions)), words.Moment(s.To.Time, now), words.Moment(first.Time, now))
	case gone:
		return lang.T("Deleted between %s and %s.", words.Moment(s.To.Time, now), words.Moment(first.Time, now))
	case i == 0 && s.Versions > 1:
		return lang.N(s.Versions-1, "The same in the %s version since.", "The same in the %s versions since.", words.Number(int64(s.Versions-1)))
	case i == 0:
		return lang.T("In the newest version.")
	case s.Versions == 1:
		return lang.T("In this version only.")
	}
	return lang.N(s.Versions, "In %s version, until %s.", "In %s versions, until %s.", words.Number(int64(s.Versions)), words.Moment(s.To.Time, now))
}

// flaw says what is wrong with a version, "" when nothing is known to be.
func flaw(v engine.Version) string {
	switch {
	case v.Damaged != "":
		return lang.T("This version is damaged: %s", v.Damaged)
	case v.Partial:
		return lang.T("The backup was stopped before this version was whole.")
	}
	return ""
}

// changeNote is changeCounts with a word about what is wrong.
func changeNote(v engine.VersionSeen) string {
	counts := changeCounts(v)
	switch {
	case v.Damaged != "":
		return dotted(lang.T("damaged"), counts)
	case v.Partial:
		return dotted(lang.T("unfinished"), counts)
	}
	return counts
}

// changeCounts says how much a version changed.
func changeCounts(v engine.VersionSeen) string {
	var parts []string
	if v.Added > 0 {
		parts = append(parts, lang.T("%s added", words.Number(v.Added)))
	}
	if v.Changed > 0 {
		parts = append(parts, lang.T("%s changed", words.Number(v.Changed)))
	}
	if v.Deleted > 0 {
		parts = append(parts, lang.T("%s deleted", words.Number(v.Deleted)))
	}
	return words.List(parts)
}

// dotted joins what is said side by side, without what is empty.
func dotted(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " · ")
}

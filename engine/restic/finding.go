package restic

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/restic/id"
	"github.com/varve-backup/varve/engine/zone"
)

// Finding is one thing that Check found.
type Finding struct {
	Kind     FindingKind
	Severity Severity
	// Text says it in plain words.
	Text string
	// What it is about, by Kind; zero for what it is not about. Tree is a
	// folder, which is no file of its own.
	Pack, Index, Snapshot, Key, Tree id.ID
	// Snapshots are those that cannot be restored as they were.
	Snapshots []id.ID
	// Paths are the first of the files and folders of these snapshots that are
	// not whole, PathCount is how many were found; more were not looked for
	// when Uncounted.
	Paths     []string
	PathCount int
	Uncounted bool
	// Err is the cause, if there was one.
	Err error
}

// FindingKind is a kind of damage.
type FindingKind uint8

// The kinds.
const (
	ConfigDamaged FindingKind = iota + 1
	KeyDamaged
	SnapshotDamaged
	IndexDamaged
	PackMissing // an index tells of it
	PackSize    // it is of another length than the index says
	PackDamaged // its bytes are not those that were stored
	PackOrphan  // no index tells of it
	PackSplit   // several indexes tell of parts of it
	BlobMissing // snapshots need what is in no index
	TreeDamaged // a folder cannot be read
	NodeDamaged // an entry of a folder contradicts itself
)

// Severity is how bad a finding is.
type Severity = repository.Severity

// The severities, in short.
const (
	Hint    = repository.Hint
	Damaged = repository.Damaged
	Lost    = repository.Lost
)

const (
	// mostPaths is how many paths a finding names, mostNamed how many its text
	// does.
	mostPaths = 20
	mostNamed = 3
)

// addPath notes a file or folder that is not whole.
func (f *Finding) addPath(path string) {
	f.Severity = Lost
	if f.PathCount++; len(f.Paths) < mostPaths {
		f.Paths = append(f.Paths, path)
	}
}

// conclude says in the text what the finding costs.
func (f *Finding) conclude(snapshots []*Snapshot) {
	if f.PathCount == 0 && len(f.Snapshots) == 0 {
		f.Text += " Every snapshot can still be restored."
		return
	}
	f.Severity = Lost
	f.Text += " No longer whole: " + f.namedPaths() + " in " + f.namedSnapshots(snapshots) + "."
}

func (f *Finding) namedPaths() string {
	switch {
	case len(f.Paths) == 0:
		return "something"
	case f.PathCount == 1 && f.Paths[0] == "/":
		return "everything"
	}
	named := slices.Clone(f.Paths[:min(mostNamed, len(f.Paths))])
	for i, p := range named {
		named[i] = fmt.Sprintf("%q", p)
	}
	text := strings.Join(named, ", ")
	switch rest := f.PathCount - len(named); {
	case f.Uncounted:
		text += fmt.Sprintf(" and at least %d more", rest)
	case rest > 0:
		text += fmt.Sprintf(" and %d more", rest)
	}
	return text
}

func (f *Finding) namedSnapshots(all []*Snapshot) string {
	var named []string
	for _, s := range all {
		if len(named) < mostNamed && slices.Contains(f.Snapshots, s.ID) {
			named = append(named, s.ID.Short()+" of "+zone.Of(s.Time).Format(time.DateTime))
		}
	}
	text := strings.Join(named, ", ")
	if rest := len(f.Snapshots) - len(named); rest > 0 {
		text += fmt.Sprintf(" and %d more", rest)
	}
	if len(f.Snapshots) == 1 {
		return "the snapshot " + text
	}
	return "the snapshots " + text
}

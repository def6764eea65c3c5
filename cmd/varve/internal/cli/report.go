package cli

import (
	"fmt"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/repository"
)

// report turns an event into a line, if one is wanted.
func (p *program) report(e engine.Event) {
	switch e := e.(type) {
	case engine.FileProblem:
		p.out.warning(problemLine(e))
	case engine.Notice:
		p.out.notice(e.Text)
	case engine.FullInstead:
		p.out.notice("A full version is made. " + e.Reason)
	case engine.Resumed:
		p.out.notice(fmt.Sprintf("An interrupted run goes on after %s.", count(int64(e.Volumes), "volume")))
	case engine.SocketSkipped:
		p.out.info(fmt.Sprintf("%q is a socket, which is never stored.", e.Path))
	case engine.ItemChanged:
		p.out.info(changeLetter(e.Change) + " " + shown(e.Path))
	case engine.ItemRestored:
		p.out.info("restored " + shown(e.Path))
	case engine.VersionCopied:
		p.out.notice(p.copiedLine(e.Version))
	case engine.PhaseChanged, engine.VersionSaved, engine.Finished:
		// The summary says it.
	}
}

// changeLetter is how duplicity marks changes in its log.
func changeLetter(c engine.Change) string {
	switch c {
	case repository.Added:
		return "A"
	case repository.Modified:
		return "M"
	}
	return "D"
}

// shown is a path on a line of its own.
func shown(path string) string {
	if path == "" {
		return "."
	}
	return fmt.Sprintf("%q", path)
}

// problemWords say what is wrong with an item.
var problemWords = map[engine.Problem]string{
	repository.Unreadable:    "cannot be read; what older versions hold of it stays",
	repository.Vanished:      "vanished while it was looked at",
	repository.ChangedInRead: "changed while it was read",
	repository.NotStorable:   "cannot be stored",
	repository.NotRestored:   "was not brought back",
	repository.Differs:       "differs",
	repository.Inexact:       "is back, but not with everything",
}

func problemLine(e engine.FileProblem) string {
	return oneLine(fmt.Sprintf("%s %s: %v", shown(e.Path), problemWords[e.Problem], e.Err))
}

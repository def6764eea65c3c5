package ui

import (
	"os"
	"strings"

	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/places"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/words"
)

// findRoot finds out where things can go back to: where they came from, when
// that is on this computer, or the same place in the home here, when they are
// from a home of another.
func (q *question) findRoot() {
	if q.request.InPlace {
		q.root = q.archive.Root
		return
	}
	from := q.request.From
	home, err := os.UserHomeDir()
	if err != nil {
		return
	}
	moved, ok := session.MoveHome(from.Root, home)
	if !ok || strings.Contains(from.Root, ",") { // of several folders each has its own place
		return
	}
	q.root = moved.Folder
	host, _ := os.Hostname()
	if moved.Home != home || from.Host != host && from.Host != "" {
		q.moved = &moved
	}
}

// moving says whose things these were, and where they would go here.
func (q *question) moving() string {
	if q.moved == nil {
		return ""
	}
	user, host, home := words.Printable(q.moved.User), words.Printable(q.request.From.Host), words.Printable(q.moved.Home)
	said := lang.T("This came from %s on %s, where home was %s.", user, host, home)
	if host == "" {
		said = lang.T("This came from %s on another computer, where home was %s.", user, home)
	}
	if q.request.From.Root == q.moved.Home {
		return lang.T("%s It can go into yours: what was in that home comes to the same place in your home folder.", said)
	}
	return lang.T("%s It can go into yours: what was in %s comes to %s.", said, words.Printable(q.request.From.Root), words.Printable(places.Tilde(q.root)))
}

// Package topics knows what on a computer is seldom worth a backup: caches, what
// programs can make or fetch again, and such. Every Topic has Conditions that
// leave it out. It looks at nothing but what it is told.
//
// What is named here has a name that nobody gives to work of their own, or holds
// a mark of the program that made it. The list may grow: a job keeps the names of
// its topics, not what they stand for.
package topics

import (
	"path"
	"strings"

	"github.com/varve-backup/varve/engine/selection"
)

// Topic is a kind of things.
type Topic string

// The topics, in the order in which they are asked: one that names a part of
// what another one names comes before that.
const (
	Browsers  Topic = "browsers"
	Packages  Topic = "packages"
	Builds    Topic = "builds"
	Trash     Topic = "trash"
	Caches    Topic = "caches"
	Temporary Topic = "temporary"
	Machines  Topic = "machines"
	Games     Topic = "games"
)

// All returns the topics in their order.
func All() []Topic {
	return []Topic{Browsers, Packages, Builds, Trash, Caches, Temporary, Machines, Games}
}

// Usual tells that nobody misses it: it comes back by itself, or was thrown
// away.
func (t Topic) Usual() bool { return t != Machines && t != Games }

// Computer says where people and programs keep things.
type Computer struct {
	// Home is the person's folder, absolute; "" leaves out what lies there.
	Home string
	// Cache is where programs keep what they can make again; "" means Home's
	// usual one.
	Cache string
}

// Conditions leave a topic out of some folders; a topic that nobody knows has
// none. A folder that was chosen is not left out because it lies in such a
// place.
func (t Topic) Conditions(c Computer, folders []string) (all []selection.Condition) {
	for _, pattern := range patterns[t] {
		switch {
		case strings.HasPrefix(pattern, marked):
			all = append(all, selection.ExcludeIfPresent(pattern[len(marked):]))
		case strings.HasPrefix(pattern, "**"):
			all = append(all, selection.ExcludeGlob(pattern))
		default:
			place, rest := c.place(pattern)
			if place != "" && below(path.Join(place, literal(rest)), folders) {
				all = append(all, selection.ExcludeGlob(selection.Quote(place)+"/"+rest))
			}
		}
	}
	return all
}

// place is the folder that a pattern begins with, and what it says below that.
func (c Computer) place(pattern string) (folder, rest string) {
	if rest, ok := strings.CutPrefix(pattern, cache); ok {
		switch {
		case c.Cache != "":
			return path.Dir(path.Clean(c.Cache)), path.Join(selection.Quote(path.Base(path.Clean(c.Cache))), rest)
		case c.Home != "":
			return c.Home, path.Join(".cache", rest)
		}
		return "", ""
	}
	return c.Home, strings.TrimPrefix(pattern, "~/")
}

// literal is what a pattern begins with, in whole names.
func literal(pattern string) string {
	if i := strings.IndexAny(pattern, "*?["); i >= 0 {
		return pattern[:strings.LastIndexByte(pattern[:i], '/')+1]
	}
	return pattern
}

// below tells that a folder lies in one of others, and is none of them.
func below(folder string, others []string) bool {
	for _, o := range others {
		o = path.Clean(o)
		if folder != o && (o == "/" || strings.HasPrefix(folder, o+"/")) {
			return true
		}
	}
	return false
}

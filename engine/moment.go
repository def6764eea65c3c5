package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/varve-backup/varve/engine/zone"
)

// Moment chooses a version. The zero Moment is the newest of all.
type Moment struct {
	// ID names it exactly: Version.ID, a beginning of that which no other has
	// and which is at least 4 characters long, or Latest. It goes before At.
	ID string
	// At chooses the newest version that is not younger; zero means the newest.
	At time.Time
}

// Latest is the ID that means the newest version.
const Latest = "latest"

// shortestID is how much of an ID must be said.
const shortestID = 4

// pick opens the version that a moment chooses.
func pick(ctx context.Context, h history, m Moment) (openVersion, error) {
	switch m.ID {
	case "":
		return h.at(ctx, m.At)
	case Latest:
		return h.at(ctx, time.Time{})
	}
	all, unread := h.all(ctx)
	i, err := findID(m.ID, len(all), func(i int) string { return all[i].version().ID })
	if errors.Is(err, errNoVersion) {
		if v := renamed(all, m); v != nil {
			return v, nil
		}
	}
	if err != nil {
		return nil, errors.Join(err, unread)
	}
	return all[i], nil
}

// findID returns the one of n versions of which the ID begins with text.
func findID(text string, n int, idOf func(int) string) (int, error) {
	found := -1
	for i := range n {
		id := idOf(i)
		switch {
		case id == text:
			return i, nil
		case len(text) < shortestID || !strings.HasPrefix(id, text):
		case found >= 0:
			return 0, fmt.Errorf("%w: several versions are named %s…; write more of the name of the one that you mean", errInvalid, text)
		default:
			found = i
		}
	}
	if found < 0 && len(text) < shortestID {
		return 0, fmt.Errorf("%w: %q is too short for the name of a version; at least %d characters of it are needed", errInvalid, text, shortestID)
	}
	if found < 0 {
		return 0, fmt.Errorf("%w named %s; the list of versions shows the names", errNoVersion, text)
	}
	return found, nil
}

var errNoVersion = errors.New("there is no version")

// tellSource says of which source a version is that was chosen by its time,
// where the destination holds several; "" where that needs no saying.
func tellSource(ctx context.Context, h history, m Moment, v openVersion) string {
	if m.ID != "" && m.ID != Latest {
		return ""
	}
	all, err := h.all(ctx)
	if err != nil && len(all) == 0 {
		return "" // the version is there all the same
	}
	sources := map[string]bool{}
	for _, other := range all {
		sources[sourceKey(other)] = true
	}
	if len(sources) < 2 {
		return ""
	}
	return fmt.Sprintf("This is the version of %s, of %s. The destination holds versions of %d sources, each a folder of a machine: name a version to choose another one.",
		zone.Of(v.version().Time).Format(time.DateTime), describe(v.version().Host, v.roots()), len(sources))
}

// changedTags mark versions that hold something else than what they replaced.
var changedTags = []string{"repaired", "rewrite"}

// renamed is the version that had a whole name, and the time that is said
// beside it, before it was pinned; nil when there is none.
func renamed(all []openVersion, m Moment) openVersion {
	for _, v := range all {
		version := v.version()
		isChanged := slices.ContainsFunc(changedTags, func(tag string) bool { return slices.Contains(version.Tags, tag) })
		if version.Original == m.ID && (m.At.IsZero() || version.Time.Equal(m.At)) && !isChanged {
			return v
		}
	}
	return nil
}

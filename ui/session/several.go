package session

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/destination"
	"github.com/varve-backup/varve/ui/places"
)

// Member is one of several destinations that make one.
type Member struct {
	destination.Member
	Login Login
}

// MembersError says of several destinations which of them failed, and why.
type MembersError struct {
	// Errs has one entry for each member, nil for those that are fine.
	Errs []error
}

// Error implements error: a line for each member that failed.
func (e *MembersError) Error() string {
	var lines []string
	for i, err := range e.Errs {
		if err != nil {
			lines = append(lines, fmt.Sprintf("destination %d: %v", i+1, err))
		}
	}
	return strings.Join(lines, "\n")
}

// Unwrap implements errors.Is and As.
func (e *MembersError) Unwrap() []error {
	return slices.DeleteFunc(slices.Clone(e.Errs), func(err error) bool { return err == nil })
}

// settled is a choice with an address: several destinations get one by a list
// of them, which is written down.
func (s *Session) settled(c Choice) (Choice, error) {
	if len(c.Members) == 0 {
		c.Destination = URL(c.Destination)
		places.Learn(c.Destination)
		return c, nil
	}
	path, err := s.writeList(c.Members)
	if err != nil {
		return c, fmt.Errorf("writing the list of destinations: %w", err)
	}
	c = listedAt(c, path)
	places.Learn(c.Destination)
	return c, nil
}

// listedAt is a choice of several destinations with their list.
func listedAt(c Choice, path string) Choice {
	c.Destination = destination.SeveralURL(path, c.Options)
	c.Options = maps.Clone(c.Options)
	for _, name := range destination.SeveralOptions() {
		delete(c.Options, name)
	}
	return c
}

// addressOf is the address that a choice gets, before anything is written; ""
// where it can have none.
func (s *Session) addressOf(c *Choice) string {
	if len(c.Members) == 0 {
		return URL(c.Destination)
	}
	path, _, err := s.list(c.Members)
	if err != nil {
		return ""
	}
	return listedAt(*c, path).Destination
}

// lists is the folder of the lists of destinations. Each is named by what it
// says, so that the same list has the same address at any time.
func (s *Session) lists() string { return filepath.Join(s.config.DataDir, "destinations") }

// list is what a list says, and its path.
func (s *Session) list(members []Member) (path string, text []byte, err error) {
	var listed []destination.Member
	for _, m := range members {
		m.URL = URL(m.URL)
		listed = append(listed, m.Member)
	}
	text, err = destination.FormatMembers(listed)
	if err != nil {
		return "", nil, err
	}
	sum := sha256.Sum256(text)
	return filepath.Join(s.lists(), hex.EncodeToString(sum[:8])+".json"), text, nil
}

// writeList writes a list, which has no secret in it, and returns its path.
func (s *Session) writeList(members []Member) (path string, err error) {
	path, text, err := s.list(members)
	if err != nil {
		return "", err
	}
	if there, err := os.ReadFile(path); err == nil && string(there) == string(text) {
		return path, nil
	}
	if err := os.MkdirAll(s.lists(), 0o700); err != nil {
		return "", err
	}
	return path, replace(path, text)
}

// replace writes a file that only its owner may read, whole or not at all.
func replace(path string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "new-")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// sweepLists removes the lists that no job has: they are of choices that
// somebody did not end.
func (s *Session) sweepLists(ctx context.Context) {
	entries, err := os.ReadDir(s.lists())
	if err != nil {
		return
	}
	places, err := s.places(ctx)
	if err != nil {
		return
	}
	for _, e := range entries {
		if path := filepath.Join(s.lists(), e.Name()); !hasList(places, path) {
			_ = os.Remove(path) // the next start tries again
		}
	}
}

// memberDestination is a member by itself, as the engine takes it. Its own
// options come in front of those that hold for all.
func memberDestination(m *Member, subpath string, common map[string]string) engine.Destination {
	d := engine.Destination{URL: below(URL(m.URL), subpath), Options: map[string]string{}, Environment: map[string]string{}}
	d.Encryption.Mode = engine.EncryptNone
	maps.Copy(d.Options, common)
	maps.Copy(d.Options, m.Options)
	for _, v := range m.Env {
		d.Environment[v.Name] = v.Value
	}
	return d
}

// below puts a text behind an address, but in front of a question mark, as the
// destination of several does.
func below(url, subpath string) string {
	path, query, cut := strings.Cut(url, "?")
	if !cut || strings.HasPrefix(url, "file:") {
		return url + subpath
	}
	return path + subpath + "?" + query
}

// eachMember calls each member in turn, with the options that hold for all, and
// returns a MembersError if some failed. Questions come one after the other so.
func (s *Session) eachMember(ctx context.Context, c Choice, call func(ctx context.Context, d engine.Destination) error) error {
	common := maps.Clone(c.Options)
	for _, name := range destination.SeveralOptions() {
		delete(common, name)
	}
	e := &MembersError{Errs: make([]error, len(c.Members))}
	failed := false
	for i := range c.Members {
		m := &c.Members[i]
		d := memberDestination(m, c.Options["subpath"], common)
		e.Errs[i] = call(withLogin(ctx, Choice{Members: []Member{*m}}), d)
		if ctx.Err() != nil {
			return e.Errs[i]
		}
		failed = failed || e.Errs[i] != nil
	}
	if !failed {
		return nil
	}
	return e
}

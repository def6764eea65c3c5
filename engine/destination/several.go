package destination

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/varve-backup/varve/backends/multi"
)

// Several is the name of the kind that makes one destination of others, which a
// file lists.
const Several = multi.Name

type (
	// Member is one of several destinations, as a list has it.
	Member = multi.PartConfig
	// Variable is one of an environment.
	Variable = multi.Variable
)

// FormatMembers writes a list, as duplicity reads it too.
func FormatMembers(members []Member) ([]byte, error) { return multi.Format(members) }

// SeveralURL is the address of what a list makes one. Those of mode, onfail and
// subpath that options have are part of it.
func SeveralURL(path string, options map[string]string) string {
	var u strings.Builder
	u.WriteString(Several + "://" + strings.ReplaceAll(url.PathEscape(path), "%2F", "/"))
	sign := "?"
	for _, name := range SeveralOptions() {
		if v := options[name]; v != "" {
			u.WriteString(sign + name + "=" + url.QueryEscape(v))
			sign = "&"
		}
	}
	return u.String()
}

// SeveralOptions are the names of the options that stand in such an address.
func SeveralOptions() []string { return []string{"mode", "onfail", "subpath"} }

// SeveralPath is the file that an address names; ok is false for addresses of
// other kinds.
func SeveralPath(raw string) (path string, ok bool) {
	a, err := Parse(raw)
	if err != nil || a.Scheme != Several {
		return "", false
	}
	return filepath.Clean("/" + a.Path), true
}

// mostList is more than any list has.
const mostList = 1 << 20

// Members reads the list that an address names.
func Members(raw string) ([]Member, error) {
	path, ok := SeveralPath(raw)
	if !ok {
		return nil, errors.New("it is no address of several destinations")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading the list of destinations: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, mostList))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	members, err := multi.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	return members, nil
}

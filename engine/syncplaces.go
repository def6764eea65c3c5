package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"strings"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/address"
)

// ErrOverlap: a mirror of a place into itself would grow with each run, and one
// of a folder over what is around it would remove the folder.
var ErrOverlap = errors.New("source and destination are the same place, or one is inside the other")

// CheckApart returns ErrOverlap for two addresses of places that overlap, as far
// as they tell, whatever is set beside them.
func CheckApart(ctx context.Context, a, b string) error {
	return classify(ctx, "comparing two destinations", apart(Destination{URL: a}, Destination{URL: b}))
}

// apart refuses two sides that overlap, as far as their addresses tell. Where
// options differ, one address may be of two servers.
func apart(a, b Destination) error {
	from, err := placeOf(a.URL)
	if err != nil {
		return fmt.Errorf("the source: %w: %w", backends.ErrConfig, err)
	}
	to, err := placeOf(b.URL)
	if err != nil {
		return fmt.Errorf("the destination: %w: %w", backends.ErrConfig, err)
	}
	told := strings.HasPrefix(from, "file\x00") || maps.Equal(a.Options, b.Options) && maps.Equal(a.Environment, b.Environment)
	if told && (strings.HasPrefix(from, to) || strings.HasPrefix(to, from)) {
		return fmt.Errorf("%w: %w", errInvalid, ErrOverlap)
	}
	return nil
}

// placeOf is an address as text that begins with that of what it is inside.
func placeOf(raw string) (string, error) {
	a, err := address.Parse(raw)
	if err != nil {
		return "", err
	}
	path := a.Path
	if a.Scheme == "file" {
		path = realPath(path)
	}
	user := a.User
	if !strings.HasPrefix(path, "//") && a.Host != "" {
		user += "~" // of the account's own folder
	}
	path = strings.Trim(path, "/") + "/"
	if path == "/" {
		path = ""
	}
	return strings.Join([]string{a.Scheme, user, strings.ToLower(a.Host), fmt.Sprint(a.Port), a.Module, path}, "\x00"), nil
}

// realPath is the path of a folder without links, as far as it is there.
func realPath(path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	for dir, rest := abs, ""; ; dir, rest = filepath.Dir(dir), filepath.Join(filepath.Base(dir), rest) {
		if real, err := filepath.EvalSymlinks(dir); err == nil {
			return filepath.Join(real, rest)
		}
		if dir == filepath.Dir(dir) {
			return abs
		}
	}
}

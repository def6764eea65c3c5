// Package open makes a Store from the address of a destination: a URL as
// duplicity takes it, or a path.
package open

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/local"
	"github.com/varve-backup/varve/backends/retry"
)

// ErrUnsupported: this version has no way to that kind of destination.
var ErrUnsupported = errors.New("this version of Varve stores in local folders and drives only")

// Options say how a destination is opened.
type Options struct {
	// Create makes the folder when it is missing.
	Create bool
}

// scheme is what stands in front of "://".
var scheme = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9+.-]*://`)

// IsURL tells an address from a path, as duplicity does: by its "://".
func IsURL(s string) bool { return scheme.MatchString(s) }

// Store opens the destination at an address.
func Store(_ context.Context, address string, o Options) (backends.Store, error) {
	path := address
	if IsURL(address) {
		// What looks like a query is part of the path: folders are named so.
		kind, rest, _ := strings.Cut(address, "://")
		if !strings.EqualFold(kind, "file") {
			return nil, fmt.Errorf("opening %s: %w", Display(address), ErrUnsupported)
		}
		path = unescape(rest)
	}
	if path == "" {
		return nil, fmt.Errorf("opening a destination: %w: it has no path", backends.ErrInvalidName)
	}
	folder, err := local.Open(path, local.Options{Create: o.Create})
	if err != nil {
		return nil, err
	}
	return retry.New(folder, retry.Options{}), nil
}

// unescape decodes percent signs as duplicity does: what is no escape stays.
func unescape(path string) string {
	if plain, err := url.PathUnescape(path); err == nil {
		return plain
	}
	head, tail, _ := strings.Cut(path, "%")
	if len(tail) >= 2 {
		if plain, err := url.PathUnescape("%" + tail[:2]); err == nil {
			return head + plain + unescape(tail[2:])
		}
	}
	return head + "%" + unescape(tail)
}

// Display is an address without its password.
func Display(address string) string {
	if !IsURL(address) {
		return address
	}
	u, err := url.Parse(address)
	switch {
	case err == nil && u.User != nil:
		return u.Redacted()
	case err == nil && !strings.Contains(u.RawQuery+u.Fragment, "@"):
		return address
	}
	return hideRaw(address)
}

// hideRaw hides a password that was not escaped, so that the address is no
// URL or its parts are at the wrong places. It rather hides too much.
func hideRaw(address string) string {
	kind, rest, _ := strings.Cut(address, "://")
	at := strings.LastIndex(rest, "@")
	if at < 0 {
		return address
	}
	user, _, secret := strings.Cut(rest[:at], ":")
	if !secret {
		return address
	}
	return kind + "://" + user + ":xxxxx" + rest[at:]
}

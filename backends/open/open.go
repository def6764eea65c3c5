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
		kind, rest, _ := strings.Cut(address, "://")
		if !strings.EqualFold(kind, "file") {
			return nil, fmt.Errorf("opening %s: %w", Display(address), ErrUnsupported)
		}
		unescaped, err := url.PathUnescape(rest)
		if err != nil {
			return nil, fmt.Errorf("opening %s: %w: %w", address, backends.ErrInvalidName, err)
		}
		path = unescaped
	}
	if path == "" {
		return nil, fmt.Errorf("opening a destination: %w: it has no path", backends.ErrInvalidName)
	}
	folder, err := local.Open(path, local.Options{Create: o.Create})
	if err != nil {
		return nil, err
	}
	return &patient{retry.New(folder, retry.Options{}), folder, folder, folder}, nil
}

// patient tries again what failed for a moment, and can all that a folder can.
type patient struct {
	*retry.Store
	backends.Opener
	backends.Spacer
	backends.Prober
}

// Display is an address without its password.
func Display(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.User == nil {
		return address
	}
	return u.Redacted()
}

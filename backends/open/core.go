//go:build varve_core

package open

import (
	"context"
	"fmt"

	"github.com/varve-backup/varve/backends"
)

// Complete: there is every kind.
const Complete = false

func services() []backends.Kind { return nil }

// Browsable tells that one logs in to a kind of service with a browser.
func Browsable(string) bool { return false }

// LogIn is for the whole program.
func LogIn(_ context.Context, kind string, _ backends.Config, _ func(string) error, _ func(context.Context, backends.Option) (string, error)) (account, token string, err error) {
	return "", "", fmt.Errorf("%w: %s has no login in a browser", backends.ErrUnsupported, kind)
}

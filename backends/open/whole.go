//go:build !varve_core

package open

import (
	"context"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/cloud"
)

// Complete: there is every kind. A program without it, built with the tag
// varve_core, starts in a tenth of the time and memory
// (docs/decisions/0030-two-programs.md).
const Complete = true

func services() []backends.Kind { return cloud.Kinds() }

// Browsable tells that one logs in to a kind of service with a browser.
func Browsable(kind string) bool { return cloud.Browsable(kind) }

// LogIn logs in to such a kind: see cloud.Authorize. It returns the name that
// the login is kept under, and the login.
func LogIn(ctx context.Context, kind string, c backends.Config, browser func(url string) error, ask func(context.Context, backends.Option) (string, error)) (account, token string, err error) {
	token, err = cloud.Authorize(ctx, kind, c, browser, ask)
	return cloud.Account(kind), token, err
}

//go:build !varve_core

package open

import (
	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/cloud"
)

// Complete: there is every kind. A program without it, built with the tag
// varve_core, starts in a tenth of the time and memory
// (docs/decisions/0030-two-programs.md).
const Complete = true

func services() []backends.Kind { return cloud.Kinds() }

//go:build unix && !linux

package source

import "github.com/varve-backup/varve/engine/repository"

// flagsOf is a call of Linux.
func flagsOf(int) repository.Flags { return 0 }

// Package keymemory keeps small secrets from one process of a person to the
// next: in the memory of the kernel, which shows them to that person's
// processes only, never writes them to a disk, and forgets them after a time and
// when the machine stops. gpg-agent and ssh-agent do so with a process of their
// own. Where the kernel has nothing of the kind (macOS, many containers),
// nothing is kept, and Load finds nothing.
package keymemory

import "time"

// Memory keeps each secret for a time. It may be used by several goroutines.
type Memory struct{ ttl time.Duration }

// New makes a Memory that forgets after ttl, which is at least a second.
func New(ttl time.Duration) *Memory { return &Memory{max(ttl, time.Second)} }

package tree

import (
	"encoding/json"
	"strconv"

	"github.com/varve-backup/varve/engine/repository"
)

// flagsKey names the generic attribute that holds the file flags of Linux, as
// a number. restic does not know it: it warns once, and goes on.
const flagsKey = "linux.fs_flags"

// SetFlags notes the file flags of a node. Without any the node is the one
// that restic would make.
func (n *Node) SetFlags(f repository.Flags) {
	delete(n.Generic, flagsKey)
	if f &= repository.KeptFlags; f == 0 {
		return
	}
	if n.Generic == nil {
		n.Generic = map[string]json.RawMessage{}
	}
	n.Generic[flagsKey] = strconv.AppendUint(nil, uint64(f), 10)
}

// Flags returns the file flags of a node. What is no number counts as none.
func (n *Node) Flags() repository.Flags {
	f, err := strconv.ParseUint(string(n.Generic[flagsKey]), 10, 32)
	if err != nil {
		return 0
	}
	return repository.Flags(f) & repository.KeptFlags
}

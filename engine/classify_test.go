package engine

import (
	"errors"
	"fmt"
	"testing"

	"github.com/varve-backup/varve/backends"
)

// A name that a destination does not take is no unexpected error.
func TestKindOfAnInvalidName(t *testing.T) {
	err := classify(t.Context(), "backing up", fmt.Errorf("%w: it has a line break", backends.ErrInvalidName))
	if e, ok := errors.AsType[*Error](err); !ok || e.Kind != Invalid {
		t.Errorf("got %v", err)
	}
}

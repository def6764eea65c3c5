package transfer

import (
	"fmt"
	"time"

	"github.com/varve-backup/varve/backends"
)

// abandoned is the age at which a temporary object is of no run any more.
const abandoned = 24 * time.Hour

// Sweep removes the temporary objects of runs that are dead. walk visits all
// objects, temporary ones too, until visit says that it has enough; what has no
// time is left alone.
func Sweep(walk func(visit func(backends.Object) bool) error, remove func(name string) error) error {
	var old []string
	err := walk(func(o backends.Object) bool {
		if IsTemp(o.Name) && !o.ModTime.IsZero() && time.Since(o.ModTime) > abandoned {
			old = append(old, o.Name)
		}
		return true
	})
	for _, name := range old {
		if err == nil {
			err = remove(name)
		}
	}
	if err != nil {
		return fmt.Errorf("removing what broken transfers left: %w", err)
	}
	return nil
}

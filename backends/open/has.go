package open

import (
	"slices"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/address"
)

// Has tells that a destination at an address has an option: one of every kind,
// or of its own.
func Has(raw, name string) bool {
	if slices.ContainsFunc(Common(), func(o backends.Option) bool { return o.Name == name }) {
		return true
	}
	a, err := address.Parse(raw)
	if err != nil {
		return false
	}
	kind, ok := find(a.Scheme)
	if !ok {
		return false
	}
	_, has := option(&kind, name)
	return has
}

package destform

import (
	"slices"

	"github.com/varve-backup/varve/engine/destination"
)

// Common lists the options that every kind has; those that a kind has itself
// are left out.
func Common(k *destination.Kind) []destination.Option {
	return slices.DeleteFunc(destination.Common(), func(o destination.Option) bool {
		return slices.ContainsFunc(k.Options, func(x destination.Option) bool { return x.Name == o.Name })
	})
}

// Account names whom a password belongs to: the name in the keyring. It is
// empty for what is no address.
func Account(url string) string {
	a, err := destination.Parse(url)
	if err != nil {
		return ""
	}
	return a.Account()
}

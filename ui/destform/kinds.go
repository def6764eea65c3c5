package destform

import (
	"context"
	"slices"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/address"
	"github.com/varve-backup/varve/backends/cloud"
	"github.com/varve-backup/varve/backends/open"
)

// What the window sees of the stores: their tables and what they ask. This
// file is the only one in the window that knows where that comes from.
type (
	// Kind is a kind of destination.
	Kind = backends.Kind
	// Option is one thing that can be set.
	Option = backends.Option
	// Choice is a value of an Option.
	Choice = backends.Choice
	// SecretRequest asks for what opens a destination.
	SecretRequest = backends.SecretRequest
	// HostKey is the key that a server shows.
	HostKey = backends.HostKey
)

// The types of options.
const (
	Text     = backends.Text
	Switch   = backends.Switch
	Number   = backends.Number
	Bytes    = backends.Bytes
	Duration = backends.Duration
	Path     = backends.Path
)

// The kinds of secrets.
const (
	Password      = backends.Password
	KeyPassphrase = backends.KeyPassphrase
	OneTimeCode   = backends.OneTimeCode
)

// Errors that the window tells apart beyond their kind.
var (
	ErrHostKey     = backends.ErrHostKey
	ErrCertificate = backends.ErrCertificate
	ErrAuth        = backends.ErrAuth
)

// Kinds lists the kinds of destinations, in the order in which a person should
// meet them.
func Kinds() []Kind { return open.Kinds() }

// Common lists the options that every kind has; those that a kind has itself
// are left out.
func Common(k *Kind) []Option {
	return slices.DeleteFunc(open.Common(), func(o Option) bool {
		return slices.ContainsFunc(k.Options, func(x Option) bool { return x.Name == o.Name })
	})
}

// parse takes an address apart.
func parse(url string) (*address.Address, error) { return address.Parse(url) }

// Browsable tells that one logs in to a kind of service with a browser.
func Browsable(kind string) bool { return cloud.Browsable(kind) }

// LogIn has a person log in to a kind of service in a browser, which page
// opens. It returns what opens the service from then on, and the account that
// it is kept under.
func LogIn(ctx context.Context, kind string, options map[string]string, page func(url string) error) (account, token string, err error) {
	token, err = cloud.Authorize(ctx, kind, backends.Config{Options: options}, page, nil)
	return cloud.Account(kind), token, err
}

// Display is an address without its password.
func Display(url string) string { return address.Display(url) }

// IsURL tells an address from a path.
func IsURL(s string) bool { return address.IsURL(s) }

// Account names whom a password belongs to: the name in the keyring. It is
// empty for what is no address.
func Account(url string) string {
	a, err := address.Parse(url)
	if err != nil {
		return ""
	}
	return a.Account()
}

package destform

import (
	"context"
	"slices"

	"github.com/varve-backup/varve/engine/destination"
)

// What the window sees of destinations: their tables and what they ask.
type (
	// Kind is a kind of destination.
	Kind = destination.Kind
	// Option is one thing that can be set.
	Option = destination.Option
	// Choice is a value of an Option.
	Choice = destination.Choice
	// SecretRequest asks for what opens a destination.
	SecretRequest = destination.SecretRequest
	// HostKey is the key that a server shows.
	HostKey = destination.HostKey
)

// The types of options.
const (
	Text     = destination.Text
	Switch   = destination.Switch
	Number   = destination.Number
	Bytes    = destination.Bytes
	Duration = destination.Duration
	Path     = destination.Path
)

// The kinds of secrets.
const (
	Password      = destination.Password
	KeyPassphrase = destination.KeyPassphrase
	OneTimeCode   = destination.OneTimeCode
)

// Errors that the window tells apart beyond their kind.
var (
	ErrHostKey     = destination.ErrHostKey
	ErrCertificate = destination.ErrCertificate
	ErrAuth        = destination.ErrAuth
)

// Kinds lists the kinds of destinations, in the order in which a person should
// meet them.
func Kinds() []Kind { return destination.Kinds() }

// Common lists the options that every kind has; those that a kind has itself
// are left out.
func Common(k *Kind) []Option {
	return slices.DeleteFunc(destination.Common(), func(o Option) bool {
		return slices.ContainsFunc(k.Options, func(x Option) bool { return x.Name == o.Name })
	})
}

// parse takes an address apart.
func parse(url string) (*destination.Address, error) { return destination.Parse(url) }

// Browsable tells that one logs in to a kind of service with a browser.
func Browsable(kind string) bool { return destination.Browsable(kind) }

// LogIn has a person log in to a kind of service in a browser, which page
// opens. It returns what opens the service from then on, and the account that
// it is kept under.
func LogIn(ctx context.Context, kind string, options map[string]string, page func(url string) error) (account, token string, err error) {
	return destination.LogIn(ctx, kind, options, page, nil)
}

// Display is an address without its password.
func Display(url string) string { return destination.Display(url) }

// IsURL tells an address from a path.
func IsURL(s string) bool { return destination.IsURL(s) }

// Account names whom a password belongs to: the name in the keyring. It is
// empty for what is no address.
func Account(url string) string {
	a, err := destination.Parse(url)
	if err != nil {
		return ""
	}
	return a.Account()
}

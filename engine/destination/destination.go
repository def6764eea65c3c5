// Package destination is what pages and commands see of the stores: the kinds
// that there are, what can be set for each, what they ask, and how one logs in
// to them. The engine opens them; nothing here does.
package destination

import (
	"context"
	"net/http"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/address"
	"github.com/varve-backup/varve/backends/open"
	"github.com/varve-backup/varve/backends/sftp"
)

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
	// Address is an address, taken apart.
	Address = address.Address
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

// Errors that a page tells apart beyond their kind.
var (
	ErrHostKey     = backends.ErrHostKey
	ErrCertificate = backends.ErrCertificate
	ErrAuth        = backends.ErrAuth
	ErrNotExist    = backends.ErrNotExist
	ErrUnsupported = backends.ErrUnsupported
	// ErrPlain is the ErrCertificate of a server that does not encrypt.
	ErrPlain = http.ErrSchemeMismatch
	// ErrNeverMet is the ErrHostKey of a server of which no key is known.
	ErrNeverMet = sftp.ErrNeverMet
)

// Kinds lists the kinds of destinations, in the order in which a person should
// meet them.
func Kinds() []Kind { return open.Kinds() }

// Common lists the options that every kind has.
func Common() []Option { return open.Common() }

// Parse takes an address apart.
func Parse(url string) (*Address, error) { return address.Parse(url) }

// Display is an address without its password.
func Display(url string) string { return address.Display(url) }

// IsURL tells an address from a path.
func IsURL(s string) bool { return address.IsURL(s) }

// Browsable tells that one logs in to a kind of service with a browser.
func Browsable(kind string) bool { return open.Browsable(kind) }

// LogIn has a person log in to a kind of service in a browser, which page
// opens; when page is nil, ask gets what LogIn returned on another computer. It
// returns what opens the service from then on, and the account that it is kept
// under.
func LogIn(ctx context.Context, kind string, options map[string]string, page func(url string) error, ask func(ctx context.Context, question Option) (string, error)) (account, token string, err error) {
	return open.LogIn(ctx, kind, backends.Config{Options: options}, page, ask)
}

package cloud

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/address"
)

// browserOptions are those of every service whose login is a token.
func browserOptions(more ...backends.Option) []backends.Option {
	return append([]backends.Option{
		{Name: "token", Title: "Login", Help: "What \"varve authorize --print\" prints. It is not needed where one has logged in on this computer.", Secret: true},
		{Name: "client-id", Title: "Application", Help: "The id of an application that you registered with the service yourself. Without one, a shared one is used, which is slower."},
		{Name: "client-secret", Title: "Secret of the application", Help: "The secret that belongs to that application.", Secret: true},
	}, more...)
}

// accountsOf are the names under which a token may be kept: that of a user of
// the service, where the address names one, and that of the service.
func accountsOf(kind string, a *address.Address) []string {
	all := []string{Account(kind)}
	if a.User != "" {
		user := Account(kind) + a.User
		if a.Host != "" {
			user += "@" + a.Host
		}
		all = append([]string{user}, all...)
	}
	return all
}

// Account is what the login to a kind of service is kept under in
// backends.Tokens, where an address does not name a user.
func Account(kind string) string { return kind + "://" }

// token is the library's form of one.
type token struct {
	Access  string    `json:"access_token"`
	Type    string    `json:"token_type,omitempty"`
	Refresh string    `json:"refresh_token,omitempty"`
	Expiry  time.Time `json:"expiry"`
}

// accessToken is a token that is valid by itself, and does not end.
func accessToken(access string) string { return writeToken(token{Access: access, Type: "bearer"}) }

// refreshToken is one that has to be renewed before anything else. The library
// takes one without any access for something older.
func refreshToken(refresh string) string {
	return writeToken(token{Access: "none", Type: "bearer", Refresh: refresh, Expiry: time.Unix(1, 0).UTC()})
}

func writeToken(t token) string { return asJSON(t) }

// checkFile refuses a file with a key that cannot be read, where there is one.
func checkFile(path string) error {
	if path == "" {
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("%w: %w", backends.ErrConfig, err)
	}
	return f.Close()
}

// isRevoked tells the library's error for a token that the service does not
// renew, of which it keeps nothing but words.
func isRevoked(err error) bool {
	text := err.Error()
	return strings.Contains(text, "there's no refresh token") || strings.Contains(text, "couldn't fetch token: ") &&
		(strings.Contains(text, "try refreshing") || strings.Contains(text, "make sure they're properly set up"))
}

// isBrokenKey tells the error for a key of a service account that is none, of
// which there are nothing but words either.
func isBrokenKey(err error) bool {
	return strings.Contains(err.Error(), "private key should be a PEM or plain PKCS1 or PKCS8")
}

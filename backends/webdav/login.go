package webdav

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/varve-backup/varve/backends"
)

// login puts into a request what proves who it comes from.
type login interface {
	authorize(r *http.Request)
}

// basic sends the password itself.
type basic struct{ user, password string }

func (b basic) authorize(r *http.Request) { r.SetBasicAuth(b.user, b.password) }

// bearer sends a token.
type bearer string

func (b bearer) authorize(r *http.Request) { r.Header.Set("Authorization", "Bearer "+string(b)) }

// choose answers a refused request: with a digest where the server knows that,
// because it does not show the password. So nothing is sent before the server
// has said what it takes.
func (o *Options) choose(headers []string) (login, error) {
	if o.User == "" {
		return nil, fmt.Errorf("%w: the server wants a user and a password", backends.ErrAuth)
	}
	var best *digest
	plain := false
	var others []string
	for _, c := range challenges(headers) {
		switch c.scheme {
		case "digest":
			if d := newDigest(c, o.User, o.Password); d != nil && (best == nil || d.strength() > best.strength()) {
				best = d
			}
		case "basic":
			plain = true
		default:
			others = append(others, c.scheme)
		}
	}
	switch {
	case best != nil:
		return best, nil
	case plain || len(headers) == 0:
		return basic{o.User, o.Password}, nil
	}
	return nil, fmt.Errorf("%w: the server wants a login of a kind that Varve does not have: %q", backends.ErrUnsupported, strings.Join(others, ", "))
}

// outdated tells that a login was refused only because its nonce is too old:
// the server says so, or it took the login before and shows a new nonce now.
func outdated(used login, headers []string) bool {
	d, is := used.(*digest)
	if !is {
		return false
	}
	for _, c := range challenges(headers) {
		if c.scheme == "digest" && (strings.EqualFold(c.params["stale"], "true") || d.worked() && c.params["nonce"] != d.nonce) {
			return true
		}
	}
	return false
}

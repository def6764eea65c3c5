package webdav

import (
	"crypto/md5" //nolint:gosec // what servers ask for
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// challenge is what a server wants to see before it answers: the scheme in
// lower case, and its parameters by lower-case names.
type challenge struct {
	scheme string
	params map[string]string
}

// challenges reads WWW-Authenticate headers: each has one challenge or more,
// with commas between them and between their parameters.
func challenges(headers []string) []challenge {
	var found []challenge
	for _, header := range headers {
		s := scanner{header}
		for s.rest != "" {
			s.skip(" \t,")
			word := s.word()
			if word == "" {
				break
			}
			s.skip(" \t")
			if s.eat('=') && len(found) > 0 {
				s.skip(" \t")
				found[len(found)-1].params[strings.ToLower(word)] = s.value()
				continue
			}
			found = append(found, challenge{strings.ToLower(word), map[string]string{}})
		}
	}
	return found
}

// scanner reads the parts of a header.
type scanner struct{ rest string }

func (s *scanner) skip(cut string) { s.rest = strings.TrimLeft(s.rest, cut) }

func (s *scanner) eat(c byte) bool {
	if s.rest == "" || s.rest[0] != c {
		return false
	}
	s.rest = s.rest[1:]
	return true
}

func (s *scanner) word() string {
	end := strings.IndexAny(s.rest, " \t,=\"")
	if end < 0 {
		end = len(s.rest)
	}
	word := s.rest[:end]
	s.rest = s.rest[end:]
	return word
}

// value is a word, or anything in quotation marks.
func (s *scanner) value() string {
	if !s.eat('"') {
		return s.word()
	}
	var b strings.Builder
	for s.rest != "" && !s.eat('"') {
		s.eat('\\')
		if s.rest != "" {
			b.WriteByte(s.rest[0])
			s.rest = s.rest[1:]
		}
	}
	return b.String()
}

// digest proves that a password is known without showing it (RFC 7616).
type digest struct {
	user, password string
	realm, nonce   string
	opaque         string
	hasOpaque      bool
	// algorithm is as the server wrote it; session makes the key one of this
	// session; plain: the server knows no qop.
	algorithm string
	newHash   func() hash.Hash
	session   bool
	plain     bool

	mu    sync.Mutex
	count uint32 // how often the nonce was used; guarded by mu
}

// newDigest answers a challenge, or returns nil when it cannot.
func newDigest(c challenge, user, password string) *digest {
	d := &digest{
		user: user, password: password, realm: c.params["realm"], nonce: c.params["nonce"], opaque: c.params["opaque"],
		algorithm: c.params["algorithm"],
	}
	_, d.hasOpaque = c.params["opaque"]
	name, session := strings.CutSuffix(strings.ToLower(d.algorithm), "-sess")
	d.session = session
	switch name {
	case "", "md5":
		d.newHash = md5.New
	case "sha-256":
		d.newHash = sha256.New
	default:
		return nil
	}
	if qop, has := c.params["qop"]; !has {
		d.plain = true
	} else if !slices.Contains(strings.FieldsFunc(strings.ToLower(qop), func(r rune) bool { return r == ',' || r == ' ' }), "auth") {
		return nil
	}
	return d
}

// strength says which of several challenges to take.
func (d *digest) strength() int {
	if d.newHash().Size() > md5.Size {
		return 2
	}
	return 1
}

func (d *digest) sum(parts ...string) string {
	h := d.newHash()
	_, _ = h.Write([]byte(strings.Join(parts, ":"))) // never fails
	return hex.EncodeToString(h.Sum(nil))
}

// authorize implements login.
func (d *digest) authorize(r *http.Request) {
	d.mu.Lock()
	d.count++
	count := fmt.Sprintf("%08x", d.count)
	d.mu.Unlock()
	var random [16]byte
	_, _ = rand.Read(random[:]) // never fails
	r.Header.Set("Authorization", d.header(r.Method, r.URL.RequestURI(), count, hex.EncodeToString(random[:])))
}

// worked tells that it was used before the last time, and so was taken.
func (d *digest) worked() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.count > 1
}

func (d *digest) header(method, uri, count, own string) string {
	key := d.sum(d.user, d.realm, d.password)
	if d.session {
		key = d.sum(key, d.nonce, own)
	}
	what := d.sum(method, uri)
	response, extra := d.sum(key, d.nonce, what), ""
	if !d.plain {
		response = d.sum(key, d.nonce, count, own, "auth", what)
		extra = fmt.Sprintf(", qop=auth, nc=%s", count)
	}
	if !d.plain || d.session {
		extra += fmt.Sprintf(", cnonce=%q", own)
	}
	if d.algorithm != "" {
		extra += ", algorithm=" + d.algorithm
	}
	if d.hasOpaque {
		extra += ", opaque=" + quoted(d.opaque)
	}
	return fmt.Sprintf(`Digest username=%s, realm=%s, nonce=%s, uri=%s, response="%s"%s`,
		quoted(d.user), quoted(d.realm), quoted(d.nonce), quoted(uri), response, extra)
}

func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

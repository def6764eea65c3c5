package openpgp

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Key is an OpenPGP key that gpg has.
type Key struct {
	// Fingerprint names it for gpg, in hexadecimal digits.
	Fingerprint string
	// User is whose key it is, as its owner wrote it: "Ada <ada@example.org>".
	User string
	// Secret tells that its secret part is on this computer: it can open what was
	// encrypted for it. Encrypts and Signs are what it is for.
	Secret, Encrypts, Signs bool
	// Expires is zero for never.
	Expires time.Time
}

// Keys lists the keys in gpg's keyring that can be used: none that has expired,
// was revoked or is disabled. home is the folder of that keyring, "" for the
// usual one.
func Keys(ctx context.Context, home string) ([]Key, error) {
	if err := requireGnuPG(); err != nil {
		return nil, err
	}
	public, err := listing(ctx, home, "--list-keys")
	if err != nil {
		return nil, err
	}
	secret, err := listing(ctx, home, "--list-secret-keys")
	if err != nil {
		return nil, err
	}
	keys, own := parseKeys(public), map[string]bool{}
	for _, k := range parseKeys(secret) {
		own[k.Fingerprint] = k.Secret
	}
	for i := range keys {
		keys[i].Secret = own[keys[i].Fingerprint]
		keys[i].Signs = keys[i].Signs && keys[i].Secret
	}
	return keys, nil
}

func listing(ctx context.Context, home, what string) ([]byte, error) {
	out, err := gnuPG(ctx, home, "--with-colons", "--fixed-list-mode", what).Output()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("asking gpg for keys: %w", err)
	}
	return out, nil
}

// The fields of a line of gpg --with-colons that are read here.
const (
	fieldKind     = 0
	fieldValidity = 1
	fieldExpires  = 6
	fieldText     = 9
	fieldAbility  = 11
	fieldToken    = 14
)

// parseKeys reads what gpg prints about keys with --with-colons.
func parseKeys(text []byte) (keys []Key) {
	usable := false
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		f := strings.Split(lines.Text(), ":")
		at := func(i int) string {
			if i < len(f) {
				return f[i]
			}
			return ""
		}
		switch at(fieldKind) {
		case "pub", "sec":
			usable = !strings.ContainsAny(at(fieldValidity), "eridn") && !strings.Contains(at(fieldAbility), "D")
			if usable {
				keys = append(keys, Key{
					Encrypts: strings.Contains(at(fieldAbility), "E"), Signs: strings.Contains(at(fieldAbility), "S"),
					Expires: moment(at(fieldExpires)), Secret: at(fieldKind) == "sec" && at(fieldToken) != "#",
				})
			}
		case "fpr":
			if k := last(keys); usable && k.Fingerprint == "" {
				k.Fingerprint = at(fieldText)
			}
		case "uid":
			if k := last(keys); usable && k.User == "" && !strings.ContainsAny(at(fieldValidity), "er") {
				k.User = unescape(at(fieldText))
			}
		}
	}
	return keys
}

// last is the key that a line is about; before the first there is one that
// nobody looks at.
func last(keys []Key) *Key {
	if len(keys) == 0 {
		return &Key{}
	}
	return &keys[len(keys)-1]
}

func moment(seconds string) time.Time {
	n, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil || n <= 0 {
		return time.Time{}
	}
	return time.Unix(n, 0)
}

// unescape undoes gpg's \x3a for what parts fields.
func unescape(s string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(s, `\x`)
		b.WriteString(before)
		if !found {
			return b.String()
		}
		n, err := uint64(0), error(nil)
		if len(rest) >= 2 {
			n, err = strconv.ParseUint(rest[:2], 16, 8)
		}
		if len(rest) < 2 || err != nil {
			b.WriteString(`\x`)
			s = rest
			continue
		}
		b.WriteByte(byte(n))
		s = rest[2:]
	}
}

// Package pinfile knows the files that pin versions of an archive of volumes:
// one beside the volumes for each version that must stay. duplicity takes no
// notice of their names. Name.Format and ParseName are about the names, which
// tell everybody what stays and how long; Read and Write about the content,
// which is encrypted as a manifest is.
package pinfile

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/varve-backup/varve/engine/retention"
)

// Name is what the name of such a file says.
//
//	varve-pin.20261121T203000Z.until-20270131.7f3a9c21.gpg
//	          version          last day       mark     how it is stored
//
// The day is left out where there is no end. The mark is new with each writing:
// no content ever takes the place of another one.
type Name struct {
	// Version is the time of the version, in whole seconds of UTC.
	Version time.Time
	// Day is the last day, as 2027-01-31, "" for no end.
	Day string
	// Mark is 8 hexadecimal digits.
	Mark      string
	Encrypted bool
}

const (
	head    = "varve-pin."
	compact = "20060102T150405Z"
	until   = "until-"
	day     = "20060102"
	gpg     = ".gpg"
	digits  = 8
)

// Format writes a name, without the prefix that an archive may have.
func (n Name) Format() string {
	s := head + n.Version.UTC().Format(compact) + "."
	if n.Day != "" {
		s += until + strings.ReplaceAll(n.Day, "-", "") + "."
	}
	s += n.Mark
	if n.Encrypted {
		s += gpg
	}
	return s
}

// ParseName reads a name; ok is false when it is of something else. A day that
// does not exist makes it something else: such a file keeps nothing for ever.
func ParseName(s string) (n Name, ok bool) {
	rest, ok := strings.CutPrefix(s, head)
	if !ok {
		return n, false
	}
	rest, n.Encrypted = strings.CutSuffix(rest, gpg)
	words := strings.Split(rest, ".")
	if len(words) < 2 || len(words) > 3 {
		return n, false
	}
	var err error
	if n.Version, err = time.Parse(compact, words[0]); err != nil {
		return n, false
	}
	if len(words) == 3 {
		text, ok := strings.CutPrefix(words[1], until)
		last, err := time.Parse(day, text)
		if !ok || err != nil {
			return n, false
		}
		n.Day = last.Format(time.DateOnly)
	}
	n.Mark = words[len(words)-1]
	return n, len(n.Mark) == digits && strings.Trim(n.Mark, "0123456789abcdef") == "" && n.Format() == s
}

// MaxSize bounds the content, in bytes.
const MaxSize = 1 << 16

// ErrContent: the bytes are not what such a file holds.
var ErrContent = errors.New("this is no pin")

// Content is what a file holds: a JSON object.
type Content struct {
	// Version and Day are as in the name, which they prove; Reason is why.
	Version time.Time
	Day     string
	Reason  string

	// others are fields that a later program wrote.
	others map[string]json.RawMessage
}

type fields struct {
	Version string `json:"version"`
	Until   string `json:"until,omitempty"`
	Reason  string `json:"reason,omitempty"`
}

// Read reads the content of a file. What it does not know is kept for Write.
func Read(b []byte) (c Content, err error) {
	if len(b) > MaxSize {
		return c, fmt.Errorf("%w: it has more than %d bytes", ErrContent, MaxSize)
	}
	var f fields
	if err := errors.Join(json.Unmarshal(b, &f), json.Unmarshal(b, &c.others)); err != nil {
		return c, fmt.Errorf("%w: %w", ErrContent, err)
	}
	for _, known := range []string{"version", "until", "reason"} {
		delete(c.others, known)
	}
	if c.Version, err = time.Parse(compact, f.Version); err != nil {
		return c, fmt.Errorf("%w: %w", ErrContent, err)
	}
	if f.Until != "" {
		if _, err := time.Parse(time.DateOnly, f.Until); err != nil {
			return c, fmt.Errorf("%w: %w", ErrContent, err)
		}
	}
	if c.Reason, err = retention.CleanReason(f.Reason); err != nil {
		return c, fmt.Errorf("%w: %w", ErrContent, err)
	}
	c.Day = f.Until
	return c, nil
}

// Write writes the content of a file, and what Read did not know.
func Write(c Content) ([]byte, error) {
	all := map[string]any{"version": c.Version.UTC().Format(compact)}
	for name, value := range c.others {
		all[name] = value
	}
	if c.Day != "" {
		all["until"] = c.Day
	}
	if c.Reason != "" {
		all["reason"] = c.Reason
	}
	return json.Marshal(all)
}

// Proves reports that a content is of the file that has the name.
func (c *Content) Proves(n Name) bool { return c.Version.Equal(n.Version) && c.Day == n.Day }

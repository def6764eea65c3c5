package filename

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Parse reads a file name; ok is false when the file is no part of the
// archive. Unlike duplicity it takes no endings but those that duplicity
// writes, so that side files (.par2, .bak, .tmp) are never taken for what they
// accompany.
func (n Naming) Parse(name string) (f Name, ok bool) {
	for _, kind := range []Kind{Volume, Manifest, Signature, Statistics} {
		rest, has := strings.CutPrefix(name, n.prefix(kind))
		if !has {
			continue
		}
		if f, ok = n.parse(rest); ok && f.Kind == kind {
			return f, true
		}
	}
	return Name{}, false
}

// heads are the beginnings of names, and what they say.
var heads = []struct {
	text      string
	full      bool
	signature bool
	short     bool
}{
	{"duplicity-full.", true, false, false},
	{"duplicity-inc.", false, false, false},
	{"duplicity-full-signatures.", true, true, false},
	{"duplicity-new-signatures.", false, true, false},
	{"df.", true, false, true},
	{"di.", false, false, true},
	{"dfs.", true, true, true},
	{"dns.", false, true, true},
}

func (n Naming) parse(name string) (Name, bool) {
	for _, h := range heads {
		rest, has := strings.CutPrefix(name, h.text)
		if !has {
			continue
		}
		f := Name{Full: h.full}
		rest, ok := n.times(&f, rest, h.short)
		if !ok || !f.what(rest, h.short) || (f.Kind == Signature) != h.signature {
			return Name{}, false
		}
		return f, true
	}
	return Name{}, false
}

// times reads one time for a full set, two for an incremental one.
func (n Naming) times(f *Name, rest string, short bool) (string, bool) {
	between := ".to."
	parse := n.parseTime
	if short {
		between, parse = ".", parseShortTime
	}
	if !f.Full {
		first, after, found := strings.Cut(rest, between)
		t, ok := parse(first)
		if !found || !ok {
			return "", false
		}
		f.Start, rest = t, after
	}
	text, after, found := strings.Cut(rest, ".")
	t, ok := parse(text)
	f.End = t
	return after, found && ok && (f.Full || f.Start.Before(f.End))
}

// what reads the kind, the volume's number, and how the file is stored.
func (f *Name) what(rest string, short bool) bool {
	words := strings.Split(rest, ".")
	if number, ok := volumeNumber(words, short); ok {
		f.Kind, f.Volume, words = Volume, number, words[2:]
	} else {
		f.Kind, words = kindOf(words[0], short), words[1:]
	}
	if f.Kind == 0 {
		return false
	}
	part, encrypted, compressed := "part", "gpg", "gz"
	if short {
		part, encrypted, compressed = "p", "g", "z"
	}
	if f.Kind != Volume && len(words) > 0 && words[0] == part {
		f.Partial, words = true, words[1:]
	}
	if len(words) == 0 {
		return true
	}
	f.Encrypted, f.Compressed = words[0] == encrypted, words[0] == compressed
	return len(words) == 1 && (f.Encrypted || f.Compressed)
}

func volumeNumber(words []string, short bool) (int, bool) {
	if len(words) < 2 {
		return 0, false
	}
	digits, base, kind := words[0], 36, "dt"
	if !short {
		var has bool
		if digits, has = strings.CutPrefix(words[0], "vol"); !has {
			return 0, false
		}
		base, kind = 10, "difftar"
	}
	v, err := strconv.ParseUint(digits, base, 31)
	return int(v), err == nil && v > 0 && words[1] == kind && digits == strings.ToLower(digits)
}

func kindOf(word string, short bool) Kind {
	switch {
	case short && word == "m", !short && word == "manifest":
		return Manifest
	case short && word == "st", !short && word == "sigtar":
		return Signature
	case !short && word == "jsonstat":
		return Statistics
	}
	return 0
}

// parseTime reads the compact form, the old one, and epoch seconds.
func (n Naming) parseTime(s string) (time.Time, bool) {
	s = strings.ToUpper(s)
	if t, err := time.Parse(compact, s); err == nil {
		return valid(t)
	}
	if seconds, err := strconv.ParseInt(s, 10, 64); err == nil {
		return valid(time.Unix(seconds, 0))
	}
	separator := strings.ToUpper(n.TimeSeparator)
	if separator == "" {
		separator = ":"
	}
	clock, zone := "15"+separator+"04"+separator+"05", "07"+separator+"00"
	for _, layout := range []string{"2006-01-02T" + clock + "Z", "2006-01-02T" + clock + "-" + zone} {
		if t, err := parseOld(layout, s); err == nil {
			return valid(t)
		}
	}
	return time.Time{}, false
}

// parseOld reads the old form. Package time knows no zone with a separator of
// its own, so that the zone is read apart.
func parseOld(layout, s string) (time.Time, error) {
	if strings.HasSuffix(layout, "Z") {
		return time.Parse(layout, s)
	}
	size := len(layout) - len("-07:00") // separators of one byte
	if len(s) != len(layout) || size < 0 {
		return time.Time{}, strconv.ErrSyntax
	}
	t, err := time.Parse(layout[:size], s[:size])
	if err != nil {
		return t, err
	}
	zone, err := time.Parse("-0700", s[size:size+3]+s[len(s)-2:])
	if err != nil {
		return t, err
	}
	_, offset := zone.Zone()
	return t.Add(-time.Duration(offset) * time.Second), nil
}

// parseShortTime reads epoch seconds in base 36.
func parseShortTime(s string) (time.Time, bool) {
	v, err := strconv.ParseUint(s, 36, 63)
	if err != nil || s != strings.ToLower(s) {
		return time.Time{}, false
	}
	return valid(time.Unix(int64(v), 0))
}

// latest is the end of what a name can hold.
var latest = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)

// valid refuses the zero time and years that no archive has.
func valid(t time.Time) (time.Time, bool) {
	if t.Unix() <= 0 || t.Unix() >= math.MaxInt32*2 || !t.Before(latest) {
		return time.Time{}, false
	}
	return t.UTC(), true
}

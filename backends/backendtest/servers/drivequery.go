package servers

import (
	"errors"
	"strings"
)

// driveMatch tells whether a query finds an item.
type driveMatch func(*driveItem) bool

var errDriveQuery = errors.New("it is no query")

// parseDriveQuery reads the language that Google Drive is searched in, as far
// as it is about trash, folders, names and types. It also returns the folders
// that are named.
func parseDriveQuery(q string) (match driveMatch, folders []string, err error) {
	p := &driveQuery{rest: q}
	if match = p.either(); p.bad || strings.TrimSpace(p.rest) != "" {
		return nil, nil, errDriveQuery
	}
	return match, p.folders, nil
}

// driveQuery is what is left of a query.
type driveQuery struct {
	rest    string
	folders []string
	bad     bool
}

// skip goes past a word, if it is the next.
func (p *driveQuery) skip(word string) bool {
	rest, is := strings.CutPrefix(strings.TrimLeft(p.rest, " "), word)
	if is {
		p.rest = rest
	}
	return is
}

func (p *driveQuery) either() driveMatch {
	a := p.both()
	for p.skip("or ") {
		left, right := a, p.both()
		a = func(i *driveItem) bool { return left(i) || right(i) }
	}
	return a
}

func (p *driveQuery) both() driveMatch {
	a := p.term()
	for p.skip("and ") {
		left, right := a, p.term()
		a = func(i *driveItem) bool { return left(i) && right(i) }
	}
	return a
}

func (p *driveQuery) term() driveMatch {
	switch {
	case p.skip("("):
		inside := p.either()
		p.bad = !p.skip(")") || p.bad
		return inside
	case p.skip("trashed"):
		p.bad = !p.skip("=") || p.bad
		in := p.skip("true")
		p.bad = !in && !p.skip("false") || p.bad
		return func(*driveItem) bool { return !in }
	case p.skip("name"):
		return p.compare(func(i *driveItem) string { return strings.ToLower(i.name) }, strings.ToLower)
	case p.skip("mimeType"):
		return p.compare(func(i *driveItem) string { return i.mime }, func(s string) string { return s })
	}
	folder := p.text()
	p.bad = !p.skip("in parents") || p.bad
	p.folders = append(p.folders, folder)
	return func(i *driveItem) bool { return i.parent == folder }
}

// compare reads "= 'text'" or "!= 'text'".
func (p *driveQuery) compare(of func(*driveItem) string, as func(string) string) driveMatch {
	not := p.skip("!")
	p.bad = !p.skip("=") || p.bad
	want := as(p.text())
	return func(i *driveItem) bool { return (of(i) == want) != not }
}

// text reads a text in quotes.
func (p *driveQuery) text() string {
	if p.bad = !p.skip("'") || p.bad; p.bad {
		return ""
	}
	var b strings.Builder
	for i := 0; i < len(p.rest); i++ {
		switch c := p.rest[i]; {
		case c == '\\' && i+1 < len(p.rest):
			i++
			b.WriteByte(p.rest[i])
		case c == '\'':
			p.rest = p.rest[i+1:]
			return b.String()
		default:
			b.WriteByte(c)
		}
	}
	p.bad = true
	return ""
}

package selection

import "strings"

// quick answers for the patterns that most rules consist of without an
// expression, which takes a hundred times as long, and rules out paths that
// begin otherwise than a pattern does.
type quick struct {
	kind form
	// text is all that a pattern of that form says.
	text string
	// anywhere: everything may lie above a match.
	anywhere bool
}

// form is what a pattern looks like.
type form uint8

const (
	other   form = iota // text is what it begins with, up to a wildcard
	literal             // no wildcard
	ending              // "**" or "**/*", and then no wildcard
)

// wildcards begin what is not literal.
const wildcards = "*?["

// newQuick looks at a pattern without its last "/", which folders tells of.
func newQuick(pattern string, anyCase, folders bool) quick {
	q := quick{anywhere: strings.HasPrefix(pattern, "**")}
	if anyCase || folders {
		return q
	}
	rest, deep := strings.CutPrefix(pattern, "**")
	if inner, ok := strings.CutPrefix(rest, "/*"); deep && ok && !strings.Contains(inner, "/") {
		rest = inner
	}
	wild := strings.IndexAny(rest, wildcards)
	switch {
	case deep && rest != "" && wild < 0:
		q.kind, q.text = ending, rest
	case !deep && wild < 0:
		q.kind, q.text = literal, rest
	case !deep:
		q.text = rest[:wild]
	}
	return q
}

// match reports whether a pattern fits a path or a folder above it; known is
// false where only its expression can tell.
func (q *quick) match(path string) (matches, known bool) {
	switch {
	case q.kind == literal:
		rest, begins := strings.CutPrefix(path, q.text)
		return begins && (rest == "" || rest[0] == '/'), true
	case q.kind == ending && strings.HasPrefix(path, "/"):
		return q.ends(path), true
	case q.kind == other && !strings.HasPrefix(path, q.text):
		return false, true
	}
	return false, false
}

// ends reports that the path, or a folder above it, ends in the text.
func (q *quick) ends(path string) bool {
	for {
		i := strings.Index(path, q.text)
		if i < 0 {
			return false
		}
		rest := path[i+len(q.text):]
		if rest == "" || rest[0] == '/' {
			return true
		}
		path = path[i+1:]
	}
}

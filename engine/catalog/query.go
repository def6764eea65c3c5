package catalog

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// Query says which paths are looked for. Make one with ParseQuery or Pattern.
type Query struct {
	words []word
	// dir is held against the folded folder of a path, if it is not nil.
	dir *string
	// exact is asked last, about the path as it is.
	exact func(path string) bool
	// States tells that Seen.All is wanted.
	States bool
}

// word is one word of a query, folded.
type word struct {
	text string
	// glob: * and ? stand for other characters, and it is held against whole
	// names.
	glob bool
	// slash: it spans folders.
	slash bool
	// literal is what a name that the word ends in must hold.
	literal []byte
}

// ParseQuery reads what a person typed: words that must all occur in a path,
// at least one of them in its last name. A word with * or ? is held against
// whole names, one with a slash against several of them, and with both against
// the end of a path. Case does not matter. What is beyond maxWords is left out.
func ParseQuery(text string) Query {
	var q Query
	for w := range strings.FieldsSeq(string(appendFolded(nil, text))) {
		if len(q.words) == maxWords {
			break
		}
		for strings.Contains(w, "//") {
			w = strings.ReplaceAll(w, "//", "/")
		}
		q.words = append(q.words, newWord(w))
	}
	return q
}

// maxWords is how many words of a query count.
const maxWords = 16

func newWord(text string) word {
	w := word{text: text, glob: strings.ContainsAny(text, "*?"), slash: strings.Contains(text, "/")}
	last := text[strings.LastIndexByte(text, '/')+1:]
	for piece := range strings.FieldsFuncSeq(last, func(r rune) bool { return r == '*' || r == '?' }) {
		if len(piece) > len(w.literal) {
			w.literal = []byte(piece)
		}
	}
	return w
}

// isPlain tells that a word may stand anywhere in a name.
func (w *word) isPlain() bool { return !w.glob && !w.slash }

// Pattern looks for names that a pattern fits wholly, in which * and ? stand
// for other characters, and case matters. With a slash inside it is held
// against whole paths.
func Pattern(pattern string) Query {
	whole := strings.Contains(strings.TrimRight(pattern, "/"), "/")
	pattern = strings.Trim(pattern, "/")
	at := strings.LastIndexByte(pattern, '/') + 1
	name := newWord(string(appendFolded(nil, pattern[at:])))
	name.glob = true
	q := Query{words: []word{name}}
	if whole {
		q.dir = new(string(appendFolded(nil, strings.TrimSuffix(pattern[:at], "/"))))
	}
	q.exact = func(path string) bool {
		if !whole {
			path = path[strings.LastIndexByte(path, '/')+1:]
		}
		return Match(pattern, path)
	}
	return q
}

// isEmpty tells that there is nothing to look for.
func (q *Query) isEmpty() bool { return len(q.words) == 0 }

// matches tells whether a path is looked for.
func (q *Query) matches(path string) bool {
	folded := string(appendFolded(nil, path))
	at := strings.LastIndexByte(folded, '/')
	dir, name := "", folded[at+1:]
	if at > 0 {
		dir = folded[:at]
	}
	if q.dir != nil && !Match(*q.dir, dir) {
		return false
	}
	inName := false
	for i := range q.words {
		w := &q.words[i]
		here := w.inName([]byte(dir), []byte(name))
		if !here && !w.inDir([]byte(dir)) {
			return false
		}
		inName = inName || here
	}
	return inName && (q.exact == nil || q.exact(path))
}

// inDir tells whether a word occurs in the path of a folder.
func (w *word) inDir(dir []byte) bool {
	switch {
	case w.slash && w.glob:
		return false // it is about the end of a path
	case w.slash:
		return bytes.Contains(slashed(dir, nil), []byte(w.text))
	case w.glob:
		for name := range bytes.SplitSeq(dir, []byte("/")) {
			if Match(w.text, string(name)) {
				return true
			}
		}
		return false
	}
	return bytes.Contains(dir, w.literal)
}

// slashed puts a path together, with slashes around the folder.
func slashed(dir, name []byte) []byte {
	b := append([]byte("/"), dir...)
	if len(dir) > 0 {
		b = append(b, '/')
	}
	return append(b, name...)
}

// endsIn tells whether a pattern with slashes fits the last names of a path.
func (w *word) endsIn(path []byte) bool {
	pattern := strings.TrimPrefix(w.text, "/")
	if Match(pattern, string(path)) {
		return true
	}
	for i := range path {
		if path[i] == '/' && Match(pattern, string(path[i+1:])) {
			return true
		}
	}
	return false
}

// inName tells whether a word occurs in the last name of a path.
func (w *word) inName(dir, name []byte) bool {
	switch {
	case w.slash && w.glob:
		full := slashed(dir, name)
		return w.endsIn(full[1:])
	case w.slash:
		full := slashed(dir, name)
		begin := max(len(full)-len(name)-len(w.text)+1, 0)
		return len(name) > 0 && bytes.Contains(full[begin:], []byte(w.text))
	case w.glob:
		return Match(w.text, string(name))
	}
	return bytes.Contains(name, w.literal)
}

// Match matches * and ?, neither of which takes a slash. It goes back to the
// last star only, so that no pattern takes long.
func Match(pattern, name string) bool {
	star, retry := -1, 0 // behind the last star, and where it ended
	p, n := 0, 0
	for n < len(name) {
		_, size := utf8.DecodeRuneInString(name[n:])
		switch {
		case p < len(pattern) && pattern[p] == '*':
			p++
			star, retry = p, n
		case p < len(pattern) && pattern[p] == '?' && name[n] != '/':
			p++
			n += size
		case p < len(pattern) && pattern[p] == name[n]:
			p++
			n++
		case star >= 0 && name[retry] != '/':
			_, step := utf8.DecodeRuneInString(name[retry:])
			retry += step
			p, n = star, retry
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

package destform

import (
	"regexp"
	"slices"
	"strings"
)

// pattern is one form of the addresses of a kind, read from the text that the
// kind has for people, as "sftp://[user[:password]@]host[:port]/[/]folder".
type pattern struct {
	schemes        []string
	user, password string // how they are called, "" for none
	named          bool   // an address is not without a user
	host           string
	// service is the host that all addresses have.
	service string
	port    bool
	// module stands behind the host, after "::".
	module string
	// slash: a path without a host begins with one.
	slash bool
	// absolute: a second slash in front of the path means the root.
	absolute bool
	parts    []part
}

// part is a word of the path. The last one takes all that is left.
type part struct {
	name     string
	optional bool
}

// hosts are what the forms call a server.
var hosts = []string{"host", "hostname", "server"}

// patterns reads a form. One that cannot be read has none.
func patterns(form string) (all []pattern) {
	for text := range strings.SplitSeq(strings.ReplaceAll(form, ", ", " or "), " or ") {
		scheme, rest, found := strings.Cut(strings.TrimSpace(text), "://")
		if !found {
			return nil
		}
		p := pattern{schemes: spellings(scheme)}
		if !p.read(rest) {
			return nil
		}
		all = join(all, p)
	}
	return all
}

// join adds a pattern; one that differs in its scheme alone is the same.
func join(all []pattern, p pattern) []pattern {
	for i := range all {
		if slices.Equal(all[i].keys(), p.keys()) {
			all[i].schemes = append(all[i].schemes, p.schemes...)
			return all
		}
	}
	return append(all, p)
}

// spellings are what "ftp[s|es]" stands for.
func spellings(scheme string) []string {
	base, endings, found := strings.Cut(strings.TrimSuffix(scheme, "]"), "[")
	all := []string{base}
	if found {
		for e := range strings.SplitSeq(endings, "|") {
			all = append(all, base+e)
		}
	}
	return all
}

// token is a word or a sign of a form; optional ones stand in brackets.
type token struct {
	text     string
	optional bool
}

var tokenForm = regexp.MustCompile(`\[|\]|::|[:/@]|[\pL\pN_.%-]+|.`)

func tokens(text string) (all []token) {
	depth := 0
	for _, t := range tokenForm.FindAllString(text, -1) {
		switch t {
		case "[":
			depth++
		case "]":
			depth--
		default:
			all = append(all, token{t, depth > 0})
		}
	}
	return all
}

// read takes what follows "://" apart; false means that it is none of the
// usual forms.
func (p *pattern) read(rest string) bool {
	rest, _, _ = strings.Cut(rest, "[?") // options say the same
	all := tokens(rest)
	if i := slices.IndexFunc(all, func(t token) bool { return t.text == ";" }); i >= 0 {
		all = all[i+1:] // the domain of a user is an option too
	}
	if at := slices.IndexFunc(all, func(t token) bool { return t.text == "@" }); at >= 0 {
		switch {
		case at == 1:
			p.user = all[0].text
		case at == 3 && all[1].text == ":":
			p.user, p.password = all[0].text, all[2].text
		default:
			return false
		}
		p.named, all = !all[0].optional, all[at+1:]
		if len(all) > 0 && strings.Contains(all[0].text, ".") {
			p.service, all = all[0].text, all[1:]
		}
	}
	if len(all) > 0 && slices.Contains(hosts, all[0].text) {
		p.host, all = all[0].text, all[1:]
		all = p.readPort(all)
	}
	return p.readPath(all)
}

func (p *pattern) readPort(all []token) []token {
	if len(all) > 1 && all[0].text == ":" {
		p.port, all = true, all[2:]
	}
	if len(all) > 1 && all[0].text == "::" {
		p.module, all = all[1].text, all[2:]
	}
	return all
}

// readPath reads words that slashes part.
func (p *pattern) readPath(all []token) bool {
	slashes := 0
	for i, t := range all {
		switch {
		case t.text == "/":
			slashes++
			p.absolute = p.absolute || slashes == 2 && len(p.parts) == 0
			p.slash = p.slash || i == 0 && !p.hasServer()
		case !isWord(t.text):
			return false
		case len(p.parts) > 0 && slashes == 0:
			return false
		default:
			p.parts = append(p.parts, part{t.text, t.optional || p.hasServer() && p.module == "" && isFolder(t.text)})
			slashes = 0
		}
	}
	return p.hasServer() || len(p.parts) > 0
}

func (p *pattern) hasServer() bool { return p.host != "" || p.service != "" }

func isWord(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return strings.ContainsRune(":/@?=&#.", r) }) < 0 && strings.TrimSpace(s) != ""
}

// isFolder tells a folder on a server: without one, it is that of the account.
func isFolder(word string) bool {
	return slices.Contains([]string{"folder", "path", "dir", "directory", "prefix"}, word)
}

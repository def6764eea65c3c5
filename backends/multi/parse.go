package multi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/varve-backup/varve/backends"
)

// PartConfig is what a file says about one destination.
type PartConfig struct {
	URL         string `json:"url"`
	Description string `json:"description,omitzero"`
	// Env is an environment of its own, besides the program's.
	Env []Variable `json:"env,omitzero"`
	// Options are its own, in front of those of all parts. duplicity does not
	// look at them.
	Options map[string]string `json:"options,omitzero"`
	// Prefixes are those of the names that it takes, when mirroring. What
	// begins with no prefix of any part goes to all.
	Prefixes []string `json:"prefixes,omitzero"`
}

// Variable is one of an environment.
type Variable struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// mostParts is how many destinations there are at most.
const mostParts = 100

// Parse reads a file of parts. What is wrong with it is ErrConfig, with the
// number of the line, and never shows a value: there may be passwords in it.
func Parse(text []byte) ([]PartConfig, error) {
	var whole json.RawMessage
	if err := json.Unmarshal(text, &whole); err != nil {
		return nil, syntaxError(text, err)
	}
	p := parser{text, json.NewDecoder(bytes.NewReader(text))}
	parts, err := p.parts()
	if err != nil {
		return nil, fmt.Errorf("%w: line %d: %w", backends.ErrConfig, line(text, p.tokens.InputOffset()), err)
	}
	return parts, nil
}

// Format writes a file that Parse reads, and duplicity does.
func Format(parts []PartConfig) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // addresses have "&" in them
	e.SetIndent("", "  ")
	err := e.Encode(parts)
	return b.Bytes(), err
}

// line is the number of the line that holds an offset.
func line(text []byte, offset int64) int {
	return 1 + bytes.Count(text[:min(int64(len(text)), max(offset, 0))], []byte("\n"))
}

// syntaxError words what the reader of JSON found. It stands behind the byte
// that it stumbled over.
func syntaxError(text []byte, err error) error {
	at := int64(len(text))
	if s, ok := errors.AsType[*json.SyntaxError](err); ok {
		at = s.Offset - 1
	}
	return fmt.Errorf("%w: line %d: it is no JSON: %w", backends.ErrConfig, line(text, at), err)
}

// parser walks through the tokens of a text whose syntax is right.
type parser struct {
	text   []byte
	tokens *json.Decoder
}

func (p *parser) parts() (parts []PartConfig, err error) {
	err = p.list("the file", func() error {
		if len(parts) == mostParts {
			return fmt.Errorf("there are more than %d parts", mostParts)
		}
		part, err := p.part()
		parts = append(parts, part)
		return err
	})
	if err == nil && len(parts) == 0 {
		err = errors.New("there is no part in it")
	}
	return parts, err
}

func (p *parser) part() (c PartConfig, err error) {
	err = p.object("a part", map[string]func() error{
		"url":         func() error { return p.str("url", &c.URL) },
		"description": func() error { return p.str("description", &c.Description) },
		"env": func() error {
			return p.list("env", func() error {
				v, err := p.variable()
				c.Env = append(c.Env, v)
				return err
			})
		},
		"options": func() error {
			c.Options, err = p.options()
			return err
		},
		"prefixes": func() error {
			return p.list("prefixes", func() error {
				var prefix string
				err := p.str("a prefix", &prefix)
				c.Prefixes = append(c.Prefixes, prefix)
				return err
			})
		},
	})
	if err == nil && c.URL == "" {
		err = errors.New("the part has no url")
	}
	return c, err
}

func (p *parser) variable() (v Variable, err error) {
	err = p.object("a variable", map[string]func() error{
		"name":  func() error { return p.str("name", &v.Name) },
		"value": func() error { return p.str("value", &v.Value) },
	})
	if err == nil && (v.Name == "" || strings.ContainsAny(v.Name, "=\x00")) {
		err = errors.New("a variable has no name, or none that is possible")
	}
	return v, err
}

// options reads an object of any names.
func (p *parser) options() (map[string]string, error) {
	all := map[string]string{}
	err := p.pairs("options", func(name string) error {
		var value string
		err := p.str("an option", &value)
		all[name] = value
		return err
	})
	return all, err
}

// str reads a string.
func (p *parser) str(what string, to *string) error {
	token, err := p.tokens.Token()
	if err != nil {
		return err
	}
	text, ok := token.(string)
	if !ok {
		return fmt.Errorf("%s is no text in quotes", what)
	}
	*to = text
	return nil
}

// list reads a list whose items are read by item.
func (p *parser) list(what string, item func() error) error {
	token, err := p.tokens.Token()
	if err != nil {
		return err
	}
	if token != json.Delim('[') {
		return fmt.Errorf("%s is no list in [ ]", what)
	}
	for p.tokens.More() {
		if err := item(); err != nil {
			return err
		}
	}
	_, err = p.tokens.Token()
	return err
}

// object reads an object that has those keys, each once at most.
func (p *parser) object(what string, keys map[string]func() error) error {
	return p.pairs(what, func(key string) error {
		read, known := keys[key]
		if !known {
			return fmt.Errorf("%s cannot have the key %q", what, key)
		}
		return read()
	})
}

// pairs reads an object in which no key stands twice; value reads what belongs
// to one.
func (p *parser) pairs(what string, value func(key string) error) error {
	token, err := p.tokens.Token()
	if err != nil {
		return err
	}
	if token != json.Delim('{') {
		return fmt.Errorf("%s is no object in { }", what)
	}
	seen := map[string]bool{}
	for p.tokens.More() {
		var key string
		if err := p.str("a key", &key); err != nil {
			return err
		}
		if seen[key] {
			return fmt.Errorf("%s has the key %q twice", what, key)
		}
		seen[key] = true
		if err := value(key); err != nil {
			return err
		}
	}
	_, err = p.tokens.Token()
	return err
}

// readAll reads a file that is no larger than such a file ever is.
func readAll(r io.Reader) ([]byte, error) {
	const most = 1 << 20
	b, err := io.ReadAll(io.LimitReader(r, most+1))
	if err == nil && len(b) > most {
		err = errors.New("it is larger than 1 MiB")
	}
	return b, err
}

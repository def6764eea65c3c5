package lang

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

//go:embed translations
var shipped embed.FS

// largest is more than a catalogue of every text has, in bytes.
const largest = 4 << 20

// Parse reads a catalogue: a JSON object from each English text to its
// translation, which is a text, or for a text about numbers an object of the
// forms that the language has ("zero", "one", "two", "few", "many", "other").
// A translation that has other verbs than its text is refused: it would say
// something wrong about the person's files.
func Parse(tag string, r io.Reader) (*Language, error) {
	t, err := language.Parse(tag)
	if err != nil {
		return nil, fmt.Errorf("%q names no language: %w", tag, err)
	}
	b, err := io.ReadAll(io.LimitReader(r, largest+1))
	if err != nil {
		return nil, fmt.Errorf("reading the texts in %s: %w", tag, err)
	}
	if len(b) > largest {
		return nil, fmt.Errorf("the texts in %s are larger than %d bytes", tag, largest)
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(b, &raw); err != nil {
		return nil, fmt.Errorf("reading the texts in %s: %w", tag, err)
	}
	l := &Language{Tag: tag, Name: display.Self.Name(t), tag: t, text: make(map[string]phrase, len(raw))}
	for text, value := range raw {
		if l.text[text], err = parsePhrase(text, value); err != nil {
			return nil, fmt.Errorf("the text %q in %s: %w", text, tag, err)
		}
	}
	return l, nil
}

func parsePhrase(text string, value json.RawMessage) (phrase, error) {
	var p phrase
	if bytes.HasPrefix(value, []byte(`"`)) {
		if err := json.Unmarshal(value, &p.other); err != nil {
			return p, err
		}
		return p, p.check(text)
	}
	forms := map[string]*string{"zero": &p.zero, "one": &p.one, "two": &p.two, "few": &p.few, "many": &p.many, "other": &p.other}
	var given map[string]string
	if err := json.Unmarshal(value, &given); err != nil {
		return p, err
	}
	for name, said := range given {
		form := forms[name]
		if form == nil {
			return p, fmt.Errorf("there is no form %q", name)
		}
		*form = said
	}
	return p, p.check(text)
}

// check holds every form to the verbs of its text.
func (p phrase) check(text string) error {
	if p.other == "" {
		return errors.New("there is no translation")
	}
	want, err := verbs(text)
	if err != nil {
		return err
	}
	for _, said := range []string{p.zero, p.one, p.two, p.few, p.many, p.other} {
		if said == "" {
			continue
		}
		got, err := verbs(said)
		if err != nil {
			return err
		}
		if !slices.Equal(got, want) {
			return fmt.Errorf("the translation %q puts in %v instead of %v", said, got, want)
		}
	}
	return nil
}

// Shipped are the languages that the program brings, without English.
func Shipped() ([]*Language, error) {
	dirs, err := shipped.ReadDir("translations")
	if err != nil {
		return nil, err
	}
	var all []*Language
	for _, d := range dirs {
		l, err := parts(shipped, path.Join("translations", d.Name()), d.Name())
		if err != nil {
			return nil, err
		}
		all = append(all, l)
	}
	return all, nil
}

// parts reads a language that is kept in several files, one for each area of
// the program.
func parts(fsys fs.FS, dir, tag string) (*Language, error) {
	names, err := fs.Glob(fsys, path.Join(dir, "*.json"))
	if err != nil {
		return nil, err
	}
	whole, err := Parse(tag, strings.NewReader("{}"))
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		b, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		l, err := Parse(tag, bytes.NewReader(b))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		whole.add(l)
	}
	return whole, nil
}

// add takes over what other says.
func (l *Language) add(other *Language) {
	maps.Copy(l.text, other.text)
}

// Added are the languages whose catalogues lie in dir as files "fr.json",
// which is how a person adds one. A file that cannot be used is left out and
// is one of the errors joined in err; the others are used all the same.
func Added(dir string) (all []*Language, err error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		l, e := added(name)
		if e != nil {
			err = errors.Join(err, fmt.Errorf("%s is left out: %w", name, e))
			continue
		}
		all = append(all, l)
	}
	return all, err
}

func added(name string) (*Language, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return Parse(strings.TrimSuffix(filepath.Base(name), ".json"), f)
}

// Merge is what the program ships and what the person added, by name: a file
// of the person's goes before ours, text by text.
func Merge(ours, theirs []*Language) []*Language {
	all := slices.Clone(ours)
	for _, l := range theirs {
		i := slices.IndexFunc(all, func(o *Language) bool { return o.Tag == l.Tag })
		if i < 0 {
			all = append(all, l)
			continue
		}
		both := *all[i]
		both.text = map[string]phrase{}
		both.add(all[i])
		both.add(l)
		all[i] = &both
	}
	slices.SortFunc(all, func(a, b *Language) int { return strings.Compare(a.Name, b.Name) })
	return all
}

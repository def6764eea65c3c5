package cloud

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rclone/rclone/fs"
	"github.com/rclone/rclone/fs/config/obscure"

	"github.com/varve-backup/varve/backends"
)

// libraryName is an option's name with the library's underscores.
func libraryName(name string) string { return strings.ReplaceAll(name, "-", "_") }

// ourName is an option's name with our dashes.
func ourName(name string) string { return strings.ReplaceAll(name, "_", "-") }

// options lists what can be set: the service's own in front, and behind them
// what else the library has.
func (s *service) options() []backends.Option {
	table := s.table()
	var all []backends.Option
	named := map[string]bool{}
	for _, o := range s.kind.Options {
		if l := table[libraryName(o.Name)]; l != nil {
			o = fill(o, s.translate(l))
		}
		all, named[o.Name] = append(all, o), true
	}
	info, err := fs.Find(s.library)
	if err != nil {
		return all
	}
	for i := range info.Options {
		o := &info.Options[i]
		name := ourName(o.Name)
		if named[name] || s.hides(o) || !fs.MatchProvider(o.Provider, s.provider) {
			continue
		}
		t := s.translate(o)
		t.Advanced = true
		all, named[name] = append(all, t), true
	}
	return all
}

// fill takes from the library what a service does not say itself.
func fill(o, l backends.Option) backends.Option {
	o.Type, o.Secret = l.Type, o.Secret || l.Secret
	if o.Default == "" {
		o.Default = l.Default
	}
	if o.Choices == nil {
		o.Choices, o.Closed = l.Choices, l.Closed
	}
	if o.Title == "" {
		o.Title = l.Title
	}
	if o.Help == "" {
		o.Help = l.Help
	}
	return o
}

// translate makes an option of ours from one of the library's.
func (s *service) translate(o *fs.Option) backends.Option {
	t := backends.Option{
		Name: ourName(o.Name), Title: titleOf(o.Name), Help: helpOf(o.Help), Default: o.String(),
		Secret: o.IsPassword || o.Sensitive && secretName.MatchString(o.Name), Required: o.Required && o.String() == "",
	}
	if preset, set := s.preset[o.Name]; set {
		t.Default = preset
	}
	if o.Provider != "" && s.provider == "" {
		t.Only = onlyOf(o.Provider)
	}
	t.Type = typeOf(o, t.Default)
	t.Choices, t.Closed = s.choices(o)
	if t.Type == backends.Text && o.Type() == "Tristate" {
		t.Choices, t.Closed = []backends.Choice{{Value: "unset", Help: "what suits the provider"}, {Value: "true"}, {Value: "false"}}, true
	}
	return t
}

// secretName tells, of what the library calls sensitive, what opens something.
var secretName = regexp.MustCompile(`(^|_)(key|token|secret|credentials|pass|password|2fa|assertion)($|_)|sas_url|connection_string`)

// onlyOf words for which providers an option is there.
func onlyOf(providers string) string {
	if rest, not := strings.CutPrefix(providers, "!"); not {
		return "provider!=" + rest
	}
	return "provider=" + providers
}

// typeOf is the type of an option. What has a default that our types do not
// know, as "off", stays a text.
func typeOf(o *fs.Option, preset string) backends.OptionType {
	types := map[string]backends.OptionType{
		"bool": backends.Switch, "int": backends.Number, "SizeSuffix": backends.Bytes, "Duration": backends.Duration,
	}
	t := types[o.Type()]
	if strings.HasSuffix(o.Name, "_file") && t == backends.Text {
		t = backends.Path
	}
	if (&backends.Option{Type: t}).Check(preset) != nil && preset != "" {
		return backends.Text
	}
	return t
}

// choices are the values that the library knows. Those of one provider say so,
// unless that provider is meant.
func (s *service) choices(o *fs.Option) (all []backends.Choice, closed bool) {
	for _, e := range o.Examples {
		if !fs.MatchProvider(e.Provider, s.provider) || slices.ContainsFunc(all, func(c backends.Choice) bool { return c.Value == e.Value }) {
			continue
		}
		help := helpOf(e.Help)
		if e.Provider != "" && s.provider == "" && !strings.HasPrefix(e.Provider, "!") {
			help = strings.ReplaceAll(e.Provider, ",", ", ") + ": " + help
		}
		all = append(all, backends.Choice{Value: e.Value, Help: help})
	}
	return all, o.Exclusive && len(all) > 0
}

// titleOf makes a label from a name.
func titleOf(name string) string {
	words := strings.Split(name, "_")
	for i, w := range words {
		switch w {
		case "id", "url", "acl", "sse", "kms", "arn", "mtime", "http2", "sts", "sas", "sdk", "md5", "api", "ftp", "tls", "ip":
			words[i] = strings.ToUpper(w)
		}
	}
	words[0] = strings.ToUpper(words[0][:1]) + words[0][1:]
	return strings.Join(words, " ")
}

var (
	// library is how the library calls itself in its texts. It means the
	// program around it, and that is us.
	library = regexp.MustCompile(`(?i)\brclone('s)?\b`)
	// link is a reference into the library's own pages, or with Markdown.
	link = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)|https?://\S*rclone\.org\S*`)
)

// helpOf is the first paragraph of a text, in one line.
func helpOf(text string) string {
	text, _, _ = strings.Cut(strings.TrimSpace(text), "\n\n")
	text = link.ReplaceAllString(text, "$1")
	return library.ReplaceAllString(strings.Join(strings.Fields(text), " "), "Varve$1")
}

// libraryValue is a value in the library's form.
func libraryValue(o *backends.Option, l *fs.Option, value string) (string, error) {
	switch {
	case value == "":
		return "", nil
	case o.Type == backends.Bytes:
		n, err := backends.ParseBytes(value)
		if err != nil {
			return "", fmt.Errorf("%w: %s: %w", backends.ErrConfig, o.Name, err)
		}
		return strconv.FormatInt(n, 10) + "B", nil
	case o.Type == backends.Duration:
		d, err := time.ParseDuration(value)
		if err != nil {
			return "", fmt.Errorf("%w: %s: %w", backends.ErrConfig, o.Name, err)
		}
		return d.String(), nil
	case l.IsPassword:
		return obscure.Obscure(value)
	}
	return value, nil
}

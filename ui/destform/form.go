// Package destform is the form for a destination without its looks: it makes
// fields of what a kind of destination has, and an address and options of what
// was typed there. Start with New; Offers groups the kinds for a choice.
package destform

import (
	"cmp"
	"slices"
	"strings"

	"github.com/varve-backup/varve/engine/destination"
	"github.com/varve-backup/varve/ui/lang"
)

// Field is one thing to type or to choose: a part of the address, or an option.
type Field struct {
	destination.Option
	// Key is what Set and Value know the field by.
	Key string
	// Hint stands in an empty field.
	Hint string
	// Ways are its values where they are few; Help is that of the chosen one.
	Ways []Way
}

// The keys of the parts of an address. Those of its path are made of the words
// of the kind's form, as "@bucket"; the key of an option is its name.
const (
	KeyScheme   = "@scheme"
	KeyHost     = "@host"
	KeyPort     = "@port"
	KeyUser     = "@user"
	KeyPassword = "@password"
	KeyModule   = "@module"
	// KeyAddress is a whole address, of a kind whose form says nothing.
	KeyAddress = "@address"
)

// Form is a form being filled in.
type Form struct {
	kind     destination.Kind
	patterns []pattern
	// others are the kinds that an address may be of, for Another.
	others []destination.Kind
	values map[string]string
	// list: it is of several destinations; member: of one of them.
	list, member bool
	// begins: its address need not name a folder.
	begins bool
}

// New makes the form of a kind, with what most people want chosen already.
func New(k destination.Kind) *Form {
	f := &Form{kind: k, patterns: patterns(k.Form), values: map[string]string{}}
	if all := f.schemes(); len(all) > 1 {
		f.values[KeyScheme] = safest(all)
	}
	for _, o := range k.Options {
		if o.Name == provider && o.Default == "" && len(o.Choices) > 0 {
			f.values[provider] = o.Choices[0].Value
		}
	}
	return f
}

// Another makes a form in which a whole address is typed. Its options are those
// of the kind that the address is of.
func Another(kinds []destination.Kind) *Form {
	return &Form{others: kinds, values: map[string]string{}}
}

// Kind is what the form is for; it has no name while that is not known.
func (f *Form) Kind() *destination.Kind {
	if f.others == nil {
		return &f.kind
	}
	scheme, _, _ := strings.Cut(strings.ToLower(f.Value(KeyAddress)), "://")
	scheme = scheme[strings.IndexByte(scheme, '+')+1:]
	whole, _, _ := strings.Cut(strings.ToLower(f.Value(KeyAddress)), "://")
	for i := range f.others {
		if k := &f.others[i]; slices.Contains(k.Schemes, scheme) || slices.Contains(k.Schemes, whole) {
			return k
		}
	}
	return &f.kind
}

// Value is what a field holds, without room around it.
func (f *Form) Value(key string) string {
	if key == KeyPassword {
		return f.values[key]
	}
	return strings.TrimSpace(f.values[key])
}

// given is the value of a part of the address that counts.
func (f *Form) given(key string) string {
	if (key == KeyHost || key == KeyPort) && f.knowsHost() {
		return ""
	}
	return f.Value(key)
}

// knowsHost tells that the server is known, and not asked for: it is Amazon's.
func (f *Form) knowsHost() bool {
	return f.Value(provider) == "AWS" && slices.ContainsFunc(f.patterns, func(p pattern) bool { return p.host == "" })
}

// Set fills a field in.
func (f *Form) Set(key, value string) { f.values[key] = value }

// Fields lists the fields that are there now, those that hardly anybody needs
// last. What is chosen in one may bring or take another.
func (f *Form) Fields() []Field {
	var first, advanced []Field
	fields := f.addressFields()
	for _, o := range f.options() {
		field := Field{Option: o, Key: o.Name, Hint: hintOf(&o)}
		field.Choices = f.suitable(o.Choices)
		if f.list {
			f.reword(&field)
		}
		switch {
		case o.Advanced:
			advanced = append(advanced, field)
		case o.Name == provider:
			first = append(first, field) // the address depends on it
		default:
			fields = append(fields, field)
		}
	}
	fields = slices.Concat(first, fields, advanced)
	for i := range fields {
		fields[i].translate()
	}
	return fields
}

// translate says the texts of a field in the person's language. They are English
// until here: some of them are compared. The tables of kinds that few people
// meet have texts without a translation, which stay English.
func (f *Field) translate() {
	f.Title, f.Help = lang.T(f.Title), lang.T(f.Help)
	f.Choices, f.Ways = slices.Clone(f.Choices), slices.Clone(f.Ways)
	for i := range f.Choices {
		f.Choices[i].Help = lang.T(f.Choices[i].Help)
	}
	for i := range f.Ways {
		f.Ways[i].Label, f.Ways[i].Help = lang.T(f.Ways[i].Label), lang.T(f.Ways[i].Help)
	}
}

// options are those of the kind that count now.
func (f *Form) options() (shown []destination.Option) {
	k := f.Kind()
	parts := f.addressFields()
	for _, o := range slices.Concat(k.Options, Common(k)) {
		twice := slices.ContainsFunc(parts, func(x Field) bool { return strings.EqualFold(x.Title, o.Title) })
		if twice || o.Name == endpoint && f.has(KeyHost) || !f.applies(&o, k) || f.member && !f.listed(&o) {
			continue
		}
		// A name opens nothing, whatever it is the name of.
		o.Secret = o.Secret && !strings.HasSuffix(o.Name, "-id")
		o.Advanced = o.Advanced || slices.Contains(instead, o.Name) && destination.Browsable(k.Name)
		shown = append(shown, o)
	}
	return shown
}

// instead are the options that take the place of a login in the browser.
var instead = []string{"token", "client-id", "client-secret"}

// endpoint is the option for a server that an address names as its host.
const endpoint = "endpoint"

// applies tells whether an option counts beside what others are set to.
func (f *Form) applies(o *destination.Option, k *destination.Kind) bool {
	name, values, only := strings.Cut(o.Only, "=")
	if !only {
		return true
	}
	name, not := strings.CutSuffix(name, "!")
	i := slices.IndexFunc(k.Options, func(x destination.Option) bool { return x.Name == name })
	if i < 0 {
		return true
	}
	is := cmp.Or(f.Value(name), k.Options[i].Default)
	return slices.Contains(strings.Split(values, ","), is) != not
}

// provider is the option that others depend on in what they may be.
const provider = "provider"

// suitable are the choices for the provider that is chosen: what is of others
// says so in front of its text.
func (f *Form) suitable(choices []destination.Choice) []destination.Choice {
	chosen := f.Value(provider)
	if chosen == "" || chosen == "Other" {
		return choices
	}
	k := f.Kind()
	i := slices.IndexFunc(k.Options, func(o destination.Option) bool { return o.Name == provider })
	if i < 0 {
		return choices
	}
	known := k.Options[i].Choices
	var fit []destination.Choice
	for _, c := range choices {
		names, rest, found := strings.Cut(c.Help, ": ")
		list := strings.Split(names, ", ")
		if !found || !slices.ContainsFunc(known, func(p destination.Choice) bool { return slices.Contains(list, p.Value) }) {
			fit = append(fit, c)
			continue
		}
		if slices.Contains(list, chosen) {
			fit = append(fit, destination.Choice{Value: c.Value, Help: rest})
		}
	}
	return fit
}

// schemes are those that there is a choice of.
func (f *Form) schemes() []string {
	if len(f.patterns) == 0 {
		return nil
	}
	return f.patterns[0].schemes
}

// has tells whether some form of the address has a part.
func (f *Form) has(key string) bool {
	return slices.ContainsFunc(f.patterns, func(p pattern) bool { return slices.Contains(p.keys(), key) })
}

// keys are those of the parts that an address of that form can have.
func (p *pattern) keys() (all []string) {
	add := func(there bool, key string) {
		if there {
			all = append(all, key)
		}
	}
	add(p.host != "", KeyHost)
	add(p.port, KeyPort)
	add(p.user != "", KeyUser)
	add(p.password != "" || p.asks(), KeyPassword)
	add(p.module != "", KeyModule)
	for _, x := range p.parts {
		all = append(all, "@"+x.name)
	}
	return all
}

// asks tells of a server that may want a password, although its addresses
// have no room for one.
func (p *pattern) asks() bool { return slices.Contains(p.schemes, "sftp") }

// required are the keys that an address of that form cannot be without.
func (p *pattern) required() (all []string) {
	if p.host != "" {
		all = append(all, KeyHost)
	}
	if p.named {
		all = append(all, KeyUser)
	}
	for _, x := range p.parts {
		if !x.optional {
			all = append(all, "@"+x.name)
		}
	}
	if p.module != "" {
		all = append(all, KeyModule)
	}
	return all
}

// inPath tells the key of a part of the path.
func (p *pattern) inPath(key string) bool {
	return slices.ContainsFunc(p.parts, func(x part) bool { return "@"+x.name == key })
}

// chosen is the form of the address that what was typed fits: the first one
// that holds all of it and lacks nothing; or else the first.
func (f *Form) chosen() *pattern {
	for i := range f.patterns {
		p := &f.patterns[i]
		lacks := slices.ContainsFunc(p.required(), func(k string) bool { return f.given(k) == "" && !(f.begins && p.inPath(k)) })
		keys := p.keys()
		loses := false
		for key := range f.values {
			if key[0] == '@' && key != KeyScheme && f.given(key) != "" && !slices.Contains(keys, key) {
				loses = true
			}
		}
		if !lacks && !loses {
			return p
		}
	}
	return &f.patterns[0]
}

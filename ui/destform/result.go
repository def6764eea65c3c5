package destform

import (
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/varve-backup/varve/engine/destination"
)

// Result is what a form says.
type Result struct {
	// URL has no password.
	URL string
	// Options are set apart from their defaults; none of them is secret.
	Options map[string]string
	// Password opens the account; Secrets are options that are secret.
	Password string
	Secrets  map[string]string
}

// Result makes an address and options of what was typed. It is of use when
// Complete holds.
func (f *Form) Result() Result {
	r := Result{Password: f.Value(KeyPassword), Options: map[string]string{}, Secrets: map[string]string{}}
	r.URL = f.url()
	if len(f.patterns) == 0 {
		var inside string
		if r.URL, inside = withoutPassword(r.URL); r.Password == "" {
			r.Password = inside
		}
	}
	for _, o := range f.options() {
		v := f.Value(o.Name)
		switch {
		case v == "" || v == o.Default:
		case o.Secret:
			r.Secrets[o.Name] = v
		default:
			r.Options[o.Name] = v
		}
	}
	f.addPlain(&r)
	return r
}

// unencrypted is duplicity's flag for a service that is reached by http.
const unencrypted = "s3-unencrypted-connection"

// addPlain takes "http://" in front of a host for what it says, where the kind
// has a way to say it.
func (f *Form) addPlain(r *Result) {
	plain := strings.HasPrefix(strings.ToLower(f.given(KeyHost)), "http://")
	if plain && slices.ContainsFunc(f.kind.Flags, func(o destination.Option) bool { return o.Name == unencrypted }) {
		r.Options[unencrypted] = "true"
	}
}

func (f *Form) url() string {
	if f.list {
		return ""
	}
	if len(f.patterns) == 0 {
		return f.Value(KeyAddress)
	}
	p := f.chosen()
	var b strings.Builder
	b.WriteString(f.scheme() + "://")
	if user := f.Value(KeyUser); p.user != "" && user != "" {
		b.WriteString(escape(user, "") + "@")
	}
	if p.host != "" {
		b.WriteString(f.hostPort())
	}
	b.WriteString(p.service)
	if p.module != "" {
		b.WriteString("::" + escape(f.Value(KeyModule), ""))
	}
	path := f.path(p)
	if path != "" && (p.hasServer() || p.slash) {
		b.WriteByte('/')
	}
	b.WriteString(escape(path, "/"))
	return b.String()
}

// scheme is that of the form of the address that fits.
func (f *Form) scheme() string {
	p := f.chosen()
	if s := f.Value(KeyScheme); slices.Contains(p.schemes, s) {
		return s
	}
	return safest(p.schemes)
}

// split takes "https://host:443/path" apart, which is what people paste.
func (f *Form) split() (host, port, path string) {
	host = f.given(KeyHost)
	if i := strings.Index(host, "://"); i >= 0 {
		host = host[i+3:]
	}
	host, path, _ = strings.Cut(host, "/")
	port = f.given(KeyPort)
	if h, p, err := net.SplitHostPort(host); err == nil {
		host = h
		if port == "" {
			port = p
		}
	}
	return strings.Trim(host, "[]"), port, path
}

func (f *Form) hostPort() string {
	host, port, _ := f.split()
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port != "" {
		host += ":" + port
	}
	return host
}

// path joins the parts of the path. A slash in front is kept where it says
// something, and "~" is what there is without one.
func (f *Form) path(p *pattern) string {
	var all []string
	if _, _, pasted := f.split(); p.host != "" && strings.Trim(pasted, "/") != "" {
		all = append(all, strings.Trim(pasted, "/"))
	}
	for i, x := range p.parts {
		v := f.Value("@" + x.name)
		if v == "~" || strings.HasPrefix(v, "~/") {
			v = strings.TrimPrefix(v[1:], "/")
		}
		rooted := i == 0 && p.absolute && strings.HasPrefix(v, "/")
		v = strings.Trim(v, "/")
		if rooted {
			v = "/" + v
		}
		if v != "" {
			all = append(all, v)
		}
	}
	return strings.Join(all, "/")
}

// escape keeps letters, digits, and what else has no meaning in an address.
func escape(s, keep string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-._~"+keep, c) >= 0:
			b.WriteByte(c)
		default:
			b.WriteString("%" + strings.ToUpper(strconv.FormatUint(uint64(c)|0x100, 16)[1:]))
		}
	}
	return b.String()
}

// withoutPassword takes the password out of an address.
func withoutPassword(url string) (clean, password string) {
	a, err := destination.Parse(url)
	if err != nil || !a.HasPassword {
		return url, ""
	}
	scheme, rest, _ := strings.Cut(url, "://")
	authority, path, slash := strings.Cut(rest, "/")
	if slash {
		path = "/" + path
	}
	at := strings.LastIndexByte(authority, '@')
	user, _, _ := strings.Cut(authority[:at], ":")
	return scheme + "://" + user + authority[at:] + path, a.Password
}

// Read makes the form that an address and options came from; ok is false when
// none of the kinds has such addresses, and for folders of this computer.
func Read(kinds []destination.Kind, url string, options map[string]string) (f *Form, ok bool) {
	a, err := destination.Parse(url)
	if err != nil {
		return nil, false
	}
	i := slices.IndexFunc(kinds, func(k destination.Kind) bool { return slices.Contains(k.Schemes, a.Scheme) })
	if i < 0 || a.Scheme == "file" {
		return nil, false
	}
	f = New(kinds[i])
	if a.Host != "" && f.Value(provider) != "" {
		f.Set(provider, "Other")
	}
	for name, value := range options {
		f.Set(name, value)
	}
	if options[unencrypted] == "true" {
		a.Host = "http://" + a.Host
	}
	f.Set(KeyPassword, a.Password)
	p := f.patternFor(a.Scheme, a.Host != "", a.Module != "")
	if p == nil || a.Prefix != "" || a.Parity || len(a.Query) > 0 {
		f.patterns, f.others = nil, kinds
		clean, _ := withoutPassword(url)
		f.Set(KeyAddress, clean)
		return f, true
	}
	f.Set(KeyScheme, a.Scheme)
	f.Set(KeyUser, a.User)
	f.Set(KeyHost, a.Host)
	f.Set(KeyModule, a.Module)
	if a.Port != 0 {
		f.Set(KeyPort, strconv.Itoa(a.Port))
	}
	f.readPath(p, a.Path)
	return f, true
}

func (f *Form) patternFor(scheme string, host, module bool) *pattern {
	for i := range f.patterns {
		p := &f.patterns[i]
		if slices.Contains(p.schemes, scheme) && p.hasServer() == host && (p.module != "") == module {
			return p
		}
	}
	return nil
}

func (f *Form) readPath(p *pattern, path string) {
	if p.hasServer() {
		path = strings.TrimPrefix(path, "/")
	}
	for i, x := range p.parts {
		if i == len(p.parts)-1 {
			f.Set("@"+x.name, path)
			break
		}
		var one string
		one, path, _ = strings.Cut(path, "/")
		f.Set("@"+x.name, one)
	}
}

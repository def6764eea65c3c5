package sftp

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kevinburke/ssh_config"

	"github.com/varve-backup/varve/backends"
)

// systemConfig is what counts for all users.
const systemConfig = "/etc/ssh/ssh_config"

// place is what is known of a server before anything is looked up: from an
// address, or from the list of jump hosts.
type place struct {
	host, user string
	port       int
}

// target is a server and the way to it: what the address, the options and the
// configuration of ssh say together.
type target struct {
	// alias is the name that the user gives it, host the one on the net.
	alias, host, user string
	port              int

	identities []string
	// named: somebody chose the identities, so that they must be there.
	named, identitiesOnly bool
	agent                 string
	preferred             []string

	jump, proxyCommand string
	bind, network      string
	connectTimeout     time.Duration
	aliveInterval      time.Duration
	aliveCount         int

	knownHosts []string
	// addTo is the one of those that new keys are added to.
	addTo string

	hostKeyAlias, strict string
	ciphers, macs, kex   []string
	hostKeyAlgorithms    []string
	// silent: nobody may be asked.
	silent bool
}

// settings looks settings up; the first that says something counts.
type settings struct {
	given given
	files []*ssh_config.Config
	alias string
	env   func(string) string
	home  string
}

// newSettings reads the configuration of ssh for a host.
func newSettings(alias string, g given, env func(string) string) (*settings, error) {
	s := &settings{given: g, alias: alias, env: env, home: env("HOME")}
	if s.home == "" {
		if u, err := user.Current(); err == nil {
			s.home = u.HomeDir
		}
	}
	paths := []string{filepath.Join(s.home, ".ssh", "config"), systemConfig}
	explicit := g.all(configFile)
	switch {
	case len(explicit) > 0 && explicit[0] == "none":
		return s, nil
	case len(explicit) > 0:
		paths = explicit[:1]
	}
	for _, path := range paths {
		config, err := readConfig(path)
		if errors.Is(err, fs.ErrNotExist) && len(explicit) == 0 {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("%w: reading the configuration of ssh, which -F none in ssh-options leaves out: %w", backends.ErrConfig, err)
		}
		s.files = append(s.files, config)
	}
	return s, nil
}

func readConfig(path string) (*ssh_config.Config, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	config, err := ssh_config.DecodeBytes(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %s", path, oneLine(err.Error()))
	}
	return config, nil
}

// all returns every value that a setting has.
func (s *settings) all(key string) []string {
	values := s.given.all(key)
	for _, f := range s.files {
		more, err := f.GetAll(s.alias, key)
		if err != nil {
			continue // the parser makes no such nodes
		}
		values = append(values, more...)
	}
	return values
}

// get returns the value that counts, or other.
func (s *settings) get(key, other string) string {
	if values := s.all(key); len(values) > 0 {
		return values[0]
	}
	return other
}

// number returns a setting that is a number, 0 when it is not set.
func (s *settings) number(key string, problems *[]error) int {
	text := s.get(key, "0")
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > 1<<20 {
		*problems = append(*problems, fmt.Errorf("%s cannot be %q", key, text))
		return 0
	}
	return n
}

// yes reads a setting that is yes or no.
func (s *settings) yes(key string) bool {
	v := strings.ToLower(s.get(key, "no"))
	return v == "yes" || v == "true"
}

// resolve finds out how to get to a server.
func resolve(p place, s *settings) (*target, error) {
	var problems []error
	t := &target{
		alias: p.host, user: p.user,
		connectTimeout: time.Duration(s.number("connecttimeout", &problems)) * time.Second,
		aliveInterval:  time.Duration(s.number("serveraliveinterval", &problems)) * time.Second,
		aliveCount:     s.number("serveralivecountmax", &problems),
		bind:           s.get("bindaddress", ""), hostKeyAlias: s.get("hostkeyalias", ""), identitiesOnly: s.yes("identitiesonly"),
		jump: s.get("proxyjump", ""), proxyCommand: s.get("proxycommand", ""), silent: s.yes("batchmode"),
		strict:    strings.ToLower(s.get("stricthostkeychecking", "ask")),
		preferred: strings.Split(s.get("preferredauthentications", "publickey,keyboard-interactive,password"), ","),
	}
	t.port = cmp.Or(p.port, s.number("port", &problems), 22)
	if t.user == "" {
		t.user = s.get("user", localUser(s.env))
	}
	t.host = strings.NewReplacer("%h", p.host, "%%", "%").Replace(s.get("hostname", p.host))
	t.proxyCommand = t.expand(t.proxyCommand, s)
	network, ok := map[string]string{"any": "tcp", "inet": "tcp4", "inet6": "tcp6"}[strings.ToLower(s.get("addressfamily", "any"))]
	if t.network = network; !ok {
		problems = append(problems, fmt.Errorf("addressfamily cannot be %q", s.get("addressfamily", "")))
	}
	problems = append(problems, t.chooseAlgorithms(s), t.chooseFiles(s))
	if err := firstOf(problems); err != nil {
		return nil, fmt.Errorf("%w: ssh to %s: %w", backends.ErrConfig, p.host, err)
	}
	return t, nil
}

func firstOf(errs []error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// localUser is who the server is told that one is, if nobody says.
func localUser(env func(string) string) string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return env("USER")
}

// chooseFiles takes the settings that are names of files.
func (t *target) chooseFiles(s *settings) error {
	for _, path := range s.given.all("identityfile") {
		t.identities = append(t.identities, t.expand(path, s))
	}
	t.named = len(t.identities) > 0
	configured := s.all("identityfile")[len(t.identities):]
	for _, path := range configured {
		t.identities = append(t.identities, t.expand(path, s))
	}
	if len(t.identities) == 0 {
		for _, name := range []string{"id_ed25519", "id_ecdsa", "id_rsa"} {
			t.identities = append(t.identities, filepath.Join(s.home, ".ssh", name))
		}
	}
	switch agent := s.get("identityagent", "SSH_AUTH_SOCK"); agent {
	case "none":
	case "SSH_AUTH_SOCK":
		t.agent = s.env(agent)
	default:
		t.agent = t.expand(agent, s)
	}
	mine, err := t.files(s, "userknownhostsfile", "~/.ssh/known_hosts ~/.ssh/known_hosts2")
	if err != nil {
		return err
	}
	if len(mine) > 0 {
		t.addTo = mine[0]
	}
	everybodys, err := t.files(s, "globalknownhostsfile", "/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2")
	t.knownHosts = slices.Concat(mine, everybodys)
	return err
}

// files reads a setting that names several.
func (t *target) files(s *settings, key, usual string) ([]string, error) {
	text := s.get(key, usual)
	if strings.EqualFold(text, "none") {
		return nil, nil
	}
	paths, err := words(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	for i, path := range paths {
		paths[i] = t.expand(path, s)
	}
	return paths, nil
}

// expand replaces what ssh replaces in names of files and in commands.
func (t *target) expand(text string, s *settings) string {
	if rest, ok := strings.CutPrefix(text, "~/"); ok {
		text = filepath.Join(s.home, rest)
	}
	name, _ := os.Hostname()
	text = strings.NewReplacer(
		"%%", "%", "%d", s.home, "%h", t.host, "%n", t.alias, "%p", strconv.Itoa(t.port), "%r", t.user,
		"%u", localUser(s.env), "%i", strconv.Itoa(os.Getuid()), "%l", name,
	).Replace(text)
	return expandEnv(text, s.env)
}

// expandEnv replaces ${NAME}, and nothing else that looks like a variable.
func expandEnv(text string, env func(string) string) string {
	before, rest, found := strings.Cut(text, "${")
	if !found {
		return text
	}
	name, after, closed := strings.Cut(rest, "}")
	if !closed {
		return text
	}
	return before + env(name) + expandEnv(after, env)
}

// address is where it listens.
func (t *target) address() string { return net.JoinHostPort(t.host, strconv.Itoa(t.port)) }

// keyName is what it is called in files of host keys.
func (t *target) keyName() string {
	if t.hostKeyAlias != "" {
		return net.JoinHostPort(t.hostKeyAlias, "22")
	}
	return t.address()
}

// hops reads a list of jump hosts: "[user@]host[:port]" or ssh:// of that, with
// commas between.
func hops(list string) ([]place, error) {
	if list == "" || strings.EqualFold(list, "none") {
		return nil, nil
	}
	var all []place
	for text := range strings.SplitSeq(list, ",") {
		p, err := hop(strings.TrimPrefix(strings.TrimSpace(text), "ssh://"))
		if err != nil {
			return nil, fmt.Errorf("%w: jump host %q: %w", backends.ErrConfig, text, err)
		}
		all = append(all, p)
	}
	return all, nil
}

func hop(text string) (p place, err error) {
	if i := strings.LastIndexByte(text, '@'); i >= 0 {
		p.user, text = text[:i], text[i+1:]
	}
	p.host = strings.TrimSuffix(strings.TrimPrefix(text, "["), "]")
	if strings.Count(text, ":") == 1 || strings.Contains(text, "]:") {
		var port string
		if p.host, port, err = net.SplitHostPort(text); err != nil {
			return place{}, err
		}
		if p.port, err = strconv.Atoi(port); err != nil || p.port < 1 || p.port > 65535 {
			return place{}, errors.New("the port is not a number from 1 to 65535")
		}
	}
	if p.host == "" {
		return place{}, errors.New("it has no name")
	}
	return p, nil
}

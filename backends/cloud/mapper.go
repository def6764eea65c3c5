package cloud

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"

	"github.com/rclone/rclone/fs"

	"github.com/varve-backup/varve/backends"
)

// mapper gives the library its settings, and takes the tokens that it renews,
// from any goroutine.
type mapper struct {
	defaults map[string]string

	mu     sync.Mutex
	values map[string]string // guarded by mu
	err    error             // guarded by mu: why a token could not be kept
	// keep makes a login durable; nil keeps nothing.
	keep func(login string) error
}

// newMapper answers with values, and where there is none with what the library
// has as a default: it does not put those in itself.
func newMapper(info *fs.RegInfo, provider string, values map[string]string) *mapper {
	m := &mapper{defaults: map[string]string{}, values: maps.Clone(values)}
	for i := range info.Options {
		o := &info.Options[i]
		if _, there := m.defaults[o.Name]; !there && fs.MatchProvider(o.Provider, provider) {
			m.defaults[o.Name] = o.String()
		}
	}
	return m
}

// Get implements configmap.Getter.
func (m *mapper) Get(key string) (string, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if v, there := m.values[key]; there {
		return v, true
	}
	v, there := m.defaults[key]
	return v, there
}

// Set implements configmap.Setter. A token is kept before the library uses it:
// some services take the old one back at that moment.
func (m *mapper) Set(key, value string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.values[key] == value {
		return
	}
	m.values[key] = value
	if key == tokenOption && m.keep != nil && value != "" {
		m.err = m.keep(writeLogin(m.values))
	}
}

// failed is why the last token could not be kept.
func (m *mapper) failed() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.err == nil {
		return nil
	}
	return fmt.Errorf("keeping the login: %w", m.err)
}

// tokenOption is where the library has a token. loginOptions belong to one:
// whose application it was given to, and what was found out with it.
const tokenOption = "token"

var (
	loginOptions = [...]string{
		tokenOption, "client_id", "client_secret", "hostname", "configVersion", "tokenURL", "username",
		"drive_id", "drive_type", "team_drive", "device", "mountpoint",
	}
	// placeOptions are those of them that an address or an option may overrule.
	placeOptions = loginOptions[7:]
)

// writeLogin is a token with what belongs to it, as one text.
func writeLogin(values map[string]string) string {
	login := map[string]string{}
	for _, name := range loginOptions {
		if v := values[name]; v != "" {
			login[name] = v
		}
	}
	return asJSON(login)
}

var errLogin = errors.New("it is no login as Varve or rclone print one")

// readLogin reads what writeLogin wrote, or a bare token.
func readLogin(text string) (map[string]string, error) {
	text = strings.TrimSpace(text)
	login := map[string]string{}
	if err := json.Unmarshal([]byte(text), &login); err == nil && login[tokenOption] != "" {
		known := map[string]string{}
		for _, name := range loginOptions {
			if v := login[name]; v != "" {
				known[name] = v
			}
		}
		return known, nil
	}
	var bare token
	if err := json.Unmarshal([]byte(text), &bare); err != nil || bare.Access == "" && bare.Refresh == "" {
		return nil, fmt.Errorf("%w: %w", backends.ErrAuth, errLogin)
	}
	if bare.Access == "" {
		text = refreshToken(bare.Refresh)
	}
	return map[string]string{tokenOption: text}, nil
}

// login is the token that was set, with what belongs to it.
func (m *mapper) login() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return writeLogin(m.values)
}

package session

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/destination"
	"github.com/varve-backup/varve/engine/secret"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/destform"
)

// Questions are asked about destinations, from any goroutine. A nil one means
// that nobody can be asked.
type Questions struct {
	// Secret asks for what opens a destination; keep tells that the keyring
	// shall have it.
	Secret func(ctx context.Context, r destination.SecretRequest) (answer string, keep bool, err error)
	// Trust asks whether a server that was never met is the right one.
	Trust func(ctx context.Context, k destination.HostKey) (bool, error)
}

// Answer says who is asked from now on.
func (s *Session) Answer(q Questions) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.questions = q
}

// Login is what opens a destination.
type Login struct {
	// Password is that of the account in the address. Typed: there was a place
	// for it, or for an option in its stead, so that a refusal is shown there
	// and nobody is asked.
	Password string
	Typed    bool
	// Options are those that are secret, by name.
	Options map[string]string
}

// Choice is a destination that may become a job's.
type Choice struct {
	// Destination is a path, or an address without a password.
	Destination string
	Options     map[string]string
	Login       Login
	// Members are several destinations that make one. Destination is of no
	// account then, and mode, onfail and subpath are among Options.
	Members []Member
}

// Test proves that a destination can be used: a file is stored there, read
// back and deleted. Of several, each is tested by itself, and then all as one;
// what failed is a MembersError.
func (s *Session) Test(ctx context.Context, c Choice) (tested engine.Tested, err error) {
	err = s.eachMember(ctx, c, func(ctx context.Context, d engine.Destination) (err error) {
		tested, err = s.engine.Test(ctx, d)
		return err
	})
	if err != nil || len(c.Members) == 1 {
		return tested, err
	}
	d, err := s.chosen(ctx, c)
	if err != nil {
		return tested, err
	}
	d.Encryption.Mode = engine.EncryptNone
	return s.engine.Test(withLogin(ctx, c), d)
}

// LogIn has the person log in to a kind of service in a browser, which page
// opens. What opens the service is in the keyring then; if that does not take
// it, it is returned, for the option "token".
func (s *Session) LogIn(ctx context.Context, kind string, options map[string]string, page func(url string) error) (token string, err error) {
	token, err = s.engine.LogIn(ctx, engine.LoginPlan{Kind: kind, Options: options, Page: page})
	if errors.Is(err, engine.ErrNotKept) {
		return token, nil // it is of use until the program ends
	}
	return "", err
}

// chosen is a choice as the engine takes it.
func (s *Session) chosen(ctx context.Context, c Choice) (engine.Destination, error) {
	c, err := s.settled(c)
	if err != nil {
		return engine.Destination{}, err
	}
	return s.settledAt(ctx, c), nil
}

// settledAt is chosen of a choice that is settled. Settling it again would lose
// how several destinations work together, which is in their address by then.
func (s *Session) settledAt(ctx context.Context, c Choice) engine.Destination {
	d := engine.Destination{URL: c.Destination, Options: maps.Clone(c.Options)}
	if d.Options == nil {
		d.Options = map[string]string{}
	}
	s.addSecrets(ctx, d)
	maps.Copy(d.Options, c.Login.Options)
	return d
}

// attempt is a password that was typed beforehand: one that is refused is shown
// where it was typed, and not asked for again.
type attempt struct {
	account, password string
	typed             bool
}

// attempts is the key of a context with those of a choice.
type attempts struct{}

func withLogin(ctx context.Context, c Choice) context.Context {
	all := []attempt{{destform.Account(URL(c.Destination), c.Options), c.Login.Password, c.Login.Typed}}
	for i := range c.Members {
		m := &c.Members[i]
		all = append(all, attempt{memberAccount(&m.Member), m.Login.Password, m.Login.Typed})
	}
	return context.WithValue(ctx, attempts{}, all)
}

// memberAccount names whom the password of a member belongs to.
func memberAccount(m *destination.Member) string {
	return destform.Account(URL(m.URL), destform.MemberOptions(m))
}

// attemptOf is what was typed for an account.
func attemptOf(ctx context.Context, r destination.SecretRequest) (try attempt, typed bool) {
	all, _ := ctx.Value(attempts{}).([]attempt)
	if r.Kind != destination.Password {
		return try, false
	}
	for _, a := range all {
		if a.typed && a.account == r.Account {
			return a, true
		}
	}
	return try, false
}

var (
	errRefused    = errors.New("it was refused")
	errNotTyped   = errors.New("none was given")
	errNobodyAsks = errors.New("nobody can be asked")
	// ErrNotTrusted: the person said that a server is not the right one, or
	// did not know.
	ErrNotTrusted = errors.New("it was not confirmed")
)

// findSecret looks in memory and keyring before it asks.
func (s *Session) findSecret(ctx context.Context, r destination.SecretRequest) (secret.Text, error) {
	try, trying := attemptOf(ctx, r)
	switch {
	case trying && r.Again:
		return secret.Text{}, fmt.Errorf("%w: %w", destination.ErrAuth, errRefused)
	case trying && try.password != "":
		return secret.New(try.password), nil
	}
	if known := s.knownSecret(ctx, r); known != "" {
		return secret.New(known), nil
	}
	if trying {
		return secret.Text{}, fmt.Errorf("%w: %w", destination.ErrAuth, errNotTyped)
	}
	if ctx.Value(unasked{}) != nil {
		return secret.Text{}, fmt.Errorf("%w: %w", destination.ErrAuth, errUnasked)
	}
	return s.askSecret(ctx, r)
}

// knownSecret is what is at hand, "" nothing. What was refused is forgotten.
func (s *Session) knownSecret(ctx context.Context, r destination.SecretRequest) string {
	if r.Kind == destination.OneTimeCode {
		return ""
	}
	s.mu.Lock()
	if r.Again {
		delete(s.logins, r.Account)
		s.refused[r.Account] = true
	}
	known, refused := s.logins[r.Account], s.refused[r.Account]
	s.mu.Unlock()
	if known != "" || refused {
		return known
	}
	// Whatever is wrong with the keyring, a person can still be asked.
	kept, err := s.secrets.Get(ctx, r.Account)
	if err != nil {
		return ""
	}
	return kept
}

func (s *Session) askSecret(ctx context.Context, r destination.SecretRequest) (secret.Text, error) {
	s.mu.Lock()
	ask := s.questions.Secret
	s.mu.Unlock()
	if ask == nil {
		return secret.Text{}, fmt.Errorf("%w: %w", destination.ErrAuth, errNobodyAsks)
	}
	answer, keep, err := ask(ctx, r)
	if err != nil {
		return secret.Text{}, fmt.Errorf("%w: %w", destination.ErrAuth, err)
	}
	if r.Kind != destination.OneTimeCode {
		s.rememberLogin(r.Account, answer)
		if keep {
			// One that is not kept is asked for after the next start.
			_ = s.secrets.Set(ctx, r.Account, answer)
		}
	}
	return secret.New(answer), nil
}

// rememberLogin keeps a secret until the program ends.
func (s *Session) rememberLogin(account, value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.logins[account] = value
	delete(s.refused, account)
}

// trust asks the person. In the background the answer is no.
func (s *Session) trust(ctx context.Context, k destination.HostKey) (bool, error) {
	s.mu.Lock()
	ask := s.questions.Trust
	s.mu.Unlock()
	switch {
	case ctx.Value(unasked{}) != nil:
		return false, errUnasked
	case ask == nil:
		return false, errNobodyAsks
	}
	yes, err := ask(ctx, k)
	if err == nil && !yes {
		err = ErrNotTrusted
	}
	return yes, err
}

// optionsName is the entry of the keyring for the options of a destination
// that are secret: one object in JSON.
func optionsName(url string) string { return url + " options" }

// addSecrets completes the options of a destination by those that are secret.
func (s *Session) addSecrets(ctx context.Context, d engine.Destination) {
	if strings.HasPrefix(d.URL, "file://") {
		return
	}
	name := optionsName(d.URL)
	s.mu.Lock()
	kept, known := s.logins[name]
	s.mu.Unlock()
	if !known {
		var err error
		kept, err = s.secrets.Get(ctx, name)
		if err != nil && !errors.Is(err, settings.ErrNoSecret) {
			return // a keyring that is locked may be open the next time
		}
		s.rememberLogin(name, kept)
	}
	if kept == "" {
		return
	}
	var secrets map[string]string
	if err := json.Unmarshal([]byte(kept), &secrets); err != nil {
		return // without them the destination says what it lacks
	}
	maps.Copy(d.Options, secrets)
}

// takeLogin remembers what opens a destination, and keeps it in the keyring if
// that is wanted.
func (s *Session) takeLogin(ctx context.Context, c Choice, keep bool) error {
	entries := map[string]string{}
	if c.Login.Password != "" {
		entries[destform.Account(c.Destination, c.Options)] = c.Login.Password
	}
	for i := range c.Members {
		if m := &c.Members[i]; m.Login.Password != "" {
			entries[memberAccount(&m.Member)] = m.Login.Password
		}
	}
	if len(c.Login.Options) > 0 {
		text, err := json.Marshal(c.Login.Options)
		if err != nil {
			return err
		}
		entries[optionsName(c.Destination)] = string(text)
	}
	for name, value := range entries {
		s.rememberLogin(name, value)
		if !keep {
			continue
		}
		if err := s.secrets.Set(ctx, name, value); err != nil {
			return fmt.Errorf("%w: %w", ErrNotKept, err)
		}
	}
	return nil
}

// tokens keeps those of services in the keyring.
type tokens struct{ secrets keyring }

// tokenName is the entry of an account's token.
func tokenName(account string) string { return account + " token" }

// Load implements backends.Tokens.
func (t tokens) Load(ctx context.Context, account string) (string, error) {
	kept, err := t.secrets.Get(ctx, tokenName(account))
	if errors.Is(err, settings.ErrNoSecret) || errors.Is(err, settings.ErrNoKeyring) {
		return "", nil
	}
	return kept, err
}

// Save implements backends.Tokens.
func (t tokens) Save(ctx context.Context, account, token string) error {
	return t.secrets.Set(ctx, tokenName(account), token)
}

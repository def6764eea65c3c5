// Package session is the desktop's memory: it joins the settings to the
// engine, runs jobs in the background, and tells who listens that something
// changed. It knows nothing of windows. Start with Open.
package session

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/destination"
	"github.com/varve-backup/varve/engine/secret"
	"github.com/varve-backup/varve/engine/selection"
	"github.com/varve-backup/varve/settings"
)

// Config says where a session keeps things.
type Config struct {
	DataDir, CacheDir string
	// AskPassphrase asks the person, from any goroutine; nil means that
	// nobody can be asked.
	AskPassphrase func(ctx context.Context, url string) (string, error)
	// Questions are asked about destinations. Answer changes them: the window
	// that asks is made after the session.
	Questions Questions
	// Now is the clock; nil means the system's.
	Now func() time.Time
}

// Session is everything that the windows show. Its methods may be called from
// several goroutines.
type Session struct {
	config  Config
	store   *settings.Store
	secrets keyring
	engine  *engine.Engine
	ctx     context.Context //nolint:containedctx // of the runs in the background
	stop    context.CancelCauseFunc
	running sync.WaitGroup

	mu          sync.Mutex
	runs        map[int64]*Run // by job
	removing    map[int64]bool // jobs of which versions are removed now
	questions   Questions
	passphrases map[string]string
	logins      map[string]string // secrets of destinations, by their names in the keyring
	refused     map[string]bool   // what the keyring holds for these does not open them
	listeners   []func()
	shelves     map[string]*shelf // of catalogs
}

// keyring is where secrets are kept: a *settings.Secrets.
type keyring interface {
	Get(ctx context.Context, name string) (string, error)
	Set(ctx context.Context, name, value string) error
	Delete(ctx context.Context, name string) error
	Available(ctx context.Context) error
}

// service is the name of our entries in the keyring.
const service = "varve"

// Open opens the settings. Close ends the session.
func Open(ctx context.Context, c Config) (*Session, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	store, err := settings.Open(ctx, c.DataDir)
	if err != nil {
		return nil, err
	}
	s := &Session{
		config: c, store: store, secrets: settings.NewSecrets(service), questions: c.Questions,
		runs: map[int64]*Run{}, passphrases: map[string]string{}, logins: map[string]string{}, refused: map[string]bool{},
		shelves: map[string]*shelf{}, removing: map[int64]bool{},
	}
	s.ctx, s.stop = context.WithCancelCause(context.WithoutCancel(ctx))
	s.engine = engine.New(engine.Config{
		ArchiveDir: c.CacheDir, Program: "varve",
		Questions: engine.Questions{Passphrase: s.findPassphrase, Secret: s.findSecret, Trust: s.trust},
		Tokens:    tokens{s.secrets},
	})
	s.sweepLists(ctx)
	s.running.Go(func() { s.learnPresent(s.ctx) })
	return s, nil
}

// errQuit is why runs end with the program.
var errQuit = errors.New("Varve was closed")

// Close stops what runs, in good order, and closes catalogs and settings.
func (s *Session) Close() error {
	s.stop(errQuit)
	s.running.Wait()
	return errors.Join(s.closeShelves(), s.store.Close())
}

// Listen calls f after every change, from any goroutine.
func (s *Session) Listen(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listeners = append(s.listeners, f)
}

func (s *Session) changed() {
	s.mu.Lock()
	listeners := slices.Clone(s.listeners)
	s.mu.Unlock()
	for _, f := range listeners {
		f()
	}
}

// Preference returns a choice, "" when none was made.
func (s *Session) Preference(ctx context.Context, name string) (string, error) {
	return s.store.Preference(ctx, name)
}

// SetPreference keeps a choice.
func (s *Session) SetPreference(ctx context.Context, name, value string) error {
	return s.store.SetPreference(ctx, name, value)
}

// Keyring returns nil when secrets can be kept.
func (s *Session) Keyring(ctx context.Context) error { return s.secrets.Available(ctx) }

// findPassphrase looks in memory and keyring before it asks.
func (s *Session) findPassphrase(ctx context.Context, q engine.PassphraseQuestion) (secret.Text, error) {
	s.mu.Lock()
	known, refused := s.passphrases[q.URL], s.refused[q.URL]
	s.mu.Unlock()
	if known != "" {
		return secret.New(known), nil
	}
	if !refused {
		if kept, err := s.secrets.Get(ctx, q.URL); err == nil && kept != "" {
			return secret.New(kept), nil
		}
	}
	if ctx.Value(unasked{}) != nil {
		return secret.Text{}, errUnasked
	}
	if s.config.AskPassphrase == nil {
		return secret.Text{}, errors.New("nobody can be asked")
	}
	answer, err := s.config.AskPassphrase(ctx, q.URL)
	if err != nil {
		return secret.Text{}, err
	}
	s.Remember(q.URL, answer)
	return secret.New(answer), nil
}

// Remember keeps a passphrase until the program ends.
func (s *Session) Remember(url, passphrase string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.passphrases[url] = passphrase
}

// Forget drops a passphrase that turned out to be wrong. The keyring is not
// asked for it again, or there would be no way to type the right one.
func (s *Session) Forget(url string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.passphrases, url)
	s.refused[url] = true
}

// correct puts the passphrase that opened a backup into the keyring, in place
// of one there that did not.
func (s *Session) correct(ctx context.Context, url string) error {
	s.mu.Lock()
	right, refused := s.passphrases[url], s.refused[url]
	delete(s.refused, url)
	s.mu.Unlock()
	if !refused || right == "" {
		return nil
	}
	if _, err := s.secrets.Get(ctx, url); err != nil {
		return nil //nolint:nilerr // without one in the keyring there is nothing to correct
	}
	return s.secrets.Set(ctx, url, right)
}

// ErrNotKept: the keyring did not take a passphrase or a password.
var ErrNotKept = errors.New("keeping the passphrase")

// NewJob is what the wizard learnt.
type NewJob struct {
	Folders []string
	Choice  // of the destination
	// KeepLogin puts what opens the destination into the keyring.
	KeepLogin  bool
	Encrypted  bool
	Passphrase string
	// Keep puts the passphrase into the keyring.
	Keep bool
	// Keeping says how long versions stay; AskFirst removes none of those that are
	// there already before a person agreed.
	Keeping
	AskFirst bool
}

// AddJob saves a job.
func (s *Session) AddJob(ctx context.Context, n NewJob) (int64, error) {
	c, err := s.settled(n.Choice)
	if err != nil {
		return 0, err
	}
	j := settings.Job{
		Name: nameOf(n.Folders), Folders: n.Folders, Destination: c.Destination, Options: c.Options, Encryption: settings.None,
		Retention: n.Text, FullEvery: n.FullEvery,
	}
	if err := s.takeLogin(ctx, c, n.KeepLogin); err != nil {
		return 0, err
	}
	if n.Encrypted {
		j.Encryption = settings.Passphrase
		s.Remember(j.Destination, n.Passphrase)
		if n.Keep {
			if err := s.secrets.Set(ctx, j.Destination, n.Passphrase); err != nil {
				return 0, fmt.Errorf("%w: %w", ErrNotKept, err)
			}
		}
	}
	err = s.store.SaveJob(ctx, &j)
	if err == nil && n.AskFirst {
		err = s.SetRetention(ctx, j.ID, n.Keeping, true)
	}
	s.changed()
	return j.ID, err
}

// RemoveJob forgets a job, and what opens its destination unless another job
// needs that too. What it stored stays where it is. The passphrase of what is
// stored stays in the keyring unless passphrase is set: without it, nobody could
// restore anything.
func (s *Session) RemoveJob(ctx context.Context, id int64, passphrase bool) error {
	s.StopRun(id)
	job, err := s.store.Job(ctx, id)
	if err != nil {
		return err
	}
	if err := s.store.DeleteJob(ctx, id); err != nil {
		return err
	}
	err = s.forgetLogins(ctx, &job, passphrase)
	s.changed()
	return err
}

// URL is the address of a local folder; an address stays what it is.
func URL(path string) string {
	if destination.IsURL(path) {
		return path
	}
	return "file://" + strings.ReplaceAll(path, "%", "%25")
}

// Path is the folder of a local address; any other address stays what it is.
func Path(url string) string {
	path, local := strings.CutPrefix(url, "file://")
	if !local {
		return url
	}
	return strings.ReplaceAll(path, "%25", "%")
}

// nameOf names a job after its folders.
func nameOf(folders []string) string {
	var names []string
	for _, f := range folders {
		names = append(names, filepath.Base(f))
	}
	switch n := len(names); {
	case n <= 2:
		return strings.Join(names, " and ")
	default:
		return fmt.Sprintf("%s and %d more", names[0], n-1)
	}
}

// conditions are a job's rules as the engine takes them.
func conditions(rules []settings.Rule) []selection.Condition {
	var out []selection.Condition
	for _, r := range rules {
		out = append(out, selection.Condition{Kind: selection.Kind(r.Kind), Include: r.Include, Pattern: r.Pattern})
	}
	return out
}

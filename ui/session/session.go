// Package session is the desktop's memory: it joins the settings to the
// engine, runs jobs in the background, and tells who listens that something
// changed. It knows nothing of windows. Start with Open.
package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/destination"
	"github.com/varve-backup/varve/engine/schedule"
	"github.com/varve-backup/varve/engine/secret"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/session/scheduler"
	"github.com/varve-backup/varve/ui/words"
)

// Config says where a session keeps things.
type Config struct {
	DataDir, CacheDir string
	// AskPassphrase asks the person, from any goroutine; nil means that
	// nobody can be asked.
	AskPassphrase func(ctx context.Context, url string) (string, error)
	// Passphrase is tried where none is at hand, before anybody is asked.
	Passphrase secret.Text
	// Questions are asked about destinations. Answer changes them: the window
	// that asks is made after the session.
	Questions Questions
	// Telling has files watched to tell what changed since the newest version.
	Telling bool
	// Now is the clock; nil means the system's.
	Now func() time.Time
	// Cores bounds how many cores the program uses, 0 for as many as there are;
	// nil means Go's own bound.
	Cores func(n int)

	keyring keyring // nil means the system's
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
	cores   int // that there are

	mu          sync.Mutex
	runs        map[int64]*Run     // by job
	removing    map[int64]bool     // jobs of which versions are removed now
	deferred    map[int64]deferral // of checks, by job
	copies      map[int64]*copying // by their own numbers
	scheduler   *scheduler.Scheduler
	machine     scheduler.Machine
	probing     map[int64]bool // jobs whose drives are being looked for
	questions   Questions
	passphrases map[string]string
	logins      map[string]string // secrets of destinations, by their names in the keyring
	refused     map[string]bool   // what the keyring holds for these does not open them
	listeners   []func()
	shelves     map[string]*shelf // of catalogs
	pause       pause

	folders shownFolders
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
	if c.Cores == nil {
		c.Cores = setCores
	}
	if c.keyring == nil {
		c.keyring = settings.NewSecrets(service)
	}
	store, err := settings.Open(ctx, c.DataDir)
	if err != nil {
		return nil, err
	}
	s := &Session{
		cores: runtime.NumCPU(), config: c, store: store, secrets: c.keyring, questions: c.Questions,
		runs: map[int64]*Run{}, passphrases: map[string]string{}, logins: map[string]string{}, refused: map[string]bool{},
		shelves: map[string]*shelf{}, removing: map[int64]bool{}, deferred: map[int64]deferral{}, copies: map[int64]*copying{},
		probing: map[int64]bool{}, pause: pause{wake: make(chan struct{}, 1)},
	}
	s.ctx, s.stop = context.WithCancelCause(context.WithoutCancel(ctx))
	s.engine = engine.New(engine.Config{
		ArchiveDir: c.CacheDir, Program: "varve", UndoDir: filepath.Join(c.DataDir, "undo"),
		Questions: engine.Questions{Passphrase: s.findPassphrase, Secret: s.findSecret, Trust: s.trust},
		Tokens:    tokens{s.secrets},
	})
	s.takeLimits(ctx)
	s.sweepLists(ctx)
	s.running.Go(func() { s.learnPresent(s.ctx) })
	s.running.Go(func() { s.watchCopies(s.ctx) })
	s.running.Go(func() { s.watchPause(s.ctx) })
	s.running.Go(func() { s.purgeUndos(s.ctx) })
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
	if err := s.store.SetPreference(ctx, name, value); err != nil {
		return err
	}
	s.changed()
	return nil
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
	if origin := s.originOf(ctx, q.URL); origin != "" && !refused {
		return s.findPassphrase(ctx, engine.PassphraseQuestion{URL: origin})
	}
	if !s.config.Passphrase.IsEmpty() {
		return s.config.Passphrase, nil
	}
	if ctx.Value(unasked{}) != nil || ctx.Value(untyped{}) != nil {
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

// remembered is the passphrase of a destination that was typed, "" for none.
func (s *Session) remembered(url string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.passphrases[url]
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
	// Rules choose among what lies in the folders.
	Rules  []settings.Rule
	Choice // of the destination
	// KeepLogin puts what opens the destination into the keyring.
	KeepLogin bool
	Encrypted bool
	// Recipients are the OpenPGP keys that it is encrypted for, none for a
	// passphrase, and SignKey is the one that signs it, "" for none.
	Recipients []string
	SignKey    string
	// Passphrase is empty where the session knows the one of the destination.
	Passphrase string
	// Keep puts the passphrase into the keyring.
	Keep bool
	// Keeping says how long versions stay; AskFirst removes none of those that are
	// there already before a person agreed.
	Keeping
	AskFirst bool
	// Plan says when it runs by itself.
	Plan schedule.Plan
	// Adopt goes on with versions that are there, whatever folders and machine
	// they are of.
	Adopt bool
}

// AddJob saves a job.
func (s *Session) AddJob(ctx context.Context, n NewJob) (int64, error) {
	c, err := s.settled(n.Choice)
	if err != nil {
		return 0, err
	}
	n.Choice = c
	j := settings.Job{
		Name: nameOf(n.Folders), Folders: n.Folders, Rules: n.Rules, Destination: c.Destination, Options: c.Options, Encryption: settings.None,
		Retention: n.Text, FullEvery: n.FullEvery,
	}
	if err := s.takeLogin(ctx, c, n.KeepLogin); err != nil {
		return 0, err
	}
	switch {
	case len(n.Recipients) > 0:
		j.Encryption, j.Recipients = settings.Keys, n.Recipients
	case n.Encrypted:
		j.Encryption = settings.Passphrase
		if err := s.takePassphrase(ctx, n); err != nil {
			return 0, err
		}
	}
	err = s.store.SaveJob(ctx, &j)
	if err == nil && n.SignKey != "" {
		err = s.store.SetSignKey(ctx, j.ID, n.SignKey)
	}
	if err == nil && n.Plan.Runs() {
		err = s.SetPlan(ctx, j.ID, n.Plan)
	}
	if err == nil && n.Adopt {
		err = s.store.Adopt(ctx, j.ID)
	}
	if err == nil && n.AskFirst {
		err = s.SetRetention(ctx, j.ID, n.Keeping, true)
	}
	s.changed()
	return j.ID, err
}

// takePassphrase remembers the passphrase of a new job, and keeps it if that is
// wanted. One that is neither given nor remembered is in the keyring already.
func (s *Session) takePassphrase(ctx context.Context, n NewJob) error {
	passphrase := cmp.Or(n.Passphrase, s.remembered(n.Destination))
	if passphrase == "" {
		return nil
	}
	s.Remember(n.Destination, passphrase)
	if !n.Keep {
		return nil
	}
	if err := s.secrets.Set(ctx, n.Destination, passphrase); err != nil {
		return fmt.Errorf("%w: %w", ErrNotKept, err)
	}
	return nil
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
	gone := []place{{job.Destination, job.Options}}
	copies, err := s.copiesOf(ctx, id)
	if err != nil {
		return err
	}
	for _, c := range copies {
		gone = append(gone, place{c.Destination, c.Options})
	}
	s.endCopies(func(k *copying) bool { return k.copy.Job == id }, errStopped)
	if err := s.store.DeleteJob(ctx, id); err != nil {
		return err
	}
	err = s.forgetLogins(ctx, gone)
	if passphrase {
		err = errors.Join(err, s.forgetPassphrases(ctx, gone))
	}
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
		return words.List(names)
	default:
		return lang.T("%s and %d more", names[0], n-1)
	}
}

package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/destination"
	"github.com/varve-backup/varve/engine/secret"
	"github.com/varve-backup/varve/settings"
)

// Why a job is not moved to a place.
var (
	// ErrNothingThere: the job has versions, and there are none.
	ErrNothingThere = errors.New("there are no versions at the new place")
	// ErrAnotherThere: what is there is another backup.
	ErrAnotherThere = errors.New("the versions at the new place are of another backup")
	// ErrOlderThere: some versions of the job are there, but not the newest.
	ErrOlderThere = errors.New("the newest version is not at the new place")
	// ErrOldLogin: the job was moved, but what opens the place before stays where
	// it was kept.
	ErrOldLogin = errors.New("the login of the old place was not forgotten")
	// errCopyNewer: a second place holds versions that the new place does not.
	errCopyNewer = errors.New("a second place holds newer versions")
	// errCopiedOver: what is copied there would destroy what the job stores.
	errCopiedOver = errors.New("something is copied to the new place")
)

// OlderThere is why a job is not moved to a place that holds its versions, but
// not the newest: an older copy of it, or one of which versions were removed. It
// is an ErrOlderThere.
type OlderThere struct {
	// Missing counts the versions that were made after the newest that is there;
	// some may have been removed in good order, but never the last.
	Missing int
	// Newest is the newest that is there, and Last the newest that was made.
	Newest, Last time.Time
}

// Error implements error.
func (*OlderThere) Error() string { return ErrOlderThere.Error() }

// Unwrap implements errors.Is.
func (*OlderThere) Unwrap() error { return ErrOlderThere }

const moving = "changing where a backup is kept"

// Relocate makes a job go on at another address of what it stored: the place was
// moved, or is opened in another way. It looks there first, and changes nothing
// unless the newest version of the job is there and can be opened, or, after an
// OlderThere that a person agreed to, the newest that it named. What opens the
// place is remembered, and kept if that is wanted; the passphrase is kept where
// the one before was. The login of the place before is forgotten where nothing else
// needs it; after ErrOldLogin the job is moved all the same.
func (s *Session) Relocate(ctx context.Context, id int64, c Choice, keep bool, agreed time.Time) error {
	j, err := s.store.Job(ctx, id)
	if err != nil {
		return err
	}
	if s.Running(id) != nil || s.isRemoving(id) {
		return ErrRuns
	}
	newest, err := s.agreedMove(ctx, &j, c, agreed)
	if err != nil {
		return err
	}
	if c, err = s.settled(c); err != nil {
		return err
	}
	if err := s.takeLogin(ctx, c, keep); err != nil {
		return err
	}
	if newest.IsZero() && j.Destination == c.Destination && maps.Equal(j.Options, c.Options) {
		s.changed()
		return nil // it is opened in another way
	}
	if err := s.carryPassphrase(ctx, &j, c.Destination); err != nil {
		return err
	}
	s.endCopies(func(k *copying) bool { return k.copy.Job == id }, errGivesWay)
	if err := s.relocate(ctx, id, c, newest); err != nil {
		return err
	}
	forgotten := s.forgetLogins(ctx, []place{{j.Destination, j.Options}})
	j.Destination, j.Options = c.Destination, c.Options
	s.changed()
	s.Learn(ArchiveOf(&j), false)
	if forgotten != nil {
		return fmt.Errorf("%w: %w", ErrOldLogin, forgotten)
	}
	return nil
}

// agreedMove is checkMove for a person who may have agreed to go on from a version
// that is not the newest, which is returned then.
func (s *Session) agreedMove(ctx context.Context, j *settings.Job, c Choice, agreed time.Time) (newest time.Time, err error) {
	err = s.checkMove(ctx, j, c)
	older, ok := errors.AsType[*OlderThere](err)
	if !ok || !older.Newest.Equal(agreed) {
		return time.Time{}, err
	}
	copies, err := s.copiesOf(ctx, j.ID)
	if err != nil {
		return time.Time{}, err
	}
	url := s.addressOf(&c)
	for _, k := range copies {
		if k.Destination != url && k.Version.After(agreed) {
			return time.Time{}, refused(url, engine.Invalid, errCopyNewer)
		}
	}
	return agreed, nil
}

// relocate writes down the new place, unless the job runs. Versions after newest
// are not there, unless it is zero.
func (s *Session) relocate(ctx context.Context, id int64, c Choice, newest time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.runs[id] != nil || s.removing[id] {
		return ErrRuns
	}
	return s.store.Relocate(ctx, id, c.Destination, c.Options, newest)
}

// checkUncopied refuses a place that something is copied to: a copy removes what
// it does not know. A second place of the job itself may become its first.
func (s *Session) checkUncopied(ctx context.Context, j *settings.Job, url string) error {
	copies, err := s.store.Copies(ctx)
	if err != nil {
		return err
	}
	for _, c := range copies {
		if c.Job == j.ID && c.Destination == url {
			continue
		}
		err := checkApart(ctx, c.Destination, url)
		if errors.Is(err, engine.ErrOverlap) {
			return refused(url, engine.Invalid, errCopiedOver)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func refused(url string, kind engine.ErrorKind, why error) error {
	return &engine.Error{Op: moving, Path: destination.Display(Path(url)), Kind: kind, Err: why}
}

// checkMove refuses a place that a job cannot go on at.
func (s *Session) checkMove(ctx context.Context, j *settings.Job, c Choice) error {
	d, err := s.moved(ctx, j, c)
	if err != nil {
		return err
	}
	if err := s.checkUncopied(ctx, j, d.URL); err != nil {
		return err
	}
	own, err := s.ownVersions(ctx, j.ID)
	if err != nil {
		return err
	}
	found, err := s.Inspect(ctx, c)
	switch {
	case err != nil:
		return err
	case found.Versions == 0 && len(own) == 0:
		return nil
	case found.Versions == 0:
		return refused(d.URL, engine.NoArchive, ErrNothingThere)
	case len(own) == 0:
		return refused(d.URL, engine.Invalid, ErrAnotherThere)
	}
	ctx = withLogin(ctx, c)
	same := s.checkSame(ctx, d, own)
	if found.Format == engine.Deduplicated || same != nil && !errors.Is(same, ErrOlderThere) {
		return same
	}
	return cmp.Or(s.checkSource(ctx, j, d), same)
}

// checkSame refuses a place that does not hold the versions that a job made.
func (s *Session) checkSame(ctx context.Context, d engine.Destination, own []time.Time) error {
	there, err := s.engine.Versions(ctx, d)
	if err != nil {
		return s.unopened(d, err)
	}
	if err := compareVersions(own, there); err != nil {
		return refused(d.URL, engine.Invalid, err)
	}
	return nil
}

// unopened words why a place cannot be opened: the passphrase that a job has may
// be wrong there only. One that was just typed is forgotten.
func (s *Session) unopened(d engine.Destination, err error) error {
	e, ok := errors.AsType[*engine.Error](err)
	switch {
	case !ok || e.Kind != engine.WrongPassphrase:
		return err
	case !d.Encryption.Passphrase.IsEmpty():
		return refused(d.URL, engine.WrongPassphrase, errors.Join(ErrAnotherThere, err))
	}
	s.Forget(d.URL)
	return err
}

// moved is a choice as the destination of a job, with the job's passphrase where
// that is at hand.
func (s *Session) moved(ctx context.Context, j *settings.Job, c Choice) (engine.Destination, error) {
	d, err := s.chosen(ctx, c)
	if err != nil {
		return d, err
	}
	a := ArchiveOf(j)
	a.URL, a.Options = d.URL, d.Options
	d = a.destination()
	passphrase, err := s.Passphrase(ctx, j)
	if err == nil && j.Encryption == settings.Passphrase {
		d.Encryption.Passphrase = secret.New(passphrase)
	}
	return d, nil // one that is not at hand is asked for
}

// ownVersions are the times of the versions that a job made, newest first.
func (s *Session) ownVersions(ctx context.Context, id int64) (own []time.Time, err error) {
	runs, err := s.store.Runs(ctx, id, historyLength, settings.BackupRun)
	for _, r := range runs {
		if madeVersion(r) && !r.Version.IsZero() {
			own = append(own, r.Version)
		}
	}
	return own, err
}

// compareVersions compares the versions of a job, at least one, with those at a
// place. A version is known by its time, which in deduplicated archives has
// nanoseconds: a repository that was copied has another identity, and goes on as
// well.
func compareVersions(own []time.Time, there []engine.Version) error {
	newest := slices.IndexFunc(own, func(made time.Time) bool {
		return slices.ContainsFunc(there, func(v engine.Version) bool { return v.Time.Equal(made) })
	})
	switch newest {
	case -1:
		return ErrAnotherThere
	case 0:
		return nil
	}
	return &OlderThere{Missing: newest, Newest: own[newest], Last: own[0]}
}

// checkSource opens the newest version in volumes, and refuses one of another
// folder: versions there are known by the second only, and jobs that begin on the
// hour share them.
func (s *Session) checkSource(ctx context.Context, j *settings.Job, d engine.Destination) error {
	from, err := s.engine.Origin(ctx, d)
	if err != nil {
		return s.unopened(d, err)
	}
	if len(from.Folders) == 0 || s.adopts(ctx, j.ID) || slices.Equal(from.Folders, []string{ArchiveOf(j).Root}) {
		return nil
	}
	return refused(d.URL, engine.SourceMismatch, ErrAnotherThere)
}

// carryPassphrase lets the passphrase of a job open its new place: in the keyring
// where it was there, otherwise until the program ends. The old one stays: what
// is left in the old place is opened by it.
func (s *Session) carryPassphrase(ctx context.Context, j *settings.Job, url string) error {
	if j.Encryption != settings.Passphrase || url == j.Destination {
		return nil
	}
	passphrase, err := s.Passphrase(ctx, j)
	if err != nil {
		return nil //nolint:nilerr // the one that was typed is remembered
	}
	return s.takePassphrase(ctx, NewJob{Choice: Choice{Destination: url}, Passphrase: passphrase, Keep: s.keptPassphrase(ctx, j.Destination) != ""})
}

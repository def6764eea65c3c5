package session

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"reflect"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/destination"
	"github.com/varve-backup/varve/engine/restore"
	"github.com/varve-backup/varve/engine/secret"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/destform"
)

// Archive is where versions are restored from: a job's destination, or any
// other.
type Archive struct {
	Name string
	URL  string
	// Options are those of the destination.
	Options map[string]string
	// Root is the folder that the paths of its versions are below, "" when it
	// is not known on this machine.
	Root string
	// Host is the machine that Root is on, "" when that does not matter.
	Host      string
	Encrypted bool
	// Recipients are the OpenPGP keys that it is encrypted for, none for a
	// passphrase, and SignKey is the one that signs it, "" for none.
	Recipients []string
	SignKey    string
}

// Is tells that two are the same, and opened in the same way.
func (a Archive) Is(b Archive) bool { return reflect.DeepEqual(a, b) }

// ArchiveOf is the archive of a job.
func ArchiveOf(j *settings.Job) Archive {
	root, _, err := engine.FoldersPlan(j.Folders, nil)
	if err != nil {
		root = ""
	}
	// Without a name, versions of this machine cannot be told from others.
	host, _ := os.Hostname()
	return Archive{Name: j.Name, URL: j.Destination, Options: j.Options, Root: root, Host: host, Encrypted: j.Encryption != settings.None, Recipients: j.Recipients, SignKey: j.SignKey}
}

// destination says how the archive is opened, whatever made it, and what an
// empty one becomes.
// The options that are secret are still to be added to its own.
func (a Archive) destination() engine.Destination {
	d := engine.Destination{URL: a.URL, Options: map[string]string{}, Format: engine.Deduplicated, AnyFormat: true}
	maps.Copy(d.Options, a.Options)
	if len(a.Recipients) > 0 {
		d.Format, d.Encryption = engine.Volumes, engine.Encryption{Mode: engine.EncryptKeys, Recipients: a.Recipients, SignKey: a.SignKey}
	}
	if !a.Encrypted { // what is deduplicated is always encrypted
		d.Format, d.Encryption.Mode = engine.Volumes, engine.EncryptNone
	}
	return d
}

// reach is the destination of an archive with all that opens it. It may wait
// for the keyring.
func (s *Session) reach(ctx context.Context, a Archive) engine.Destination {
	d := a.destination()
	s.addSecrets(ctx, d)
	return d
}

// Inspect looks at a destination without opening it. Of several that cannot be
// looked at as one, a MembersError says which failed.
func (s *Session) Inspect(ctx context.Context, c Choice) (engine.Found, error) {
	d, err := s.chosen(ctx, c)
	if err != nil {
		return engine.Found{}, err
	}
	d.Encryption.Mode = engine.EncryptNone
	found, err := s.engine.Inspect(withLogin(ctx, c), d)
	if (err != nil || !found.Exists) && len(c.Members) > 0 && ctx.Err() == nil {
		err = cmp.Or(s.eachMember(ctx, c, s.isThere), err)
	}
	return found, err
}

// isThere tells why a member cannot be looked at.
func (s *Session) isThere(ctx context.Context, d engine.Destination) error {
	found, err := s.engine.Inspect(ctx, d)
	if err == nil && !found.Exists {
		return &engine.Error{Op: "looking at the destination", Path: destination.Display(Path(d.URL)), Kind: engine.Offline, Err: errNotThere}
	}
	return err
}

var errNotThere = errors.New("there is nothing of that name")

// Take makes a backup that is at a destination one to restore from. What opens
// the destination is remembered, and kept if that is wanted.
func (s *Session) Take(ctx context.Context, c Choice, keep, encrypted bool) (Archive, error) {
	c, err := s.settled(c)
	if err != nil {
		return Archive{}, err
	}
	err = s.takeLogin(ctx, c, keep)
	return Archive{Name: nameOfPlace(c.Destination), URL: c.Destination, Options: c.Options, Encrypted: encrypted}, err
}

// nameOfPlace names an archive that no job made.
func nameOfPlace(url string) string {
	if path := Path(url); path != url {
		return filepath.Base(path)
	}
	return destform.Name(url)
}

// Opens tells whether a passphrase opens what is at a destination.
func (s *Session) Opens(ctx context.Context, c Choice, passphrase string) error {
	d, err := s.chosen(ctx, c)
	if err != nil {
		return err
	}
	d.Encryption.Passphrase = secret.New(passphrase)
	tree, err := s.engine.Browse(withLogin(ctx, c), d, engine.Moment{})
	if err != nil {
		return err
	}
	return tree.Close()
}

// Work is a job of the engine as a page follows it.
type Work interface {
	Run(ctx context.Context, watch func(engine.Event)) error
	Progress() engine.Progress
	Pause()
	Resume()
}

// Restore makes the work that brings back what some plans name, at least one.
// They share a target. The caller runs it. What it replaces can be undone: see
// Undo.
func (s *Session) Restore(a Archive, plans ...engine.RestorePlan) Work {
	d := a.destination()
	undo := s.engine.NewUndo()
	for i := range plans {
		plans[i].Destination = d
		if plans[i].Clash != restore.Refuse {
			plans[i].Undo = undo
		}
	}
	c := s.restoreOf(plans)
	c.prepare = func(ctx context.Context) { s.addSecrets(ctx, d) }
	return c
}

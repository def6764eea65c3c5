package session

import (
	"context"
	"os"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/secret"
	"github.com/varve-backup/varve/settings"
)

// Archive is where versions are restored from: a job's destination, or any
// other.
type Archive struct {
	Name string
	URL  string
	// Root is the folder that the paths of its versions are below, "" when it
	// is not known on this machine.
	Root string
	// Host is the machine that Root is on, "" when that does not matter.
	Host      string
	Encrypted bool
}

// ArchiveOf is the archive of a job.
func ArchiveOf(j *settings.Job) Archive {
	root, _, err := engine.FoldersPlan(j.Folders, nil)
	if err != nil {
		root = ""
	}
	// Without a name, versions of this machine cannot be told from others.
	host, _ := os.Hostname()
	return Archive{Name: j.Name, URL: j.Destination, Root: root, Host: host, Encrypted: j.Encryption != settings.None}
}

// destination says how the archive is opened, and what an empty one becomes.
func (a Archive) destination() engine.Destination {
	d := engine.Destination{URL: a.URL, Format: engine.Deduplicated}
	if !a.Encrypted { // what is deduplicated is always encrypted
		d.Format, d.Encryption.Mode = engine.Volumes, engine.EncryptNone
	}
	return d
}

// Inspect looks at a destination without opening it.
func (s *Session) Inspect(ctx context.Context, path string) (engine.Found, error) {
	return s.engine.Inspect(ctx, engine.Destination{URL: URL(path), Encryption: engine.Encryption{Mode: engine.EncryptNone}})
}

// Opens tells whether a passphrase opens what is at a destination.
func (s *Session) Opens(ctx context.Context, path, passphrase string) error {
	d := engine.Destination{URL: URL(path), Encryption: engine.Encryption{Passphrase: secret.New(passphrase)}}
	tree, err := s.engine.Browse(ctx, d, engine.Moment{})
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
// They share a target. The caller runs it.
func (s *Session) Restore(a Archive, plans ...engine.RestorePlan) Work {
	for i := range plans {
		plans[i].Destination = a.destination()
	}
	return s.restoreOf(plans)
}

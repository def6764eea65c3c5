package session

import (
	"context"
	"time"

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
	Root      string
	Encrypted bool
}

// ArchiveOf is the archive of a job.
func ArchiveOf(j *settings.Job) Archive {
	root, _, err := engine.FoldersPlan(j.Folders, nil)
	if err != nil {
		root = ""
	}
	return Archive{Name: j.Name, URL: j.Destination, Root: root, Encrypted: j.Encryption != settings.None}
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
	tree, err := s.engine.Browse(ctx, d, time.Time{})
	if err != nil {
		return err
	}
	return tree.Close()
}

// Versions lists versions, newest first.
func (s *Session) Versions(ctx context.Context, a Archive) ([]engine.Version, error) {
	return s.engine.Versions(ctx, a.destination())
}

// Browse opens a version. The caller closes it.
func (s *Session) Browse(ctx context.Context, a Archive, at time.Time) (engine.Tree, error) {
	return s.engine.Browse(ctx, a.destination(), at)
}

// Work is a job of the engine as a page follows it.
type Work interface {
	Run(ctx context.Context, watch func(engine.Event)) error
	Progress() engine.Progress
	Pause()
	Resume()
}

// Restore makes a job that brings paths of a version back. The caller runs it.
func (s *Session) Restore(a Archive, p engine.RestorePlan) Work {
	p.Destination = a.destination()
	return s.engine.Restore(p)
}

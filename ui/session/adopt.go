package session

import (
	"context"
	"os"
	"path/filepath"
	"slices"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/recognise"
	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/retention"
	"github.com/varve-backup/varve/engine/secret"
	"github.com/varve-backup/varve/settings"
)

// Sighting is a backup that lies in a folder.
type Sighting struct {
	recognise.Place
	// Found is known of backups that can be read here.
	engine.Found
	// Err is why one of those cannot be looked at.
	Err error
}

// Seek looks for backups in a folder and below it, and tells of each. whole is
// false when there was too much to look through.
func (s *Session) Seek(ctx context.Context, folder string, tell func(Sighting)) (whole bool, err error) {
	return recognise.Scan(ctx, folder, recognise.Deep, func(p recognise.Place) {
		seen := Sighting{Place: p}
		if p.Program.Readable() {
			seen.Found, seen.Err = s.Inspect(ctx, Choice{Destination: p.Path})
		}
		if ctx.Err() == nil {
			tell(seen)
		}
	})
}

// Origin is where the newest version of a backup came from.
type Origin struct {
	engine.Origin
	// Here are the folders of this computer that hold the same, as it seems.
	Here []string
	// Away are those of Folders that none here stands for.
	Away []string
}

// Known are the versions that it goes on from, as retention sees them.
func (o *Origin) Known() []retention.Version {
	all := make([]retention.Version, len(o.Past))
	for i := range o.Past {
		all[i] = versionOf(&o.Past[i])
	}
	return all
}

// Origin tells where a backup came from, and which folders here it may go on
// with. A passphrase that opens it is remembered; with none, the one that is at
// hand counts, and nobody is asked for another.
func (s *Session) Origin(ctx context.Context, a Archive, passphrase string) (Origin, error) {
	ctx = context.WithValue(ctx, untyped{}, true)
	d := s.reach(ctx, a)
	d.Encryption.Passphrase = secret.New(passphrase)
	from, err := s.engine.Origin(ctx, d)
	if kindOf(err) == engine.WrongPassphrase && passphrase == "" {
		s.Forget(a.URL)
	}
	if err != nil {
		return Origin{}, err
	}
	if passphrase != "" {
		s.Remember(a.URL, passphrase)
	}
	o := Origin{Origin: from}
	home, err := os.UserHomeDir()
	if err != nil {
		home = "" // nothing is mapped to it
	}
	for _, f := range from.Folders {
		if here := counterpart(f, home); here != "" {
			o.Here = append(o.Here, here)
		} else {
			o.Away = append(o.Away, f)
		}
	}
	if len(from.Folders) == 1 && len(o.Here) == 1 {
		o.Here, err = s.narrowed(ctx, d, from.Version, o.Here[0])
	}
	return o, err
}

// counterpart is the folder here that stands for one of some computer: that of
// the same name, or the one in the home here where the other is in a home there.
// It is "" when there is none.
func counterpart(folder, home string) string {
	if folderHere(folder) {
		return folder
	}
	if m, ok := MoveHome(folder, home); ok && folderHere(m.Folder) {
		return m.Folder
	}
	return ""
}

func folderHere(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// narrowed takes apart a folder of which a version holds nothing but some
// folders that are here too: those were chosen, and not all of it.
func (s *Session) narrowed(ctx context.Context, d engine.Destination, v engine.Version, folder string) ([]string, error) {
	tree, err := s.engine.Browse(ctx, d, engine.Moment{ID: v.ID})
	if err != nil {
		return nil, err
	}
	defer tree.Close()
	var chosen []string
	for e, err := range tree.ReadDir(ctx, "") {
		switch path := filepath.Join(folder, e.Path); {
		case err != nil:
			return nil, err
		case e.Type != repository.Dir || !folderHere(path):
			return []string{folder}, nil
		default:
			chosen = append(chosen, path)
		}
	}
	if len(chosen) == 0 || holdsOnly(folder, chosen) {
		return []string{folder}, nil
	}
	return chosen, nil
}

// holdsOnly tells that a folder has nothing besides these.
func holdsOnly(folder string, chosen []string) bool {
	entries, err := os.ReadDir(folder)
	return err == nil && !slices.ContainsFunc(entries, func(e os.DirEntry) bool {
		return !slices.Contains(chosen, filepath.Join(folder, e.Name()))
	})
}

// adopts tells that a job may go on with versions of other folders.
func (s *Session) adopts(ctx context.Context, job int64) bool {
	adopts, err := s.store.Adopts(ctx, job)
	return adopts && err == nil // refusing is safe
}

// endAdoption is for when a job made a version of its own.
func (s *Session) endAdoption(ctx context.Context, r *Run) {
	if !madeVersion(*r.record) {
		return
	}
	if err := s.store.EndAdoption(ctx, r.Job); err != nil {
		r.events = append(r.events, settings.RunEvent{Text: err.Error()})
	}
}

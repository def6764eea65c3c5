package session

import (
	"context"
	"errors"
	"io"
	"os"
	"os/user"

	"github.com/varve-backup/varve/engine/destination"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/session/portable"
)

// carried are the choices that are the same on another computer, by the names
// under which they are kept.
func carried() []string {
	return []string{"theme", "letters", languageName, "closing", "notices", speedName, processorName}
}

// Exported is what became of an export.
type Exported struct {
	// Jobs is how many backups are in the file.
	Jobs int
	// Without are the names of those whose passphrase was not at hand and is
	// missing from a file with secrets.
	Without []string
}

// Export writes all set-up to a new file that only its owner may read: with
// secrets, sealed with the passphrase, or without any when that is empty.
func (s *Session) Export(ctx context.Context, path, passphrase string) (Exported, error) {
	all, e, err := s.setup(ctx, passphrase != "")
	if err != nil {
		return e, err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return e, err
	}
	err = portable.Write(ctx, f, all, passphrase)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return e, errors.Join(err, os.Remove(path))
	}
	return e, nil
}

// setup is all that is set up.
func (s *Session) setup(ctx context.Context, secrets bool) (*portable.Setup, Exported, error) {
	var e Exported
	all := &portable.Setup{Made: s.config.Now().UTC(), Preferences: map[string]string{}}
	all.Machine, _ = os.Hostname() // these three only help a person
	all.Home, _ = os.UserHomeDir()
	if me, err := user.Current(); err == nil {
		all.User = me.Username
	}
	for _, name := range carried() {
		value, err := s.store.Preference(ctx, name)
		if err != nil {
			return nil, e, err
		}
		if value != "" {
			all.Preferences[name] = value
		}
	}
	jobs, err := s.store.Jobs(ctx)
	if err != nil {
		return nil, e, err
	}
	for i := range jobs {
		j, err := s.pack(ctx, &jobs[i], secrets)
		if err != nil {
			return nil, e, err
		}
		if secrets && j.Passphrase == "" && j.Encryption == settings.Passphrase {
			e.Without = append(e.Without, j.Name)
		}
		all.Jobs = append(all.Jobs, j)
	}
	e.Jobs = len(all.Jobs)
	return all, e, nil
}

// pack is a job as it is carried.
func (s *Session) pack(ctx context.Context, j *settings.Job, secrets bool) (portable.Job, error) {
	p := portable.Job{
		Name: j.Name, Rules: j.Rules, Encryption: j.Encryption, Recipients: j.Recipients, Retention: j.Retention, FullEvery: j.FullEvery,
	}
	for _, f := range j.Folders {
		p.Folders = append(p.Folders, []byte(f))
	}
	checking, err := s.store.Checking(ctx, j.ID)
	if err != nil {
		return p, err
	}
	p.CheckEvery, p.CheckFor = checking.EveryDays, checking.Minutes
	if p.Timing, err = s.store.Timing(ctx, j.ID); err != nil {
		return p, err
	}
	if p.Place, err = s.packPlace(ctx, j.Destination, j.Options, secrets); err != nil {
		return p, err
	}
	copies, err := s.copiesOf(ctx, j.ID)
	if err != nil {
		return p, err
	}
	for _, c := range copies {
		place, err := s.packPlace(ctx, c.Destination, c.Options, secrets)
		if err != nil {
			return p, err
		}
		p.Copies = append(p.Copies, place)
	}
	if secrets && j.Encryption == settings.Passphrase {
		if known, err := s.Passphrase(ctx, j); err == nil {
			p.Passphrase = known
		}
	}
	return p, nil
}

// packPlace is a destination as it is carried.
func (s *Session) packPlace(ctx context.Context, url string, options map[string]string, secrets bool) (portable.Place, error) {
	p := portable.At(url)
	p.Options = options
	if _, several := destination.SeveralPath(url); several {
		members, err := destination.Members(url)
		if err != nil {
			return p, err
		}
		p.Members = members
	}
	if secrets {
		for _, name := range (place{url, options}).entries() {
			p.Logins = append(p.Logins, s.knownLogin(ctx, name))
		}
	}
	return p, nil
}

// knownLogin is what opens a destination, "" when it is not at hand.
func (s *Session) knownLogin(ctx context.Context, name string) string {
	s.mu.Lock()
	known := s.logins[name]
	s.mu.Unlock()
	if known != "" {
		return known
	}
	return s.keptPassphrase(ctx, name)
}

// readSetup reads a file of Export.
func readSetup(ctx context.Context, path, passphrase string) (*portable.Setup, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(err, portable.ErrForeign)
	}
	return portable.Read(ctx, io.Reader(f), passphrase)
}

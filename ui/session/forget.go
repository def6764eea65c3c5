package session

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/varve-backup/varve/engine/destination"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/destform"
)

// ErrNotForgotten: the keyring did not let go of what opens a destination.
var ErrNotForgotten = errors.New("taking the logins out of the keyring")

// forgetLogins takes what opens the destination of a job that was removed out of
// the keyring, and removes the list of its destinations. What another job uses
// stays.
func (s *Session) forgetLogins(ctx context.Context, gone *settings.Job, passphrase bool) error {
	jobs, err := s.store.Jobs(ctx)
	if err != nil {
		return err
	}
	used := map[string]bool{}
	for i := range jobs {
		for _, name := range append(entriesOf(&jobs[i]), jobs[i].Destination) {
			used[name] = true
		}
	}
	names := entriesOf(gone)
	if passphrase {
		names = append(names, gone.Destination)
	}
	var errs []error
	for _, name := range names {
		if !used[name] {
			errs = append(errs, s.forget(ctx, name))
		}
	}
	if path, ok := destination.SeveralPath(gone.Destination); ok && s.owns(path) && !s.hasList(jobs, path) {
		errs = append(errs, os.Remove(path))
	}
	return errors.Join(errs...)
}

// owns tells a list that this program wrote from one that a person did.
func (s *Session) owns(path string) bool {
	return strings.HasPrefix(path, s.lists()+string(os.PathSeparator))
}

func (s *Session) hasList(jobs []settings.Job, path string) bool {
	for _, j := range jobs {
		if other, ok := destination.SeveralPath(j.Destination); ok && other == path {
			return true
		}
	}
	return false
}

// forget drops one entry, from memory too. Where there is no keyring, there is
// nothing in it.
func (s *Session) forget(ctx context.Context, name string) error {
	s.mu.Lock()
	delete(s.logins, name)
	delete(s.passphrases, name)
	delete(s.refused, name)
	s.mu.Unlock()
	err := s.secrets.Delete(ctx, name)
	if err == nil || errors.Is(err, settings.ErrNoSecret) || errors.Is(err, settings.ErrNoKeyring) {
		return nil
	}
	return fmt.Errorf("%w: %w", ErrNotForgotten, err)
}

// entriesOf are the names of what opens the destination of a job: passwords,
// options that are secret, and logins of a browser.
func entriesOf(j *settings.Job) []string {
	names := openedBy(j.Destination, j.Options)
	if members, err := destination.Members(j.Destination); err == nil {
		for i := range members {
			names = append(names, openedBy(URL(members[i].URL), destform.MemberOptions(&members[i]))...)
		}
	}
	return names
}

func openedBy(url string, options map[string]string) []string {
	if strings.HasPrefix(url, "file://") {
		return nil
	}
	names := []string{destform.Account(url, options), optionsName(url)}
	for _, account := range destform.Tokens(url) {
		names = append(names, tokenName(account))
	}
	return names
}

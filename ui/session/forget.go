package session

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/varve-backup/varve/engine/destination"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/destform"
)

// ErrNotForgotten: the keyring did not let go of what opens a destination.
var ErrNotForgotten = errors.New("taking the logins out of the keyring")

// place is a destination that is used, and what is set for it.
type place struct {
	url     string
	options map[string]string
}

// places are the destinations of all jobs, and the second places of these.
func (s *Session) places(ctx context.Context) (all []place, err error) {
	jobs, err := s.store.Jobs(ctx)
	if err != nil {
		return nil, err
	}
	for i := range jobs {
		all = append(all, place{jobs[i].Destination, jobs[i].Options})
	}
	copies, err := s.store.Copies(ctx)
	for i := range copies {
		all = append(all, place{copies[i].Destination, copies[i].Options})
	}
	return all, err
}

// forgetLogins takes what opens places that are no longer used out of the
// keyring, and removes the lists of several destinations. What is used elsewhere
// stays.
func (s *Session) forgetLogins(ctx context.Context, gone []place) error {
	places, err := s.places(ctx)
	if err != nil {
		return err
	}
	used := map[string]bool{}
	for _, p := range places {
		for _, name := range p.entries() {
			used[name] = true
		}
	}
	var errs []error
	for _, p := range gone {
		for _, name := range p.entries() {
			if !used[name] {
				errs = append(errs, s.forget(ctx, name))
			}
		}
		if path, ok := destination.SeveralPath(p.url); ok && s.owns(path) && !hasList(places, path) {
			errs = append(errs, os.Remove(path))
		}
	}
	return errors.Join(errs...)
}

// forgetPassphrases takes those of what is stored in places out of the keyring,
// where nothing else is stored in them.
func (s *Session) forgetPassphrases(ctx context.Context, gone []place) error {
	places, err := s.places(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, p := range gone {
		if !slices.ContainsFunc(places, func(o place) bool { return o.url == p.url }) {
			errs = append(errs, s.forget(ctx, p.url))
		}
	}
	return errors.Join(errs...)
}

// owns tells a list that this program wrote from one that a person did.
func (s *Session) owns(path string) bool {
	return strings.HasPrefix(path, s.lists()+string(os.PathSeparator))
}

func hasList(places []place, path string) bool {
	return slices.ContainsFunc(places, func(p place) bool {
		other, ok := destination.SeveralPath(p.url)
		return ok && other == path
	})
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

// entries are the names of what opens a place: passwords, options that are
// secret, and logins of a browser.
func (p place) entries() []string {
	names := openedBy(p.url, p.options)
	if members, err := destination.Members(p.url); err == nil {
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

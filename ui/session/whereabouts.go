package session

import (
	"context"
	"errors"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/settings"
)

// Whereabouts is where the passphrase of a backup lies.
type Whereabouts uint8

// The places.
const (
	// Unneeded: the backup is not encrypted.
	Unneeded Whereabouts = iota
	// InKeyring: this computer's keyring holds it.
	InKeyring
	// InMemory: it was typed, and is known until the program ends.
	InMemory
	// Elsewhere: it is known to nobody here.
	Elsewhere
	// WithKeys: it is encrypted for OpenPGP keys, which gpg keeps.
	WithKeys
)

// ErrNotAtHand: a passphrase is neither in the keyring nor in memory.
var ErrNotAtHand = errors.New("the passphrase is not at hand")

// Whereabouts tells where the passphrase of a job lies. It may wait for the
// keyring, and asks nobody.
func (s *Session) Whereabouts(ctx context.Context, j *settings.Job) Whereabouts {
	if j.Encryption == settings.None {
		return Unneeded
	}
	if j.Encryption == settings.Keys {
		return WithKeys
	}
	if s.keptPassphrase(ctx, j.Destination) != "" {
		return InKeyring
	}
	if s.remembered(j.Destination) != "" {
		return InMemory
	}
	return Elsewhere
}

// keptPassphrase is what the keyring holds for a destination, "" for nothing
// and for what turned out to be wrong.
func (s *Session) keptPassphrase(ctx context.Context, url string) string {
	s.mu.Lock()
	refused := s.refused[url]
	s.mu.Unlock()
	if refused {
		return ""
	}
	kept, err := s.secrets.Get(ctx, url)
	if err != nil {
		return "" // what cannot be asked holds nothing that could be used
	}
	return kept
}

// Passphrase returns the passphrase of a job, or ErrNotAtHand. It asks nobody.
func (s *Session) Passphrase(ctx context.Context, j *settings.Job) (string, error) {
	if typed := s.remembered(j.Destination); typed != "" {
		return typed, nil
	}
	if kept := s.keptPassphrase(ctx, j.Destination); kept != "" {
		return kept, nil
	}
	return "", ErrNotAtHand
}

// FormatOf tells the format of what a job stored. Where it cannot be looked at
// without asking somebody, it is that of new backups.
func (s *Session) FormatOf(ctx context.Context, j *settings.Job) engine.Format {
	a := ArchiveOf(j)
	found, err := s.Inspect(context.WithValue(ctx, unasked{}, true), Choice{Destination: j.Destination, Options: j.Options})
	if err == nil && found.Versions > 0 {
		return found.Format
	}
	return a.destination().Format
}

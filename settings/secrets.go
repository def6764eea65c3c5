package settings

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/zalando/go-keyring"
)

// The errors of Secrets.
var (
	// ErrNoKeyring: this session has no keyring that answers.
	ErrNoKeyring = errors.New("there is no keyring in this session")
	// ErrNoSecret: the keyring holds nothing of that name.
	ErrNoSecret = errors.New("the keyring does not hold this")
)

// answerTime is how long the keyring may take: it may show a question to the
// person first.
const answerTime = 2 * time.Minute

// Secrets keeps passphrases in the system's keyring.
type Secrets struct{ service string }

// NewSecrets uses the entries of one service.
func NewSecrets(service string) *Secrets { return &Secrets{service} }

// Get returns a secret, ErrNoSecret, or ErrNoKeyring.
func (s *Secrets) Get(ctx context.Context, name string) (string, error) {
	var value string
	err := answered(ctx, func() (err error) {
		value, err = keyring.Get(s.service, name)
		return err
	})
	return value, err
}

// Set keeps a secret.
func (s *Secrets) Set(ctx context.Context, name, value string) error {
	return answered(ctx, func() error { return keyring.Set(s.service, name, value) })
}

// Delete forgets a secret; one that is not there is no error.
func (s *Secrets) Delete(ctx context.Context, name string) error {
	err := answered(ctx, func() error { return keyring.Delete(s.service, name) })
	if errors.Is(err, ErrNoSecret) {
		return nil
	}
	return err
}

// Available returns nil when there is a keyring.
func (s *Secrets) Available(ctx context.Context) error {
	_, err := s.Get(ctx, "varve-is-there-a-keyring")
	if errors.Is(err, ErrNoSecret) {
		return nil
	}
	return err
}

// answered waits for the keyring no longer than ctx and answerTime allow. A
// call that hangs is left behind: the library cannot end it.
func answered(ctx context.Context, call func() error) error {
	ctx, stop := context.WithTimeout(ctx, answerTime)
	defer stop()
	done := make(chan error, 1)
	go func() { done <- call() }()
	select {
	case err := <-done:
		return translate(err)
	case <-ctx.Done():
		return fmt.Errorf("%w: it does not answer", ErrNoKeyring)
	}
}

func translate(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, keyring.ErrNotFound):
		return ErrNoSecret
	}
	return fmt.Errorf("%w: %w", ErrNoKeyring, err)
}

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

// Secrets keeps passphrases in the system's keyring. It may be used from
// several goroutines.
type Secrets struct{ service string }

// NewSecrets uses the entries of one service.
func NewSecrets(service string) *Secrets { return &Secrets{service} }

// Get returns a secret, ErrNoSecret, or ErrNoKeyring.
func (s *Secrets) Get(ctx context.Context, name string) (string, error) {
	return answered(ctx, func() (string, error) { return keyring.Get(s.service, name) })
}

// Set keeps a secret. When the keyring did not answer in time, it may still do
// so later.
func (s *Secrets) Set(ctx context.Context, name, value string) error {
	_, err := answered(ctx, func() (string, error) { return "", keyring.Set(s.service, name, value) })
	return err
}

// Delete forgets a secret; one that is not there is no error.
func (s *Secrets) Delete(ctx context.Context, name string) error {
	_, err := answered(ctx, func() (string, error) { return "", keyring.Delete(s.service, name) })
	if errors.Is(err, ErrNoSecret) {
		return nil
	}
	return err
}

// Available returns nil when there is a keyring. A locked one asks the person
// to unlock it.
func (s *Secrets) Available(ctx context.Context) error {
	_, err := s.Get(ctx, "varve-is-there-a-keyring")
	if errors.Is(err, ErrNoSecret) {
		return nil
	}
	return err
}

// answer is what a call of the keyring returned.
type answer struct {
	value string
	err   error
}

// answered calls a keyring that can be reached.
func answered(ctx context.Context, call func() (string, error)) (string, error) {
	if ctx.Err() != nil {
		return "", ended(ctx)
	}
	if err := reachable(); err != nil {
		return "", fmt.Errorf("%w: %w", ErrNoKeyring, err)
	}
	return await(ctx, call)
}

// await waits for a call no longer than ctx and answerTime allow. One that
// hangs is left behind, for the library cannot end it; its answer goes nowhere.
func await(ctx context.Context, call func() (string, error)) (string, error) {
	patience, stop := context.WithTimeout(ctx, answerTime)
	defer stop()
	done := make(chan answer, 1)
	go func() {
		value, err := call()
		done <- answer{value, err}
	}()
	select {
	case a := <-done:
		return a.value, translate(a.err)
	case <-patience.Done():
		return "", ended(patience)
	}
}

// ended words why nobody waits any longer. Only a keyring that was given its
// time counts as none: a call that was taken back says nothing about it.
func ended(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("%w: it does not answer: %w", ErrNoKeyring, context.Cause(ctx))
	}
	return fmt.Errorf("asking the keyring: %w", context.Cause(ctx))
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

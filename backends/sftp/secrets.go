package sftp

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/varve-backup/varve/backends"
)

// questions is how often a secret is asked for.
const questions = 3

// secret is a password or a passphrase: where it may come from, and what is
// known of it. What a person said once is not asked for again.
type secret struct {
	ask     func(ctx context.Context, r backends.SecretRequest) (string, error)
	request backends.SecretRequest

	mu    sync.Mutex
	known []string
	asked int
}

var errNobody = errors.New("it is not known, and nobody can be asked")

// candidate returns the i-th value to try. The answers of a person are the last
// ones.
func (s *secret) candidate(ctx context.Context, i int) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i < len(s.known) {
		return s.known[i], nil
	}
	if s.ask == nil || s.asked >= questions {
		return "", errNobody
	}
	r := s.request
	r.Again = s.asked > 0
	s.asked++
	value, err := s.ask(ctx, r)
	if err != nil {
		s.asked = questions // who does not answer is left in peace
		return "", fmt.Errorf("asking for it: %w", err)
	}
	s.known = append(s.known, value)
	return value, nil
}

// tries is how many candidates there can be.
func (s *secret) tries() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ask == nil {
		return len(s.known)
	}
	return len(s.known) + questions - s.asked
}

// right forgets the values that were refused before the i-th one.
func (s *secret) right(value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if slices.Contains(s.known, value) {
		s.known = []string{value}
	}
}

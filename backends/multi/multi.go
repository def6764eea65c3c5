// Package multi makes one Store of several: each object lies in one of them, or
// in all. Kind opens what a file lists, as duplicity has it; Open does so with
// what a program has put together, and New with Stores.
//
// What was stored is told from what was not: a list that might lack something
// because a part does not answer is an error, and never a shorter list. Who
// would believe that list would delete what belongs to the objects that it
// lacks.
package multi

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/varve-backup/varve/backends"
)

// Mode says where an object goes.
type Mode int

// The modes.
const (
	// Stripe: to one part, each in its turn.
	Stripe Mode = iota
	// Mirror: to each part that takes such names.
	Mirror
)

// OnFail says what happens when a part fails.
type OnFail int

// What can happen.
const (
	// Continue does without it, as long as another part serves.
	Continue OnFail = iota
	// Abort fails.
	Abort
)

// Options say how parts are used.
type Options struct {
	Mode   Mode
	OnFail OnFail
}

// Part is one of the stores.
type Part struct {
	// Name is for people, and has no password in it.
	Name  string
	Store backends.Store
	// Prefixes are those of the names that it takes, when mirroring.
	Prefixes []string
}

// Store is several.
type Store struct {
	options Options
	parts   []*part
	// cursor is how many objects were spread.
	cursor atomic.Uint64

	mu sync.Mutex
	// where says which part holds an object, as far as it is known, of what is
	// spread. Guarded by mu.
	where map[string]*part
	// reading are the objects being read. Guarded by mu.
	reading map[*reader]struct{}
}

// New makes one of several. They belong to it.
func New(parts []Part, o Options) (*Store, error) {
	if len(parts) == 0 {
		return nil, fmt.Errorf("%w: there is no part", backends.ErrConfig)
	}
	s := &Store{options: o, where: map[string]*part{}, reading: map[*reader]struct{}{}}
	for _, p := range parts {
		if len(p.Prefixes) > 0 && o.Mode == Stripe {
			return nil, fmt.Errorf("%w: %s: prefixes are only for mirrors", backends.ErrConfig, p.Name)
		}
		s.parts = append(s.parts, &part{Part: p, behind: map[string]bool{}})
	}
	return s, nil
}

// part is a store, and what is known of it.
type part struct {
	Part
	mu       sync.Mutex
	failures int             // since Warnings asked; guarded by mu
	first    error           // the first of them; guarded by mu
	behind   map[string]bool // what it holds no more or not anew; guarded by mu
}

// failed remembers a failure, and returns it with the part's name.
func (p *part) failed(err error) error {
	err = fmt.Errorf("%s: %w", p.Name, err)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failures++; p.failures == 1 {
		p.first = err
	}
	return err
}

// warning says what failed since it was asked last.
func (p *part) warning() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := p.failures
	p.failures = 0
	switch n {
	case 0:
		return nil
	case 1:
		return p.first
	}
	return fmt.Errorf("%w (the first of %d failures)", p.first, n)
}

// setBehind remembers whether the part missed the last change of an object:
// what it has of it is not to be used.
func (p *part) setBehind(name string, is bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if is {
		p.behind[name] = true
	} else {
		delete(p.behind, name)
	}
}

func (p *part) isBehind(name string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.behind[name]
}

// takes tells whether names that begin with prefix belong to the part by its
// own prefixes.
func (p *Part) takes(prefix string) bool {
	return slices.ContainsFunc(p.Prefixes, func(own string) bool { return strings.HasPrefix(prefix, own) })
}

// Warnings implements backends.Warner: for each part that failed, why it did so
// first, also where another part served.
func (s *Store) Warnings() []error {
	var all []error
	for _, p := range s.parts {
		if err := p.warning(); err != nil {
			all = append(all, err)
		}
	}
	return all
}

// targets returns the parts to which an object goes, when mirroring.
func (s *Store) targets(name string) []*part {
	var some []*part
	for _, p := range s.parts {
		if p.takes(name) {
			some = append(some, p)
		}
	}
	if len(some) == 0 {
		return s.parts
	}
	return some
}

// holders returns the parts that may hold an object, those first that are the
// likeliest.
func (s *Store) holders(name string) []*part {
	var first []*part
	if s.options.Mode == Stripe {
		s.mu.Lock()
		if p := s.where[name]; p != nil {
			first = []*part{p}
		}
		s.mu.Unlock()
	} else {
		first = slices.Clone(s.targets(name))
	}
	for _, p := range s.parts {
		if !slices.Contains(first, p) {
			first = append(first, p)
		}
	}
	return slices.DeleteFunc(first, func(p *part) bool { return p.isBehind(name) })
}

// learn remembers where an object lies; nil: nowhere.
func (s *Store) learn(name string, p *part) {
	if s.options.Mode == Mirror {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if p == nil {
		delete(s.where, name)
	} else {
		s.where[name] = p
	}
}

// ended returns why nobody wants the answer any more.
func ended(ctx context.Context) error {
	if ctx.Err() == nil {
		return nil
	}
	return context.Cause(ctx)
}

// everywhere calls some parts at once, and returns an error or nil for each.
func everywhere(parts []*part, do func(i int, p *part) error) []error {
	errs := make([]error, len(parts))
	var all sync.WaitGroup
	for i, p := range parts {
		all.Go(func() { errs[i] = do(i, p) })
	}
	all.Wait()
	return errs
}

// Close implements backends.Store.
func (s *Store) Close() error {
	var first error
	for _, p := range s.parts {
		if err := p.Store.Close(); err != nil && first == nil {
			first = fmt.Errorf("%s: %w", p.Name, err)
		}
	}
	return first
}

func isMissing(err error) bool { return errors.Is(err, backends.ErrNotExist) }

// Package watch tells since when something in the folders of a backup has
// changed. Start a Watch, and ask for its State. What the system tells is a
// hint: now and then, and where it tells nothing, everything is looked through.
package watch

import (
	"context"
	"errors"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/selection"
)

// Config says what is watched.
type Config struct {
	// Root and Rules choose the files, as a plan for a backup does.
	Root  string
	Rules []selection.Condition
	// Ignore are folders that do not count, as absolute paths: a backup changes
	// Varve's own files.
	Ignore []string
	// Since is from when on changes count: those of the time before Start are
	// looked for.
	Since time.Time
	// Kept is from when on changes are in no version; zero is Since. It is
	// earlier where runs failed.
	Kept time.Time
	// Look is how often everything is looked through where the system does not
	// tell of changes; 0 is DefaultLook.
	Look time.Duration
	// Tell is called when State went from no change to one, and when Blind
	// changed. It must not call the Watch's Close.
	Tell func()
	// add stands in for the system in tests, nil is the system.
	add func(w *fsnotify.Watcher, dir string) error
}

// DefaultLook is how often everything is looked through by itself.
const DefaultLook = 15 * time.Minute

// trust is for how long the system is believed to tell of every change.
const trust = 6 * time.Hour

// Blind is why the system does not tell of changes.
type Blind int

// The reasons.
const (
	Sees    Blind = iota // it does
	Limit                // more folders than it watches for one user
	System               // it cannot watch whole trees
	Missing              // the folder is not there
)

// State is what is known of changes.
type State struct {
	// First and Last are when the first and the last change that counts was
	// made, zero without one.
	First, Last time.Time
	// Blind is why changes are noticed late, and Look how late.
	Blind Blind
	Look  time.Duration
	// Ready tells that everything was looked at once.
	Ready bool
	// Unkept is what is in no version.
	Unkept Unkept
}

// Watch follows the changes of one backup's files.
type Watch struct {
	config Config
	rules  *selection.Rules
	stop   context.CancelFunc
	done   sync.WaitGroup

	// Free of links, for the goroutine of run alone.
	root   string
	ignore []string

	mu    sync.Mutex
	state State
	since time.Time
	count counter
}

// Start watches until Close. It looks through everything at first, in the
// background.
func Start(ctx context.Context, c Config) (*Watch, error) {
	rules, err := selection.New(c.Root, c.Rules)
	if err != nil {
		return nil, err
	}
	if c.Look == 0 {
		c.Look = DefaultLook
	}
	if c.add == nil {
		c.add = (*fsnotify.Watcher).Add
	}
	if c.Kept.IsZero() {
		c.Kept = c.Since
	}
	w := &Watch{config: c, rules: rules, since: c.Since, state: State{Look: c.Look}, count: newCounter(c.Kept)}
	ctx, w.stop = context.WithCancel(ctx)
	w.done.Go(func() { w.run(ctx) })
	return w, nil
}

// Close ends the watching.
func (w *Watch) Close() {
	w.stop()
	w.done.Wait()
}

// State tells of changes.
func (w *Watch) State() State {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.state
	s.Unkept = w.count.unkept()
	return s
}

// Kept tells that a run which began at a moment made a version: earlier changes
// are in it.
func (w *Watch) Kept(started time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.count.keep(started)
}

// Ran tells that a run began at a moment: earlier changes count no more.
func (w *Watch) Ran(started time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !started.After(w.since) {
		return
	}
	w.since = started
	switch s := &w.state; {
	case s.Last.Before(started):
		s.First, s.Last = time.Time{}, time.Time{}
	case s.First.Before(started):
		s.First = started
	}
}

// changed notes a change of an item at a moment. made tells that it came to be.
func (w *Watch) changed(i *item, at time.Time, made bool) {
	w.mu.Lock()
	news := w.note(at)
	switch {
	case i == nil || i.kind == repository.Dir:
		w.count.folder(at)
	case i.gone:
		w.count.gone(i.path, at)
	default:
		w.count.file(i.path, at, made)
	}
	w.mu.Unlock()
	if news {
		w.tell()
	}
}

// note does so with mu held, and reports whether it is the first change.
func (w *Watch) note(at time.Time) (first bool) {
	if !at.After(w.since) {
		return false
	}
	s := &w.state
	first = s.First.IsZero()
	if first || at.Before(s.First) {
		s.First = at
	}
	if at.After(s.Last) {
		s.Last = at
	}
	return first
}

func (w *Watch) tell() {
	if w.config.Tell != nil {
		w.config.Tell()
	}
}

// blind notes why changes are noticed late.
func (w *Watch) blind(why Blind) {
	w.mu.Lock()
	news := w.state.Blind != why || !w.state.Ready
	w.state.Blind, w.state.Ready = why, true
	w.mu.Unlock()
	if news {
		w.tell()
	}
}

// run watches, and looks through everything when that is not enough.
func (w *Watch) run(ctx context.Context) {
	for ctx.Err() == nil {
		why := w.follow(ctx)
		w.blind(why)
		wait := time.NewTimer(w.config.Look)
		select {
		case <-ctx.Done():
		case <-wait.C:
		}
		wait.Stop()
	}
}

// follow watches until what the system tells is not to be trusted any more, and
// returns why it cannot tell; Sees means that all shall begin anew, which it
// does itself.
func (w *Watch) follow(ctx context.Context) Blind {
	if runtime.GOOS != "linux" { // others need an open file for each item
		return w.look(ctx, nil, System)
	}
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return w.look(ctx, nil, blindness(err))
	}
	defer func() { _ = watcher.Close() }()
	for {
		if why := w.look(ctx, watcher, Sees); why == Limit {
			_ = watcher.Close() // others need the room
			return w.look(ctx, nil, Limit)
		} else if why != Sees {
			return why
		}
		w.blind(Sees)
		if !w.listen(ctx, watcher) {
			return Sees
		}
	}
}

// look goes through everything once, watching every folder where watcher is
// set. otherwise is the answer when all went well.
func (w *Watch) look(ctx context.Context, watcher *fsnotify.Watcher, otherwise Blind) Blind {
	err := w.resolve()
	if err == nil {
		err = w.walk(ctx, watcher, w.root)
	}
	if err != nil && ctx.Err() == nil {
		return blindness(err)
	}
	return otherwise
}

// resolve follows the links in the paths.
func (w *Watch) resolve() (err error) {
	w.ignore = nil
	for _, path := range w.config.Ignore {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			w.ignore = append(w.ignore, real)
		}
	}
	w.root, err = filepath.EvalSymlinks(w.config.Root)
	return err
}

// blindness tells why watching failed.
func blindness(err error) Blind {
	for _, limit := range []error{syscall.ENOSPC, syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM} {
		if errors.Is(err, limit) {
			return Limit
		}
	}
	return Missing
}

// listen notes changes until they cannot be told from each other any more, or
// were trusted for long enough: then it returns true, for another look.
func (w *Watch) listen(ctx context.Context, watcher *fsnotify.Watcher) bool {
	again := time.NewTimer(trust)
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-again.C:
			return true
		case e, open := <-watcher.Events:
			if !open {
				return false
			}
			if !w.met(ctx, watcher, e) {
				return true
			}
		case err, open := <-watcher.Errors:
			if open && errors.Is(err, fsnotify.ErrEventOverflow) {
				w.changed(nil, time.Now(), false)
			}
			return open
		}
	}
}

// met notes what an event says. It is false when a folder cannot be watched.
func (w *Watch) met(ctx context.Context, watcher *fsnotify.Watcher, e fsnotify.Event) bool {
	i := w.item(e.Name, nil)
	verdict := w.judge(&i)
	if verdict == selection.Exclude || verdict == selection.Scan && i.kind != repository.Dir {
		return true
	}
	// That it went is told by an event of its own, after those from before.
	i.gone = i.gone && e.Op&(fsnotify.Remove|fsnotify.Rename) != 0
	if verdict == selection.Include {
		w.changed(&i, time.Now(), e.Has(fsnotify.Create))
	}
	if i.kind != repository.Dir || !e.Has(fsnotify.Create) {
		return true
	}
	return w.walk(ctx, watcher, e.Name) == nil
}

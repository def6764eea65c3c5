// Package mega stores objects in a folder of an account at MEGA, through the
// interface that its own programs use. Kind describes it. MEGA knows neither
// names nor contents: a Store has the list of all files of the account in
// memory, and asks what has changed before it believes it.
//
// A file appears at MEGA when all of it is there, and beside an older one of its
// name, which is deleted then. Of several of one name the newest counts.
package mega

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/transfer"
)

// Store is a folder.
type Store struct {
	client      *client
	root        []string
	connections int
	trash       bool // what is deleted goes to the rubbish bin

	changing chan struct{} // held while something gets a name, or loses it

	mu     sync.Mutex
	tree   *tree  // guarded by mu
	bin    string // the handle of the rubbish bin; guarded by mu
	number string // up to which change the tree knows; guarded by mu
}

func check(name string) error {
	if err := transfer.CheckName(name); err != nil {
		return err
	}
	if !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return fmt.Errorf("%w: MEGA has no such letters: %q", backends.ErrInvalidName, name)
	}
	return nil
}

// parts is the path of an object.
func (s *Store) parts(name string) []string {
	return append(slices.Clip(s.root), strings.Split(name, "/")...)
}

// enter reads the list of all files and finds the folder, which is made where
// that is wanted, and need not be there for a look through the account.
func (s *Store) enter(ctx context.Context, c *backends.Config) error {
	if err := s.load(ctx); err != nil {
		return err
	}
	if s.there() || c.Explore {
		return nil
	}
	if !c.Create {
		return fmt.Errorf("%w: there is no folder %q", backends.ErrNotExist, strings.Join(s.root, "/"))
	}
	end, err := s.change(ctx)
	if err != nil {
		return err
	}
	defer end()
	_, err = s.folder(ctx, s.root, 0)
	return err
}

// change waits until nothing else gets or loses a name.
func (s *Store) change(ctx context.Context) (end func(), err error) {
	select {
	case s.changing <- struct{}{}:
		return func() { <-s.changing }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// there tells that the folder exists.
func (s *Store) there() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.tree.folders(s.root)) > 0
}

var errTop = fmt.Errorf("%w: MEGA did not list the account", backends.ErrTemporary)

// load reads the list of all files.
func (s *Store) load(ctx context.Context) error {
	var all struct {
		Files  []told `json:"f"`
		Number string `json:"sn"`
	}
	if err := s.client.call(ctx, command{"a": "f", "c": 1}, &all); err != nil {
		return err
	}
	t, bin := newTree(), ""
	for i := range all.Files {
		t.add(&all.Files[i], s.client.masterKey())
		if all.Files[i].Type == isBin {
			bin = all.Files[i].Handle
		}
	}
	if t.top == "" || all.Number == "" {
		return errTop
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tree, s.bin, s.number = t, bin, all.Number
	return nil
}

// isBin is the kind of the rubbish bin.
const isBin = 4

// mostAtOnce bounds how often changes are asked for until there are none.
const mostAtOnce = 1000

// follow learns what has changed. Where that is not understood, all is read
// again.
func (s *Store) follow(ctx context.Context) error {
	for range mostAtOnce {
		more, err := s.step(ctx)
		if r, is := errors.AsType[refusal](err); is && r != errNoSession && r != errAgain || errors.Is(err, errNews) {
			return s.load(ctx)
		}
		if err != nil || !more {
			return err
		}
	}
	return s.load(ctx)
}

// errNews: what has changed is not understood.
var errNews = errors.New("the changes are not understood")

// step asks once for what has changed.
func (s *Store) step(ctx context.Context) (more bool, err error) {
	s.mu.Lock()
	from := s.number
	s.mu.Unlock()
	var news struct {
		Wait    string            `json:"w"`
		Number  string            `json:"sn"`
		Changes []json.RawMessage `json:"a"`
	}
	err = s.client.within(ctx, func(session string) error {
		answer, err := s.client.send(ctx, s.client.base+"/sc?sn="+from+"&sid="+session, nil)
		if err != nil {
			return err
		}
		if r, is := asRefusal(answer); is {
			return r
		}
		if json.Unmarshal(answer, &news) != nil || news.Wait == "" && news.Number == "" {
			return errNews
		}
		return nil
	})
	if err != nil || news.Wait != "" {
		return false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.number != from {
		return true, nil // somebody else was faster
	}
	for _, c := range news.Changes {
		if s.tree.apply(c, s.client.masterKey()) != nil {
			return false, errNews
		}
	}
	s.number = news.Number
	return true, nil
}

// files finds those of a name, the newest first.
func (s *Store) files(name string) []*node {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tree.files(s.parts(name))
}

// find finds the newest file of a name.
func (s *Store) find(name string) (*node, error) {
	if all := s.files(name); len(all) > 0 {
		return all[0], nil
	}
	return nil, fmt.Errorf("%w: there is no file of that name", backends.ErrNotExist)
}

// folder finds the folder of a path, and makes what is missing of it. The first
// parts must be there. The caller holds changing.
func (s *Store) folder(ctx context.Context, path []string, there int) (string, error) {
	for depth := there; ; depth++ {
		s.mu.Lock()
		found := s.tree.folders(path[:depth])
		s.mu.Unlock()
		switch {
		case len(found) == 0 && depth == there:
			return "", fmt.Errorf("%w: there is no folder %q", backends.ErrNotExist, strings.Join(path[:there], "/"))
		case len(found) == 0:
			return "", fmt.Errorf("%w: MEGA has lost a folder", backends.ErrTemporary)
		case depth == len(path):
			return found[0].handle, nil
		}
		s.mu.Lock()
		below := s.tree.folders(path[:depth+1])
		s.mu.Unlock()
		if len(below) > 0 {
			continue
		}
		if err := s.mkdir(ctx, found[0].handle, path[depth]); err != nil {
			return "", err
		}
	}
}

func (s *Store) mkdir(ctx context.Context, parent, name string) error {
	key := random(block)
	attr, err := sealName(key, name)
	if err != nil {
		return fmt.Errorf("%w: %w", backends.ErrInvalidName, err)
	}
	_, err = s.make(ctx, parent, command{"h": "xxxxxxxx", "t": isFolder, "a": attr, "k": encode(seal(s.client.masterKey(), key))})
	return err
}

// make makes a node, and returns it.
func (s *Store) make(ctx context.Context, parent string, what command) (*node, error) {
	var made struct {
		Files []told `json:"f"`
	}
	if err := s.client.call(ctx, command{"a": "p", "t": parent, "n": []command{what}}, &made); err != nil {
		return nil, err
	}
	if len(made.Files) != 1 {
		return nil, fmt.Errorf("%w: MEGA made %d files", backends.ErrTemporary, len(made.Files))
	}
	n, err := made.Files[0].open(s.client.masterKey())
	if err != nil {
		return nil, fmt.Errorf("%w: %w", backends.ErrCorrupt, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tree.put(n)
	return n, nil
}

// List implements backends.Store.
func (s *Store) List(ctx context.Context, prefix string) iter.Seq2[backends.Object, error] {
	return func(yield func(backends.Object, error) bool) {
		all, err := s.list(ctx)
		if err != nil {
			yield(backends.Object{}, fmt.Errorf("listing: %w", err))
			return
		}
		for name, n := range all {
			if !strings.HasPrefix(name, prefix) || check(name) != nil {
				continue
			}
			if ctx.Err() != nil {
				yield(backends.Object{}, fmt.Errorf("listing: %w", context.Cause(ctx)))
				return
			}
			if !yield(n.object(name), nil) {
				return
			}
		}
	}
}

func (s *Store) list(ctx context.Context) (map[string]*node, error) {
	if err := s.follow(ctx); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	folders := s.tree.folders(s.root)
	if len(folders) == 0 {
		return nil, fmt.Errorf("%w: there is no folder %q", backends.ErrNotExist, strings.Join(s.root, "/"))
	}
	return s.tree.below(folders), nil
}

func (n *node) object(name string) backends.Object {
	return backends.Object{Name: name, Size: n.size, ModTime: n.changed}
}

// Stat implements backends.Store.
func (s *Store) Stat(ctx context.Context, name string) (backends.Object, error) {
	err := check(name)
	if err != nil {
		return backends.Object{}, err
	}
	var n *node
	if err = s.follow(ctx); err == nil {
		n, err = s.find(name)
	}
	if err != nil {
		return backends.Object{}, fmt.Errorf("looking at %s: %w", name, err)
	}
	return n.object(name), nil
}

// Delete implements backends.Store. All files of that name go.
func (s *Store) Delete(ctx context.Context, name string) error {
	if err := check(name); err != nil {
		return err
	}
	if err := s.remove(ctx, name); err != nil {
		return fmt.Errorf("deleting %s: %w", name, err)
	}
	return nil
}

func (s *Store) remove(ctx context.Context, name string) error {
	if err := s.follow(ctx); err != nil {
		return err
	}
	if !s.there() {
		return fmt.Errorf("%w: there is no folder %q", backends.ErrNotExist, strings.Join(s.root, "/"))
	}
	end, err := s.change(ctx)
	if err != nil {
		return err
	}
	defer end()
	return s.drop(ctx, s.files(name))
}

// drop deletes nodes. One that is gone already is no error. The caller holds
// changing.
func (s *Store) drop(ctx context.Context, all []*node) error {
	for _, n := range all {
		what := command{"a": "d", "n": n.handle}
		if s.trash && s.bin != "" {
			what = command{"a": "m", "n": n.handle, "t": s.bin}
		}
		var done int
		if err := s.client.call(ctx, what, &done); err != nil && !errors.Is(err, errNotThere) {
			return err
		}
		s.mu.Lock()
		s.tree.remove(n.handle)
		s.mu.Unlock()
	}
	return nil
}

// Space implements backends.Spacer.
func (s *Store) Space(ctx context.Context) (free, total int64, err error) {
	var room struct {
		Total int64 `json:"mstrg"`
		Used  int64 `json:"cstrg"`
	}
	if err := s.client.call(ctx, command{"a": "uq", "strg": 1, "xfer": 1}, &room); err != nil {
		return -1, -1, fmt.Errorf("asking for the room: %w", err)
	}
	return max(room.Total-room.Used, 0), room.Total, nil
}

// Traits implements backends.Describer.
func (s *Store) Traits() backends.Traits {
	return backends.Traits{Remote: true, Connections: s.connections}
}

// Writable implements backends.Prober.
func (s *Store) Writable(ctx context.Context) error { return transfer.Probe(ctx, s) }

// parting is how long ending the session may take.
const parting = 5 * time.Second

// leave ends the session: otherwise the account would list it for ever.
func (s *Store) leave(ctx context.Context) {
	defer s.client.web.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), parting)
	defer cancel()
	_ = s.client.logout(ctx) // what was stored is stored
}

// Close implements backends.Store.
func (s *Store) Close() error {
	s.leave(context.Background())
	return nil
}

package session

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/zone"
)

// ShownFolder is a version that is open as a folder.
type ShownFolder struct {
	Version engine.Version
	// Address is where file managers find it: a URL with http, which is a
	// secret.
	Address string
}

// idleFolder is after how long without a question a folder is closed.
const idleFolder = 4 * time.Hour

// shownFolders are the versions that are open as folders.
type shownFolders struct {
	mu  sync.Mutex
	all []shownFolder // in the order in which they were opened; guarded by mu
}

type shownFolder struct {
	archive Archive
	version engine.Version
	folder  *engine.Folder
}

func (f *shownFolder) told() ShownFolder { return ShownFolder{f.version, f.folder.Address()} }

// OpenFolder shows a version as a folder that can only be read, until it is
// closed or the session ends, or nobody looked at it for hours. One that is
// open already is told again.
func (s *Session) OpenFolder(ctx context.Context, a Archive, v engine.Version) (ShownFolder, error) {
	if open, ok := s.folders.find(func(f *shownFolder) bool { return f.archive.Is(a) && f.version.ID == v.ID }); ok {
		return open.told(), nil
	}
	// The folder outlives the question for it.
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	waiting := context.AfterFunc(ctx, end)
	name := a.Name + " " + zone.Of(v.Time).Format("2006-01-02 15.04")
	folder, err := s.engine.Folder(life, s.reach(life, a), engine.Moment{ID: v.ID, At: v.Time}, engine.FolderPlan{Name: name, Idle: idleFolder})
	if err == nil && !waiting() {
		err = errors.Join(context.Cause(ctx), folder.Close())
	}
	if err != nil {
		end()
		return ShownFolder{}, err
	}
	f := shownFolder{a, v, folder}
	s.folders.add(f)
	s.running.Go(func() {
		defer end()
		s.awaitFolder(f)
	})
	s.changed()
	return f.told(), nil
}

// awaitFolder waits for the end of a folder, or of the session.
func (s *Session) awaitFolder(f shownFolder) {
	select {
	case <-f.folder.Done():
	case <-s.ctx.Done():
	}
	_ = f.folder.Close() // it was only read
	s.folders.remove(f.folder)
	s.changed()
}

// Folders are the versions of an archive that are open as folders.
func (s *Session) Folders(a Archive) (open []ShownFolder) {
	s.folders.mu.Lock()
	defer s.folders.mu.Unlock()
	for i := range s.folders.all {
		if f := &s.folders.all[i]; f.archive.Is(a) {
			open = append(open, f.told())
		}
	}
	return open
}

// CloseFolder closes what is open at an address.
func (s *Session) CloseFolder(address string) error {
	f, ok := s.folders.find(func(f *shownFolder) bool { return f.folder.Address() == address })
	if !ok {
		return nil
	}
	err := f.folder.Close()
	s.folders.remove(f.folder)
	return err
}

func (l *shownFolders) add(f shownFolder) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, f)
}

func (l *shownFolders) remove(f *engine.Folder) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = slices.DeleteFunc(l.all, func(x shownFolder) bool { return x.folder == f })
}

func (l *shownFolders) find(is func(*shownFolder) bool) (shownFolder, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.all {
		if is(&l.all[i]) {
			return l.all[i], true
		}
	}
	return shownFolder{}, false
}

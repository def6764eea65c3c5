// Package folder shows a version as a folder that file managers open: through
// WebDAV, on this computer alone, read only, and only to whoever knows the
// address, in which there is a secret that is made anew each time.
//
// Open starts a Folder; it ends with Close, or when nobody asked it for
// anything for long.
package folder

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"iter"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/varve-backup/varve/engine/repository"
)

// Version is what is shown.
type Version interface {
	// ReadDir yields the direct children of a folder, "" for the root.
	ReadDir(ctx context.Context, path string) iter.Seq2[repository.Entry, error]
	// OpenFile opens a regular file.
	OpenFile(ctx context.Context, e *repository.Entry) (File, error)
	Close() error
}

// File is read at any place. See engine.File.
type File interface {
	ReadAt(ctx context.Context, p []byte, off int64) (int, error)
	Size() int64
	Close() error
}

// Config says what is shown.
type Config struct {
	// Version is closed when the folder ends, also when Open fails.
	Version Version
	// Name is how file managers call the folder.
	Name string
	// Root is where the version's root was on the computer that it is of, "" if
	// that is not known: links name it.
	Root string
	// Idle is after how long without a question the folder ends; 0 is never.
	Idle time.Duration
}

// Folder is a version that is shown.
type Folder struct {
	config  Config
	server  *http.Server
	host    string // of the address
	secret  string // the first part of the path
	name    string // the second one
	files   *openFiles
	dav     http.Handler
	folders *catalogue

	ctx  context.Context //nolint:containedctx // of the folder's life
	stop context.CancelFunc
	done chan struct{} // closed when all of it is closed
	err  error         // of closing, once done is closed

	mu     sync.Mutex
	ended  bool        // no question is answered any more; guarded by mu
	asking int         // how many questions are being answered; guarded by mu
	quiet  sync.Cond   // none is
	idle   *time.Timer // ends the folder; guarded by mu
}

// slow is how long the head of a question may take, and how long a connection
// stays open without one.
const (
	slow   = 10 * time.Second
	unused = 2 * time.Minute
)

// Open shows a version. The context is for opening only.
func Open(ctx context.Context, c Config) (*Folder, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening a folder on this computer: %w", err), c.Version.Close())
	}
	f := &Folder{
		config: c, host: listener.Addr().String(), secret: rand.Text(), name: nameInPath(c.Name),
		files: newOpenFiles(c.Version), folders: newCatalogue(c.Version), done: make(chan struct{}),
	}
	f.ctx, f.stop = context.WithCancel(context.WithoutCancel(ctx))
	f.quiet.L = &f.mu
	f.dav = f.newDAV()
	f.server = &http.Server{
		Handler: f, ReadHeaderTimeout: slow, IdleTimeout: unused, MaxHeaderBytes: 64 << 10,
		BaseContext: func(net.Listener) context.Context { return f.ctx },
	}
	if c.Idle > 0 {
		f.idle = time.AfterFunc(c.Idle, f.stop)
	}
	go f.serve(listener)
	return f, nil
}

// nameInPath is a name that can be a part of a path.
func nameInPath(name string) string {
	name = strings.ReplaceAll(name, "/", "∕")
	if name == "" || name == "." || name == ".." {
		return "version"
	}
	return name
}

// serve answers until the folder is to end, and closes everything.
func (f *Folder) serve(l net.Listener) {
	defer close(f.done)
	defer f.stop()
	served := make(chan error, 1)
	go func() { served <- f.server.Serve(l) }()
	var err error
	select {
	case err = <-served:
	case <-f.ctx.Done():
		err = errors.Join(f.server.Close(), <-served)
	}
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	f.waitForAnswers()
	f.err = errors.Join(err, f.files.close(), f.config.Version.Close())
}

// Address is where the folder is: a URL with http.
func (f *Folder) Address() string {
	return (&url.URL{Scheme: "http", Host: f.host, Path: f.prefix() + "/"}).String()
}

func (f *Folder) prefix() string { return "/" + f.secret + "/" + f.name }

// Done is closed when the folder has ended.
func (f *Folder) Done() <-chan struct{} { return f.done }

// Close ends the folder: what is being read of it is cut off.
func (f *Folder) Close() error {
	f.stop()
	<-f.done
	return f.err
}

// begin notes that a question is being answered; it reports false when none is
// any more.
func (f *Folder) begin() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended {
		return false
	}
	f.asking++
	if f.idle != nil {
		f.idle.Stop()
	}
	return true
}

// end notes that it was.
func (f *Folder) end() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asking--
	if f.asking > 0 {
		return
	}
	f.quiet.Broadcast()
	if f.idle != nil && !f.ended {
		f.idle.Reset(f.config.Idle)
	}
}

// waitForAnswers waits for those that are being given, and lets none begin.
func (f *Folder) waitForAnswers() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ended = true
	if f.idle != nil {
		f.idle.Stop()
	}
	for f.asking > 0 {
		f.quiet.Wait()
	}
}

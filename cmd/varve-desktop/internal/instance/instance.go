// Package instance keeps a program to one process per user: the first one
// claims a folder, and a later one asks it to come to the front. Start with
// Claim.
//
// The claim is a lock of the kernel on a file, so that a process that was
// killed leaves nothing behind that would have to be cleaned up.
package instance

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// ErrTaken: another process holds the claim.
var ErrTaken = errors.New("another process holds it")

const (
	lockName   = "desktop.lock"
	socketName = "desktop.sock"
	request    = "raise"
	answer     = "raised"
)

// longestToken is more than any desktop gives.
const longestToken = 1024

// talkLimit is how long one exchange of the two words may take.
const talkLimit = 10 * time.Second

// Instance is the claim. Close gives it up.
type Instance struct {
	lock     *os.File
	listener net.Listener
	serving  sync.WaitGroup
}

// Claim takes dir, which is made for this user alone, or returns ErrTaken.
// raise is called, from any goroutine, when a later process asks, with the
// token that the desktop started that one with, "" for none.
func Claim(dir string, raise func(token string)) (*Instance, error) {
	if err := errors.Join(os.MkdirAll(dir, 0o700), os.Chmod(dir, 0o700)); err != nil {
		return nil, fmt.Errorf("making the folder of the running program: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the lock of the running program: %w", err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = ErrTaken
		}
		return nil, errors.Join(fmt.Errorf("locking %s: %w", lock.Name(), err), lock.Close())
	}
	i := &Instance{lock: lock}
	if err := i.listen(filepath.Join(dir, socketName)); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	i.serving.Go(func() { i.serve(raise) })
	return i, nil
}

// listen replaces the socket of a process that is gone, as the lock proves.
func (i *Instance) listen(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("removing the socket of an earlier start: %w", err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return fmt.Errorf("listening for later starts: %w", err)
	}
	i.listener = l
	return os.Chmod(path, 0o600)
}

// serve ends when the listener is closed.
func (i *Instance) serve(raise func(string)) {
	for {
		conn, err := i.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil {
			i.serving.Go(func() { talk(conn, raise) })
		}
	}
}

// talk answers one later start. What it says is bounded, because any program
// of this user may connect.
func talk(conn net.Conn, raise func(string)) {
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(talkLimit)); err != nil {
		return
	}
	line, err := bufio.NewReader(io.LimitReader(conn, longestToken+64)).ReadString('\n')
	if err != nil {
		return
	}
	word, token, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
	if word != request {
		return
	}
	raise(token)
	// A start that does not wait for the answer has lost nothing.
	_, _ = io.WriteString(conn, answer+"\n")
}

// Close lets a later process claim the folder.
func (i *Instance) Close() error {
	err := i.listener.Close()
	i.serving.Wait()
	return errors.Join(err, i.lock.Close())
}

// retry is the pause between two tries of Raise.
const retry = 50 * time.Millisecond

// Raise asks the process that holds dir to come to the front, and hands it the
// token that the desktop gave this one. A process that has only just claimed
// dir may not listen yet, so Raise tries until ctx ends.
func Raise(ctx context.Context, dir, token string) error {
	line := request
	// One that cannot be said in a line is none of a desktop's.
	if token != "" && len(token) <= longestToken && !strings.Contains(token, "\n") {
		line += " " + token
	}
	for {
		err := ask(ctx, filepath.Join(dir, socketName), line)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("asking the running program to show its window: %w", err)
		case <-time.After(retry):
		}
	}
}

func ask(ctx context.Context, path, line string) error {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "unix", path)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(talkLimit)); err != nil {
		return err
	}
	if _, err := io.WriteString(conn, line+"\n"); err != nil {
		return err
	}
	got, err := bufio.NewReader(io.LimitReader(conn, 64)).ReadString('\n')
	if err != nil {
		return err
	}
	if got != answer+"\n" {
		return fmt.Errorf("the answer was %q", got)
	}
	return nil
}

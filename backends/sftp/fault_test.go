package sftp_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/backendtest"
	"github.com/varve-backup/varve/backends/backendtest/link"
	"github.com/varve-backup/varve/backends/backendtest/servers"
)

// throughLink opens a folder over a bad network.
func throughLink(t testing.TB, scheme string, o link.Options, change func(c *backends.Config)) (s backends.Store, l *link.Link, dir string) {
	t.Helper()
	server := servers.SSH(t, servers.SSHOptions{NoSFTP: scheme == "fish"})
	l = link.New(t, fmt.Sprintf("127.0.0.1:%d", server.Port), o)
	c := config(t, server)
	c.Options["ssh-options"] += " -oStrictHostKeyChecking=no" // it is at another port
	if change != nil {
		change(&c)
	}
	dir = t.TempDir()
	return mustOpen(t, fmt.Sprintf("%s://%s@%s/%s", scheme, server.User, l.Addr, dir), c), l, dir
}

// content is some megabytes in which no two places are alike.
func content(n int) backends.BytesSource {
	b := make([]byte, 0, n+32)
	for i := 0; len(b) < n; i++ {
		sum := sha256.Sum256(fmt.Append(nil, i))
		b = append(b, sum[:]...)
	}
	return b[:n]
}

func holdsOnly(t *testing.T, dir string, want ...string) {
	t.Helper()
	var got []string
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if err != nil || strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("there are %q, want %q; %v", got, want, err)
	}
}

// A connection that breaks in a transfer is told as such, and the next call has
// a new one.
func TestConnectionCut(t *testing.T) {
	t.Parallel()
	for _, scheme := range []string{"sftp", "fish"} {
		t.Run(scheme, func(t *testing.T) {
			s, l, dir := throughLink(t, scheme, link.Options{}, nil)
			big := content(8 << 20)
			l.CutAfter(3 << 20)
			err := s.Put(t.Context(), "x", big)
			if !errors.Is(err, backends.ErrTemporary) {
				t.Errorf("Put: %v, want ErrTemporary", err)
			}
			backendtest.OneClass(t, err)
			if _, err := os.Stat(filepath.Join(dir, "x")); err == nil {
				t.Error("half of it is visible")
			}
			if err := s.Put(t.Context(), "x", big); err != nil {
				t.Fatal(err)
			}
			l.CutAfter(3 << 20)
			r, err := s.Get(t.Context(), "x", 0, -1)
			if err != nil {
				t.Fatal(err)
			}
			n, err := io.Copy(io.Discard, r)
			if !errors.Is(err, backends.ErrTemporary) || n >= int64(len(big)) {
				t.Errorf("Get: %d bytes, %v, want ErrTemporary", n, err)
			}
			backendtest.OneClass(t, err)
			r.Close()
			if r, err = s.Get(t.Context(), "x", n, -1); err != nil {
				t.Fatal(err)
			}
			rest, err := io.ReadAll(r)
			r.Close()
			if err != nil || !bytes.Equal(rest, big[n:]) {
				t.Errorf("the rest has %d bytes, %v", len(rest), err)
			}
		})
	}
}

// While nobody can connect, errors pass; afterwards the calls work.
func TestServerAway(t *testing.T) {
	t.Parallel()
	s, l, _ := throughLink(t, "sftp", link.Options{}, nil)
	l.Refuse()
	l.Cut()
	for range 2 { // the first may be on the connection that was cut
		if _, err := s.Stat(t.Context(), "x"); !errors.Is(err, backends.ErrTemporary) {
			t.Errorf("got %v, want ErrTemporary", err)
		} else {
			backendtest.OneClass(t, err)
		}
	}
	if err := l.Accept(); err != nil {
		t.Fatal(err)
	}
	works(t, s)
}

// A transfer that stands still is given up, and the next call has a new
// connection.
func TestStall(t *testing.T) {
	t.Parallel()
	for _, scheme := range []string{"sftp", "fish"} {
		t.Run(scheme, func(t *testing.T) {
			t.Parallel()
			s, l, _ := throughLink(t, scheme, link.Options{}, func(c *backends.Config) { c.Timeout = patience })
			works(t, s)
			for name, do := range map[string]func() error{
				"Put":  func() error { return s.Put(t.Context(), "y", content(8<<20)) },
				"Stat": func() error { _, err := s.Stat(t.Context(), "x"); return err },
			} {
				l.Stall()
				begun := time.Now()
				err := do()
				if !errors.Is(err, backends.ErrTemporary) || time.Since(begun) > backends.DefaultTimeout {
					t.Errorf("%s: %v after %v, want ErrTemporary", name, err, time.Since(begun))
				}
				backendtest.OneClass(t, err)
				l.Resume()
				works(t, s)
			}
		})
	}
}

// patience is how long the server may be silent where that is tested, and longer
// is more. A busy machine needs a second for what takes none.
const (
	patience = 2 * time.Second
	longer   = patience + patience/2
)

// slow is a source that takes its time, which is no fault of the server's.
type slow struct{ backends.BytesSource }

func (s slow) Open() (io.ReadCloser, error) {
	r, w := io.Pipe()
	go func() {
		tick := time.NewTicker(longer)
		defer tick.Stop()
		for b := []byte(s.BytesSource); len(b) > 0; b = b[1:] {
			<-tick.C
			if _, err := w.Write(b[:1]); err != nil {
				return
			}
		}
		w.Close()
	}()
	return r, nil
}

func TestSlowSourceIsNoStall(t *testing.T) {
	t.Parallel()
	for _, scheme := range []string{"sftp", "fish"} {
		t.Run(scheme, func(t *testing.T) {
			t.Parallel()
			s, _, _ := throughLink(t, scheme, link.Options{}, func(c *backends.Config) {
				c.Timeout, c.Connections = patience, 1
				c.Options["ssh-options"] += " -oConnectTimeout=10"
			})
			if err := s.Put(t.Context(), "x", slow{backends.BytesSource("ab")}); err != nil {
				t.Error(err)
			}
			r, err := s.Get(t.Context(), "x", 0, -1)
			if err != nil {
				t.Fatal(err)
			}
			<-time.After(longer) // who reads late is no fault of the server's either
			if b, err := io.ReadAll(r); string(b) != "ab" || err != nil {
				t.Errorf("%q, %v", b, err)
			}
			r.Close()
		})
	}
}

// Cancelling ends a call at once, even when nothing moves any more, and leaves
// nothing behind.
func TestCancelled(t *testing.T) {
	t.Parallel()
	for _, scheme := range []string{"sftp", "fish"} {
		t.Run(scheme, func(t *testing.T) {
			s, l, dir := throughLink(t, scheme, link.Options{BytesPerSecond: 8 << 20}, nil)
			works(t, s)
			why := errors.New("enough")
			for _, still := range []bool{false, true} {
				ctx, cancel := context.WithCancelCause(t.Context())
				src := &halfway{BytesSource: content(6 << 20), reached: make(chan struct{})}
				done := make(chan error, 1)
				go func() { done <- s.Put(ctx, "y", src) }()
				<-src.reached
				if still {
					l.Stall()
				}
				begun := time.Now()
				cancel(why)
				if err := <-done; !errors.Is(err, why) || time.Since(begun) > backends.DefaultTimeout/2 {
					t.Errorf("%v after %v", err, time.Since(begun))
				}
				l.Resume()
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			if _, err := os.Stat(filepath.Join(dir, "y")); err == nil {
				t.Error("it is visible")
			}
		})
	}
}

// halfway tells when it was read to its middle.
type halfway struct {
	backends.BytesSource
	reached chan struct{}
}

func (h *halfway) Open() (io.ReadCloser, error) {
	half := len(h.BytesSource) / 2
	return io.NopCloser(io.MultiReader(bytes.NewReader(h.BytesSource[:half]), telling{h}, bytes.NewReader(h.BytesSource[half:]))), nil
}

type telling struct{ h *halfway }

func (t telling) Read([]byte) (int, error) { close(t.h.reached); return 0, io.EOF }

// On a good connection the temporary file of a cancelled Put goes at once.
func TestCancelledPutLeavesNothing(t *testing.T) {
	t.Parallel()
	server := servers.SSH(t, servers.SSHOptions{})
	for _, scheme := range []string{"sftp", "fish"} {
		dir := t.TempDir()
		s := mustOpen(t, server.Address(scheme, dir), config(t, server))
		ctx, cancel := context.WithCancel(t.Context())
		src := &halfway{BytesSource: content(8 << 20), reached: make(chan struct{})}
		go func() { <-src.reached; cancel() }()
		if err := s.Put(ctx, "y", src); err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		} else if err != nil {
			holdsOnly(t, dir)
		}
	}
}

// A disk that is full is told from other failures.
func TestFull(t *testing.T) {
	full := func(s backends.Store) {
		t.Helper()
		err := s.Put(t.Context(), "x", content(2<<20))
		if !errors.Is(err, backends.ErrFull) {
			t.Errorf("got %v, want ErrFull", err)
		}
		backendtest.OneClass(t, err)
	}
	addr, known := (&ownServer{config: ssh.ServerConfig{NoClientAuth: true}, full: true}).start(t)
	full(mustOpen(t, "sftp://alice@"+addr+"/x", passwordConfig(t, known)))
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", dir).CombinedOutput(); err != nil {
		t.Logf("no small disk for sshd, which only root can mount: %s", out)
		return
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
			t.Errorf("umount: %s", out)
		}
	})
	server := servers.SSH(t, servers.SSHOptions{})
	for _, scheme := range []string{"sftp", "fish"} {
		full(mustOpen(t, server.Address(scheme, dir), config(t, server)))
		holdsOnly(t, dir)
	}
}

// Folders that may not be written to or read are told as such. Root may.
func TestPermissions(t *testing.T) {
	if os.Geteuid() == 0 {
		// Nobody stops root but a file system that is read-only, as this one is.
		server := servers.SSH(t, servers.SSHOptions{})
		for _, scheme := range []string{"sftp", "fish"} {
			s := mustOpen(t, server.Address(scheme, "/sys"), config(t, server))
			err := s.Put(t.Context(), "x", backends.BytesSource("x"))
			if !errors.Is(err, backends.ErrPermission) {
				t.Errorf("%s: %v, want ErrPermission", scheme, err)
			}
			backendtest.OneClass(t, err)
		}
		return
	}
	server := servers.SSH(t, servers.SSHOptions{})
	for _, scheme := range []string{"sftp", "fish"} {
		dir := t.TempDir()
		s := mustOpen(t, server.Address(scheme, dir), config(t, server))
		for _, name := range []string{"x", "closed/y"} {
			if err := s.Put(t.Context(), name, backends.BytesSource("x")); err != nil {
				t.Fatal(err)
			}
		}
		closed := filepath.Join(dir, "closed")
		if err := errors.Join(os.Chmod(closed, 0), os.Chmod(dir, 0o500)); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = errors.Join(os.Chmod(dir, 0o700), os.Chmod(closed, 0o700)) })
		list := func(prefix string) (n int, err error) {
			for _, err = range s.List(t.Context(), prefix) {
				n++
			}
			return n, err
		}
		if n, err := list(""); n != 1 || err != nil {
			t.Errorf("%s: %d are listed, %v", scheme, n, err)
		}
		_, lerr := list("closed/")
		prober, _ := backends.As[backends.Prober](s)
		for call, err := range map[string]error{
			"Put": s.Put(t.Context(), "z", backends.BytesSource("x")), "Writable": prober.Writable(t.Context()), "List": lerr, "Delete": s.Delete(t.Context(), "x"),
		} {
			if !errors.Is(err, backends.ErrPermission) {
				t.Errorf("%s %s: %v, want ErrPermission", scheme, call, err)
			}
			backendtest.OneClass(t, err)
		}
	}
}

// A server without any of OpenSSH's extensions replaces objects all the same.
func TestServerWithoutExtensions(t *testing.T) {
	if err := sftp.SetSFTPExtensions(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		sftp.SetSFTPExtensions("hardlink@openssh.com", "posix-rename@openssh.com", "statvfs@openssh.com")
	})
	addr, known := (&ownServer{config: ssh.ServerConfig{NoClientAuth: true}}).start(t)
	c := passwordConfig(t, known)
	c.Connections = 1 // its files go with the connection
	s := mustOpen(t, "sftp://alice@"+addr+"/x", c)
	for _, text := range []string{"first", "second"} {
		if err := s.Put(t.Context(), "a/b", backends.BytesSource(text)); err != nil {
			t.Fatal(err)
		}
		r, err := s.Get(t.Context(), "a/b", 0, -1)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(r); string(b) != text || err != nil {
			t.Errorf("%q, %v", b, err)
		}
		r.Close()
	}
	n := 0
	for _, err := range s.List(t.Context(), "") {
		if n++; err != nil {
			t.Error(err)
		}
	}
	if n != 1 {
		t.Errorf("%d objects", n)
	}
	spacer, _ := backends.As[backends.Spacer](s)
	if _, _, err := spacer.Space(t.Context()); !errors.Is(err, backends.ErrUnsupported) {
		t.Errorf("got %v, want ErrUnsupported", err)
	}
}

// A server that wants no further connection gets none.
func TestOneConnectionOnly(t *testing.T) {
	addr, known := (&ownServer{config: ssh.ServerConfig{NoClientAuth: true}, single: true}).start(t)
	s := mustOpen(t, "sftp://alice@"+addr+"/x", passwordConfig(t, known))
	done := make(chan error, 8)
	for i := range cap(done) {
		go func() { done <- s.Put(t.Context(), fmt.Sprint(i), content(100_000)) }()
	}
	for range cap(done) {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// The part of the server that speaks SFTP may end while the connection lives.
func TestSFTPEnds(t *testing.T) {
	server := &ownServer{config: ssh.ServerConfig{NoClientAuth: true}}
	addr, known := server.start(t)
	c := passwordConfig(t, known)
	c.Connections = 1
	s := mustOpen(t, "sftp://alice@"+addr+"/", c)
	works(t, s)
	server.hangUp()
	if err := s.Put(t.Context(), "x", backends.BytesSource("x")); !errors.Is(err, backends.ErrTemporary) {
		t.Errorf("got %v, want ErrTemporary", err)
	}
	works(t, s)
}

// Answers that make no sense end a call and not the program.
func TestLyingServer(t *testing.T) {
	addr, known := (&ownServer{config: ssh.ServerConfig{NoClientAuth: true}, lying: true}).start(t)
	s := mustOpen(t, "sftp://alice@"+addr+"/", passwordConfig(t, known))
	r, err := s.Get(t.Context(), "x", 0, -1)
	if err == nil {
		_, err = io.ReadAll(r)
		r.Close()
	}
	backendtest.OneClass(t, err)
	for _, err := range s.List(t.Context(), "") {
		backendtest.OneClass(t, err)
	}
	backendtest.OneClass(t, s.Put(t.Context(), "x", content(100)))
}

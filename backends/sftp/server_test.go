package sftp_test

import (
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"github.com/varve-backup/varve/backends/backendtest/servers"
)

// ownServer lets in who knows a password; sshd could only with the help of the
// system's accounts. Its files are in memory, and go with the connection.
type ownServer struct {
	config ssh.ServerConfig
	// single: there is one connection at a time.
	single bool
	// full: nothing can be written, and statvfs says why.
	full bool

	mu       sync.Mutex
	channels []ssh.Channel
	alive    int
}

// start returns where it listens, and a file with its key.
func (s *ownServer) start(t testing.TB) (addr, known string) {
	t.Helper()
	dir := t.TempDir()
	path := servers.SSHKey(t, filepath.Join(dir, "hostkey"), "")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ssh.ParsePrivateKey(b)
	if err != nil {
		t.Fatal(err)
	}
	s.config.AddHostKey(key)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { s.serve(conn) })
		}
	})
	t.Cleanup(func() { l.Close(); all.Wait() })
	line := (&servers.SSHServer{Port: l.Addr().(*net.TCPAddr).Port, HostKey: path}).KnownHostsLine(t)
	return l.Addr().String(), servers.WriteFile(t, filepath.Join(dir, "known"), line+"\n", 0o600)
}

func (s *ownServer) serve(raw net.Conn) {
	defer raw.Close()
	if !s.enter() {
		return
	}
	defer s.leave()
	conn, channels, requests, err := ssh.NewServerConn(raw, &s.config)
	if err != nil {
		return
	}
	defer conn.Close()
	var all sync.WaitGroup
	defer all.Wait()
	all.Go(func() { ssh.DiscardRequests(requests) })
	for c := range channels {
		channel, requests, err := c.Accept()
		if err != nil {
			return
		}
		all.Go(func() { s.serveChannel(channel, requests) })
	}
}

// enter counts a connection, unless it is one too many.
func (s *ownServer) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.single && s.alive > 0 {
		return false
	}
	s.alive++
	return true
}

func (s *ownServer) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.alive--
}

// hangUp ends what speaks SFTP, and no connection.
func (s *ownServer) hangUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.channels {
		c.Close()
	}
}

func (s *ownServer) serveChannel(channel ssh.Channel, requests <-chan *ssh.Request) {
	defer channel.Close()
	s.mu.Lock()
	s.channels = append(s.channels, channel)
	s.mu.Unlock()
	handlers := sftp.InMemHandler()
	if s.full {
		disk := fullDisk{handlers.FileCmd}
		handlers.FilePut, handlers.FileCmd = disk, disk
	}
	for r := range requests {
		wanted := r.Type == "subsystem" && string(r.Payload[4:]) == "sftp"
		if err := r.Reply(wanted, nil); err != nil || !wanted {
			continue
		}
		go ssh.DiscardRequests(requests)
		_ = sftp.NewRequestServer(channel, handlers).Serve() // ends with the client
		return
	}
}

// fullDisk takes no bytes.
type fullDisk struct{ sftp.FileCmder }

// Filewrite implements sftp.FileWriter.
func (fullDisk) Filewrite(*sftp.Request) (io.WriterAt, error) { return fullFile{}, nil }

// StatVFS implements sftp.StatVFSFileCmder.
func (fullDisk) StatVFS(*sftp.Request) (*sftp.StatVFS, error) {
	return &sftp.StatVFS{Bsize: 4096, Frsize: 4096, Blocks: 1000, Bfree: 50, Files: 100, Favail: 5}, nil
}

type fullFile struct{}

// WriteAt implements io.WriterAt.
func (fullFile) WriteAt([]byte, int64) (int, error) { return 0, errors.New("something is wrong") }

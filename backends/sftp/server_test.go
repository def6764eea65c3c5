package sftp_test

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
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
	// lying: answers hold less than they say.
	lying bool

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
		if s.lying {
			lie(channel)
			return
		}
		_ = sftp.NewRequestServer(channel, handlers).Serve() // ends with the client
		return
	}
}

// lie answers as SFTP does, but the lengths within the answers are wrong.
func lie(channel io.ReadWriter) {
	answer := func(kind byte, body ...byte) {
		packet := append(binary.BigEndian.AppendUint32(nil, uint32(len(body)+1)), kind)
		_, _ = channel.Write(append(packet, body...)) // a client that is gone is no loss
	}
	for {
		var head [5]byte
		if _, err := io.ReadFull(channel, head[:]); err != nil {
			return
		}
		body := make([]byte, binary.BigEndian.Uint32(head[:])-1)
		if _, err := io.ReadFull(channel, body); err != nil {
			return
		}
		const version, status, handle, data, names, attributes = 2, 101, 102, 103, 104, 105
		id := slices.Clone(body[:4])
		switch head[4] {
		case 1: // init
			answer(version, 0, 0, 0, 3)
		case 3, 11: // open, opendir
			answer(handle, append(id, 0, 0, 0, 1, 'h')...)
		case 5: // read
			answer(data, append(id, 0, 0, 99, 99, 'x')...)
		case 7, 8: // lstat, fstat: a file of nine bytes
			answer(attributes, append(id, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0x81, 0xff)...)
		case 17: // stat: a folder
			answer(attributes, append(id, 0, 0, 0, 4, 0, 0, 0x41, 0xff)...)
		case 12: // readdir
			answer(names, append(id, 0, 0, 0, 9, 0, 0, 99, 99)...)
		default:
			answer(status, append(id, 0, 0, 0, 4)...)
		}
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

package ftp_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"maps"
	"net"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
)

// fake is a small FTP server with one folder, for what real ones do not do
// when asked to.
type fake struct {
	t    *testing.T
	addr string
	// answer, when not nil, may answer a command instead of the server.
	answer func(command string) string
	// cut, when not 0, is after how many bytes a connection of data breaks, and
	// ending what is said then.
	cut    int64
	ending string
	// tls, when not nil, encrypts from the start. With TLS 1.3, every connection
	// of data breaks.
	tls *tls.Config

	mu    sync.Mutex
	files map[string]string // guarded by mu
	said  []string          // every command; guarded by mu
	all   sync.WaitGroup
}

// newFake starts one. answer returns "" to leave a command to the server.
func newFake(t *testing.T, answer func(command string) string) *fake {
	t.Helper()
	return newTLSFake(t, answer, nil)
}

func newTLSFake(t *testing.T, answer func(command string) string, config *tls.Config) *fake {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &fake{t: t, addr: l.Addr().String(), answer: answer, tls: config, files: map[string]string{}}
	f.all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			f.all.Go(func() { f.serve(c) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		f.all.Wait()
	})
	return f
}

func (f *fake) url() string { return "ftp://" + f.addr }

func (f *fake) commands() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.said)
}

// breakData sets cut and ending.
func (f *fake) breakData(cut int64, ending string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.cut, f.ending = cut, ending
}

func (f *fake) names() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Sorted(maps.Keys(f.files))
}

// session is one login of a fake.
type session struct {
	f      *fake
	c      net.Conn
	data   net.Listener
	rename string
}

func (f *fake) serve(c net.Conn) {
	defer c.Close()
	if f.tls != nil {
		c = tls.Server(c, f.tls)
	}
	s := &session{f: f, c: c}
	in := bufio.NewScanner(c)
	s.say("220 fake")
	for in.Scan() {
		command := in.Text()
		f.mu.Lock()
		f.said = append(f.said, command)
		f.mu.Unlock()
		answer := ""
		if f.answer != nil {
			answer = f.answer(command)
		}
		if answer == "" {
			verb, arg, _ := strings.Cut(command, " ")
			answer = s.do(verb, path.Clean(arg))
		}
		if answer == "hang up" {
			return
		}
		s.say(answer)
	}
}

func (s *session) say(answer string) { _, _ = io.WriteString(s.c, answer+"\r\n") }

func (s *session) do(verb, arg string) string {
	s.f.mu.Lock()
	defer s.f.mu.Unlock()
	content, there := s.f.files[arg]
	switch verb {
	case "USER":
		return "331 password"
	case "PASS":
		return "230 welcome"
	case "PWD":
		return `257 "/" is current`
	case "TYPE", "NOOP", "QUIT", "PBSZ", "PROT":
		return "200 fine"
	case "CWD":
		if arg != "/" {
			return "550 no such folder"
		}
		return "250 fine"
	case "PASV":
		return s.listen()
	case "STOR", "LIST", "RETR":
		return s.transfer(verb, arg)
	case "SIZE":
		if !there {
			return "550 no such file"
		}
		return fmt.Sprintf("213 %d", len(content))
	case "RNFR":
		s.rename = arg
		return "350 and then"
	case "RNTO":
		if there {
			return "553 it exists"
		}
		s.f.files[arg] = s.f.files[s.rename]
		delete(s.f.files, s.rename)
		return "250 renamed"
	case "DELE":
		delete(s.f.files, arg)
		return "250 gone"
	}
	return "502 what is " + verb
}

func (s *session) listen() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "425 " + err.Error()
	}
	s.data = l
	port := l.Addr().(*net.TCPAddr).Port
	return fmt.Sprintf("227 Entering Passive Mode (10,0,0,1,%d,%d).", port>>8, port&255)
}

func (s *session) transfer(verb, arg string) string {
	c, err := s.data.Accept()
	_ = s.data.Close()
	if err != nil {
		return "425 " + err.Error()
	}
	defer c.Close()
	if t, is := s.c.(*tls.Conn); is {
		if t.ConnectionState().Version == tls.VersionTLS13 {
			s.say("150 here it comes")
			return "426 Failure reading network stream."
		}
		c = tls.Server(c, s.f.tls)
		defer c.Close()
	}
	content, there := s.f.files[arg]
	if verb == "RETR" && !there {
		return "550 no such file"
	}
	s.say("150 here it comes")
	switch verb {
	case "STOR":
		if s.f.cut > 0 {
			_, _ = io.CopyN(io.Discard, c, s.f.cut)
			return s.f.ending
		}
		b, _ := io.ReadAll(c)
		s.f.files[arg] = string(b)
	case "RETR":
		if s.f.cut > 0 {
			_, _ = io.WriteString(c, content[:s.f.cut])
			return s.f.ending
		}
		_, _ = io.WriteString(c, content)
	case "LIST":
		for _, name := range slices.Sorted(maps.Keys(s.f.files)) {
			_, _ = fmt.Fprintf(c, "01-02-26  03:04PM %20d %s\r\n", len(s.f.files[name]), strings.TrimPrefix(name, "/"))
		}
		_, _ = io.WriteString(c, "01-02-26  03:04PM       <DIR>          a folder\r\n")
	}
	return "226 done"
}

package ftp_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/backendtest"
	"github.com/varve-backup/varve/backends/backendtest/link"
	"github.com/varve-backup/varve/backends/backendtest/servers"
)

// answers has a fake answer commands by how they begin.
func answers(by map[string]string) func(string) string {
	return func(command string) string {
		for start, answer := range by {
			if strings.HasPrefix(command, start) {
				return answer
			}
		}
		return ""
	}
}

func wantClass(t *testing.T, err, class error) {
	t.Helper()
	backendtest.OneClass(t, err)
	if !errors.Is(err, class) {
		t.Errorf("got %v, want %v", err, class)
	}
}

func TestOpenRefused(t *testing.T) {
	server := servers.PyFTPD(t, "s3cret")
	encrypted := servers.VSFTPD(t, servers.FTPExplicit)
	implicit := servers.VSFTPD(t, servers.FTPImplicit)
	for _, row := range []struct {
		name, url string
		c         backends.Config
		want      error
	}{
		{"wrong password", "ftp://alice:wrong@" + server.Host(), backends.Config{}, backends.ErrAuth},
		{"no password", "ftp://alice@" + server.Host(), backends.Config{}, backends.ErrAuth},
		{"unknown user", "ftp://bob:s3cret@" + server.Host(), backends.Config{}, backends.ErrAuth},
		{"missing folder", "ftp://alice:s3cret@" + server.Host() + "/none/below", backends.Config{}, backends.ErrNotExist},
		{"may not make it", "ftp://" + server.Host() + "/none", backends.Config{Create: true}, backends.ErrPermission},
		{"nobody there", fmt.Sprintf("ftp://127.0.0.1:%d", servers.FreePort(t)), backends.Config{}, backends.ErrOffline},
		{"no TLS", "ftpes://alice:s3cret@" + server.Host(), backends.Config{}, backends.ErrUnsupported},
		{"TLS wanted", "ftp://" + encrypted.Host(), backends.Config{}, backends.ErrAuth},
		{"unknown authority", "ftpes://" + encrypted.Host(), backends.Config{}, backends.ErrCertificate},
		{"unknown authority, implicit", "ftps://" + implicit.Host(), backends.Config{}, backends.ErrCertificate},
		{"no TLS from the start", "ftps://" + server.Host(), backends.Config{}, backends.ErrCertificate},
		{"bad certificates", "ftps://" + implicit.Host(), backends.Config{CAFiles: []string{encrypted.Certificate.Key}}, backends.ErrConfig},
		{"both modes", "ftp://" + encrypted.Host(), backends.Config{Options: map[string]string{"ftp-regular": "true", "ftp-passive": "true"}}, backends.ErrConfig},
		{"line break", "ftp://alice:s3cret@" + server.Host() + "/a%0d%0aDELE x", backends.Config{}, backends.ErrConfig},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := tryOpen(t, row.url, row.c)
			wantClass(t, err, row.want)
			if strings.Contains(fmt.Sprint(err), "s3cret") {
				t.Errorf("the password is in %q", err)
			}
		})
	}
}

func TestInsecureTrustsAnybody(t *testing.T) {
	server := servers.VSFTPD(t, servers.FTPExplicit)
	s := open(t, "ftpes://"+server.Host(), backends.Config{Insecure: true})
	defer s.Close()
	if err := s.(backends.Prober).Writable(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestPasswordFromEnvironmentAndPerson(t *testing.T) {
	server := servers.PyFTPD(t, "s3cret")
	url := "ftp://alice@" + server.Host()
	for _, name := range []string{"FTP_PASSWORD", "BACKEND_PASSWORD"} {
		s := open(t, url, backends.Config{Getenv: func(n string) string { return map[string]string{name: "s3cret"}[n] }})
		s.Close()
	}
	var asked []bool
	s := open(t, url, backends.Config{Secret: func(_ context.Context, r backends.SecretRequest) (string, error) {
		if asked = append(asked, r.Again); r.Account != url {
			t.Errorf("asked for %s", r.Account)
		}
		return map[bool]string{true: "s3cret", false: "wrong"}[r.Again], nil
	}})
	s.Close()
	if !slices.Equal(asked, []bool{false, true}) {
		t.Errorf("asked again: %v", asked)
	}
}

func TestFolderOfTheAccountAndOfTheRoot(t *testing.T) {
	server := servers.PyFTPD(t, "s3cret")
	for _, url := range []string{"/a b/c", "//a b/c", "/a%20b/c/"} {
		s := open(t, "ftp://alice:s3cret@"+server.Host()+url, backends.Config{Create: true})
		if err := s.Put(t.Context(), "x", backends.BytesSource(url)); err != nil {
			t.Fatal(err)
		}
		s.Close()
		if b, err := os.ReadFile(filepath.Join(server.Root, "a b/c/x")); string(b) != url {
			t.Errorf("%q holds %q, %v", url, b, err)
		}
	}
}

// What the server says about a transfer decides what the error is, and nothing
// stays behind.
func TestRefusedByTheServer(t *testing.T) {
	for _, row := range []struct {
		name   string
		answer map[string]string
		want   error
	}{
		{"full before", map[string]string{"STOR": "452 no room"}, backends.ErrFull},
		{"full after", map[string]string{"STOR": "552 over the limit"}, backends.ErrFull},
		{"quota in other words", map[string]string{"STOR": "550 Quota exceeded"}, backends.ErrFull},
		{"denied", map[string]string{"STOR": "550 Permission denied."}, backends.ErrPermission},
		{"cannot create", map[string]string{"STOR": "553 Could not create file."}, backends.ErrPermission},
		{"busy", map[string]string{"STOR": "450 busy"}, backends.ErrTemporary},
		{"shut down", map[string]string{"STOR": "421 going home"}, backends.ErrTemporary},
		{"gone", map[string]string{"STOR": "hang up"}, backends.ErrTemporary},
		{"no data connection", map[string]string{"PASV": "425 no"}, backends.ErrTemporary},
		{"nonsense", map[string]string{"PASV": "hello"}, backends.ErrTemporary},
		{"port of nobody", map[string]string{"PASV": "227 (127,0,0,1,0,1)"}, backends.ErrTemporary},
		{"lies about the size", map[string]string{"SIZE": "213 5"}, backends.ErrCorrupt},
		{"lies about everything", map[string]string{"SIZE": "550 no such file"}, backends.ErrCorrupt},
		{"does not rename", map[string]string{"RNTO": "550 Permission denied"}, backends.ErrPermission},
	} {
		t.Run(row.name, func(t *testing.T) {
			f := newFake(t, answers(row.answer))
			s := open(t, f.url(), backends.Config{})
			defer s.Close()
			wantClass(t, s.Put(t.Context(), "x", backends.BytesSource("0123456789")), row.want)
			if left := f.names(); len(left) > 0 {
				t.Errorf("%q stayed", left)
			}
		})
	}
}

// A server that says 250 to a rename and does nothing.
func TestRenameThatDidNotHappen(t *testing.T) {
	f := newFake(t, answers(map[string]string{"RNTO": "250 renamed"}))
	s := open(t, f.url(), backends.Config{})
	defer s.Close()
	wantClass(t, s.Put(t.Context(), "x", backends.BytesSource("0123456789")), backends.ErrCorrupt)
}

// The fake knows neither EPSV nor FEAT, REST, MDTM or LIST -a, lists as DOS
// does, refuses to rename onto a file, and names a wrong address for data.
func TestOldServer(t *testing.T) {
	f := newFake(t, func(command string) string {
		if command == "LIST -a" {
			return "550 no such file"
		}
		return ""
	})
	s := open(t, f.url(), backends.Config{})
	defer s.Close()
	for _, content := range []string{"first", "second"} {
		if err := s.Put(t.Context(), "with space", backends.BytesSource(content)); err != nil {
			t.Fatal(err)
		}
	}
	r, err := s.Get(t.Context(), "with space", 2, 3)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(r); string(b) != "con" || err != nil {
		t.Errorf("got %q, %v", b, err)
	}
	r.Close()
	var got []string
	for o, err := range s.List(t.Context(), "w") {
		got = append(got, fmt.Sprint(o.Name, o.Size, o.ModTime.Format(" 2006-01-02"), err))
	}
	if want := []string{"with space6 2026-01-02<nil>"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if n := strings.Count(strings.Join(f.commands(), "\n"), "EPSV"); n > 2 {
		t.Errorf("EPSV was tried %d times", n)
	}
}

func TestWithoutSize(t *testing.T) {
	f := newFake(t, answers(map[string]string{"SIZE": "502 never heard of it"}))
	s := open(t, f.url(), backends.Config{})
	defer s.Close()
	if err := s.Put(t.Context(), "x", backends.BytesSource("0123")); err != nil {
		t.Fatal(err)
	}
	if o, err := s.Stat(t.Context(), "x"); o.Size != 4 || err != nil {
		t.Errorf("got %+v, %v", o, err)
	}
	_, err := s.Stat(t.Context(), "y")
	wantClass(t, err, backends.ErrNotExist)
}

// The connection of commands is cut in the middle of an upload; the next call
// works again.
func TestCommandsCut(t *testing.T) {
	server := servers.VSFTPD(t, servers.FTPPlain)
	l := link.New(t, server.Host(), link.Options{})
	s := open(t, "ftp://"+l.Addr, backends.Config{})
	defer s.Close()
	content := bytes.Repeat([]byte("x"), 2<<20)
	source := &cutting{BytesSource: content, after: 1 << 20, cut: l.Cut}
	wantClass(t, s.Put(t.Context(), "x", source), backends.ErrTemporary)
	if left, _ := filepath.Glob(filepath.Join(server.Root, "*")); len(left) > 0 {
		t.Errorf("%q stayed", left)
	}
	if err := s.Put(t.Context(), "x", backends.BytesSource(content)); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// The connection of data is cut, whatever the server says about it.
func TestDataCut(t *testing.T) {
	for _, ending := range []string{"226 done", "426 aborted", "451 local error", "hang up"} {
		t.Run(ending, func(t *testing.T) {
			f := newFake(t, nil)
			s := open(t, f.url(), backends.Config{})
			defer s.Close()
			content := backends.BytesSource(bytes.Repeat([]byte("0123456789"), 1000))
			if err := s.Put(t.Context(), "x", content); err != nil {
				t.Fatal(err)
			}
			f.breakData(100, ending)
			r, err := s.Get(t.Context(), "x", 0, -1)
			if err != nil {
				t.Fatal(err)
			}
			_, err = io.Copy(io.Discard, r)
			wantClass(t, err, backends.ErrTemporary)
			r.Close()
			if err := s.Put(t.Context(), "y", content); err == nil {
				t.Error("half an object was stored")
			} else {
				backendtest.OneClass(t, err)
			}
			f.breakData(0, "")
			if err := s.Put(t.Context(), "y", content); err != nil {
				t.Errorf("afterwards: %v", err)
			}
			if got := f.names(); !slices.Equal(got, []string{"/x", "/y"}) {
				t.Errorf("there is %q", got)
			}
		})
	}
}

// A server that says nothing any more ends a call after the timeout, and a
// context ends it before.
func TestStall(t *testing.T) {
	server := servers.VSFTPD(t, servers.FTPPlain)
	l := link.New(t, server.Host(), link.Options{})
	s := open(t, "ftp://"+l.Addr, backends.Config{Timeout: 2 * time.Second})
	defer s.Close()
	l.Stall()
	defer l.Resume()
	_, err := s.Stat(t.Context(), "x")
	wantClass(t, err, backends.ErrTemporary)
	ctx, cancel := context.WithTimeoutCause(t.Context(), 20*time.Millisecond, errEnough)
	defer cancel()
	if _, err := s.Stat(ctx, "x"); !errors.Is(err, errEnough) {
		t.Errorf("got %v", err)
	}
}

var errEnough = errors.New("that is enough")

// A server that promises MLSD and has it not.
func TestPromisedListing(t *testing.T) {
	f := newFake(t, answers(map[string]string{"FEAT": "211-Features\r\n MLST type*;size*;\r\n211 End"}))
	s := open(t, f.url(), backends.Config{})
	defer s.Close()
	if err := s.Put(t.Context(), "x", backends.BytesSource("1")); err != nil {
		t.Fatal(err)
	}
	for o, err := range s.List(t.Context(), "") {
		if o.Name != "x" || err != nil {
			t.Errorf("got %+v, %v", o, err)
		}
	}
}

// cutting is a source that cuts something when so much of it was read.
type cutting struct {
	backends.BytesSource
	after int
	cut   func()
}

func (c *cutting) Open() (io.ReadCloser, error) {
	return io.NopCloser(io.MultiReader(bytes.NewReader(c.BytesSource[:c.after]), readFunc(func([]byte) (int, error) {
		c.cut()
		return 0, io.EOF
	}), bytes.NewReader(c.BytesSource[c.after:]))), nil
}

type readFunc func([]byte) (int, error)

func (f readFunc) Read(p []byte) (int, error) { return f(p) }

// Some servers were not made for TLS 1.3, and say so by breaking transfers.
func TestOlderTLSAfterABrokenTransfer(t *testing.T) {
	certificate := servers.NewCertificate(t)
	pair, err := tls.LoadX509KeyPair(certificate.Cert, certificate.Key)
	if err != nil {
		t.Fatal(err)
	}
	f := newTLSFake(t, nil, &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12})
	s := open(t, "ftps://"+f.addr, backends.Config{CAFiles: []string{certificate.CA}})
	defer s.Close()
	wantClass(t, s.Put(t.Context(), "x", backends.BytesSource("1")), backends.ErrTemporary)
	if err := s.Put(t.Context(), "x", backends.BytesSource("1")); err != nil {
		t.Errorf("the second time: %v", err)
	}
}

func TestSweepClearsOldParts(t *testing.T) {
	server := servers.PyFTPD(t, "s3cret")
	s := open(t, "ftp://alice:s3cret@"+server.Host()+"/d", backends.Config{Create: true})
	defer s.Close()
	old, fresh, object := filepath.Join(server.Root, "d/varve-put-0.tmp"), filepath.Join(server.Root, "d/varve-put-1.tmp"), filepath.Join(server.Root, "d/object")
	for _, f := range []string{old, fresh, object} {
		if err := errors.Join(os.WriteFile(f, nil, 0o600), os.Chtimes(f, time.Time{}, time.Now().Add(-48*time.Hour))); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.Chtimes(fresh, time.Time{}, time.Now()), s.(backends.Sweeper).Sweep(t.Context())); err != nil {
		t.Fatal(err)
	}
	left, _ := filepath.Glob(filepath.Join(server.Root, "d/*"))
	if want := []string{object, fresh}; !slices.Equal(left, want) {
		t.Errorf("%q are left, want %q", left, want)
	}
}

func TestWritableAndRename(t *testing.T) {
	server := servers.PyFTPD(t, "s3cret")
	s := open(t, "ftp://alice:s3cret@"+server.Host(), backends.Config{})
	defer s.Close()
	if err := errors.Join(s.(backends.Prober).Writable(t.Context()), s.Put(t.Context(), "a", backends.BytesSource("1")),
		s.(backends.Renamer).Rename(t.Context(), "a", "folder/b")); err != nil {
		t.Fatal(err)
	}
	if o, err := s.Stat(t.Context(), "folder/b"); o.Size != 1 || err != nil {
		t.Errorf("got %+v, %v", o, err)
	}
	read := open(t, "ftp://"+server.Host(), backends.Config{})
	defer read.Close()
	wantClass(t, read.(backends.Prober).Writable(t.Context()), backends.ErrPermission)
	wantClass(t, read.Delete(t.Context(), "folder/b"), backends.ErrPermission)
}

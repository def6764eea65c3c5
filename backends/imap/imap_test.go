package imap_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/backendtest"
	"github.com/varve-backup/varve/backends/backendtest/servers"
	"github.com/varve-backup/varve/backends/imap"
)

func open(t testing.TB, url string, c backends.Config) (backends.Store, error) {
	t.Helper()
	return backendtest.TryOpen(t, imap.Kind(), url, c)
}

func mustOpen(t testing.TB, url string, c backends.Config) backends.Store {
	t.Helper()
	return backendtest.MustOpen(t, imap.Kind(), url, c)
}

func TestDovecot(t *testing.T) {
	server := servers.Dovecot(t, "ssl = no")
	var n atomic.Int32
	backendtest.Run(t, func(t testing.TB) backends.Store {
		// A mailbox of its own, and names of senders of which one begins another.
		return mustOpen(t, fmt.Sprintf("imap://alice@%s/back/up%d", server.Host(), n.Add(1)%2), backends.Config{
			Create: true, Options: map[string]string{"imap-mailbox": fmt.Sprint("Box ", n.Load())},
			Getenv: func(name string) string { return map[string]string{"IMAP_PASSWORD": server.Password}[name] },
		})
	})
}

// at is an address at a server.
func at(scheme, host, path string) string { return scheme + "://alice@" + host + "/" + path }

func with(server *servers.IMAPServer, options map[string]string) backends.Config {
	return backends.Config{
		Options: options, CAFiles: []string{server.Certificate.CA},
		Getenv: func(name string) string { return map[string]string{"IMAP_PASSWORD": server.Password}[name] },
	}
}

func TestErrors(t *testing.T) {
	server := servers.Dovecot(t)
	wrong := with(server, nil)
	wrong.Getenv = func(name string) string { return map[string]string{"IMAP_PASSWORD": "wrong"}[name] }
	strangers := with(server, nil)
	strangers.CAFiles = nil
	for name, c := range map[string]struct {
		address string
		config  backends.Config
		want    error
	}{
		"wrong password":           {at("imaps", server.TLSHost(), "x"), wrong, backends.ErrAuth},
		"unknown certificate":      {at("imaps", server.TLSHost(), "x"), strangers, backends.ErrCertificate},
		"the same, by STARTTLS":    {at("imap", server.Host(), "x"), strangers, backends.ErrCertificate},
		"missing mailbox":          {at("imaps", server.TLSHost(), "x"), with(server, map[string]string{"imap-mailbox": "none"}), backends.ErrNotExist},
		"nobody there":             {at("imap", fmt.Sprintf("127.0.0.1:%d", servers.FreePort(t)), "x"), with(server, nil), backends.ErrOffline},
		"no user":                  {"imap://" + server.Host() + "/x", with(server, nil), backends.ErrConfig},
		"right":                    {at("imaps", server.TLSHost(), "x"), with(server, nil), nil},
		"right, by STARTTLS":       {at("imap", server.Host(), "x"), with(server, nil), nil},
		"another server is meant":  {at("imap", "nowhere.invalid:"+strconv.Itoa(server.Port), "x"), with(server, map[string]string{"imap-server": "127.0.0.1"}), nil},
		"login with whole address": {at("imap", server.Host(), "x"), with(server, map[string]string{"imap-full-address": "true"}), nil},
	} {
		s, err := open(t, c.address, c.config)
		if !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if err != nil {
			backendtest.OneClass(t, err)
			continue
		}
		s.Close()
	}
	if log, err := os.ReadFile(server.Log); err != nil || !strings.Contains(string(log), "user=<alice@127.0.0.1>") {
		t.Errorf("nobody logged in with the whole address: %v", err)
	}
}

func TestPasswordIsAskedFor(t *testing.T) {
	server := servers.Dovecot(t, "ssl = no")
	answers := []string{"wrong", server.Password}
	s := mustOpen(t, at("imap", server.Host(), "x"), backends.Config{Secret: func(_ context.Context, r backends.SecretRequest) (string, error) {
		answer := answers[0]
		answers = answers[1:]
		if r.Again != (len(answers) == 0) || r.Account != "imap://alice@"+server.Host() {
			t.Errorf("asked %+v", r)
		}
		return answer, nil
	}})
	s.Close()
}

// A mailbox with a quota says how much room there is, and when there is none.
func TestFullMailbox(t *testing.T) {
	server := servers.Dovecot(t, "ssl = no", "mail_plugins = quota", "protocol imap {", "mail_plugins = quota imap_quota", "}",
		"plugin {", "quota = maildir:User quota", "quota_rule = *:storage=1M", "quota_grace = 0", "}")
	s := mustOpen(t, at("imap", server.Host(), "x"), with(server, nil))
	defer s.Close()
	spacer, _ := backends.As[backends.Spacer](s)
	free, total, err := spacer.Space(t.Context())
	if err != nil || free != total || free < 700_000 || free > 800_000 {
		t.Errorf("%d of %d are free, %v", free, total, err)
	}
	put := func(name string, size int) error {
		return s.Put(t.Context(), name, backends.BytesSource(make([]byte, size)))
	}
	if err := put("x", 600_000); err != nil {
		t.Fatal(err)
	}
	err = put("y", 600_000)
	if !errors.Is(err, backends.ErrFull) {
		t.Errorf("got %v, want ErrFull", err)
	}
	backendtest.OneClass(t, err)
	if _, err := s.Stat(t.Context(), "y"); !errors.Is(err, backends.ErrNotExist) {
		t.Errorf("got %v, want ErrNotExist", err)
	}
	if err := put("z", 1000); err != nil {
		t.Errorf("something small: %v", err)
	}
	prober, _ := backends.As[backends.Prober](s)
	if err := prober.Writable(t.Context()); err != nil {
		t.Error(err)
	}
}

// The server goes away and comes no more: the error passes.
func TestServerDies(t *testing.T) {
	server := servers.Dovecot(t, "ssl = no")
	s := mustOpen(t, at("imap", server.Host(), "x"), with(server, nil))
	defer s.Close()
	server.Stop()
	err := s.Put(t.Context(), "x", backends.BytesSource("1"))
	if !errors.Is(err, backends.ErrTemporary) {
		t.Errorf("got %v, want ErrTemporary", err)
	}
	backendtest.OneClass(t, err)
}

// What lies in the mailbox besides is neither listed nor touched.
func TestOtherMails(t *testing.T) {
	server := servers.Dovecot(t, "ssl = no")
	ours := mustOpen(t, at("imap", server.Host(), "back/up"), with(server, nil))
	defer ours.Close()
	for _, from := range []string{"back/up2", "my/back/up", "", "Back/Up", "another one ü"} {
		s := mustOpen(t, at("imap", server.Host(), from), with(server, nil))
		if err := s.Put(t.Context(), "x", backends.BytesSource(from)); err != nil {
			t.Fatal(err)
		}
		s.Close()
	}
	if err := ours.Put(t.Context(), "x", backends.BytesSource("ours")); err != nil {
		t.Fatal(err)
	}
	n := 0
	for o, err := range ours.List(t.Context(), "") {
		if n++; err != nil || o.Size != 4 {
			t.Errorf("listed %+v, %v", o, err)
		}
	}
	if n != 1 {
		t.Errorf("%d mails were listed", n)
	}
	if err := ours.Delete(t.Context(), "x"); err != nil {
		t.Fatal(err)
	}
	for _, from := range []string{"back/up2", "my/back/up", "", "another one ü"} {
		s := mustOpen(t, at("imap", server.Host(), from), with(server, nil))
		r, err := s.Get(t.Context(), "x", 0, -1)
		if err != nil {
			t.Fatalf("%q: %v", from, err)
		}
		if b, err := io.ReadAll(r); string(b) != from || err != nil {
			t.Errorf("%q holds %q, %v", from, b, err)
		}
		r.Close()
		s.Close()
	}
}

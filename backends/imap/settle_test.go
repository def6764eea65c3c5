package imap

import (
	"errors"
	"testing"

	"github.com/emersion/go-imap/v2"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/backendtest"
	"github.com/varve-backup/varve/backends/backendtest/servers"
	"github.com/varve-backup/varve/backends/transfer"
)

// A mail may be gone before whoever stored it looks for it: where another Put
// of ours took it away that is as it should be, whatever became of that one's.
func TestMailIsGone(t *testing.T) {
	server := servers.Dovecot(t, "ssl = no")
	open := func() *Store {
		c := backends.Config{Create: true, Getenv: func(name string) string { return map[string]string{"IMAP_PASSWORD": server.Password}[name] }}
		s, _ := backendtest.MustOpen(t, Kind(), "imap://alice@"+server.Host()+"/x", c).(*Store)
		t.Cleanup(func() { s.Close() })
		return s
	}
	ours, theirs := open(), open()
	for name, row := range map[string]struct {
		meanwhile func(name string) error
		want      error
	}{
		"replaced": {func(name string) error { return ours.Put(t.Context(), name, backends.BytesSource("2")) }, nil},
		"deleted":  {func(name string) error { return ours.Delete(t.Context(), name) }, nil},
		"lost":     {func(name string) error { return theirs.Delete(t.Context(), name) }, backends.ErrCorrupt},
		"overtaken": {func(name string) error {
			return errors.Join(ours.Put(t.Context(), name, backends.BytesSource("2")), theirs.Delete(t.Context(), name))
		}, nil},
	} {
		upload := ours.uploads.begin(name)
		uid := ours.sent(t, name)
		if err := row.meanwhile(name); err != nil {
			t.Fatal(err)
		}
		err := ours.pool.use(t.Context(), func(c *conn) error { return ours.settle(t.Context(), c, upload, name, uid, 1) })
		if !errors.Is(err, row.want) {
			t.Errorf("%s: %v, want %v", name, err, row.want)
		}
		ours.uploads.end(name)
	}
}

// sent is the first half of a Put.
func (s *Store) sent(t *testing.T, name string) (uid imap.UID) {
	t.Helper()
	err := s.pool.use(t.Context(), func(c *conn) error {
		in, err := transfer.Open(t.Context(), backends.BytesSource("1"))
		if err != nil {
			return err
		}
		uid, err = c.send(newMail(s.from, name, 1), in)
		return err
	})
	if err != nil || uid == 0 {
		t.Fatalf("uid %d, %v", uid, err)
	}
	return uid
}

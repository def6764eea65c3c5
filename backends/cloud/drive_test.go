package cloud_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/backendtest"
	"github.com/varve-backup/varve/backends/backendtest/servers"
	"github.com/varve-backup/varve/backends/cloud"
)

// onDrive is a login to the impostor with a token. Files above a MiB go up in
// parts, and the library does not hold calls back, but makes one at a time; see
// TestDriveSuite.
func onDrive(t testing.TB, s *servers.DriveServer, token string) backends.Config {
	c := behind(t, s.Impostor, nil)
	c.Connections = 1
	c.Options = map[string]string{"upload-cutoff": "1Mi", "chunk-size": "256Ki", "pacer-min-sleep": "1ms"}
	if token != "" {
		c.Options["token"] = token
	}
	return c
}

// keyed is a login with the key of a service account, as duplicity takes it.
func keyed(t testing.TB, s *servers.DriveServer, key string) backends.Config {
	c := onDrive(t, s, "")
	c.Getenv = environment(t, map[string]string{"HTTPS_PROXY": s.Proxy, "GOOGLE_DRIVE_ACCOUNT_KEY": key})
	return c
}

const (
	driveToken = `{"access_token":"access-0","token_type":"Bearer"}`
	driveAt    = "gdrive://me@example.com/backup"
)

func TestDrive(t *testing.T) {
	t.Parallel()
	s := servers.Drive(t)
	missing := onDrive(t, s, driveToken)
	missing.Create = false
	stranger := onDrive(t, s, driveToken)
	stranger.CAFiles = nil
	ended := `{"access_token":"access-0","token_type":"Bearer","expiry":"2001-01-01T00:00:00Z"}`
	refused(t, map[string]refusal{
		"missing folder":  {"gdrive://me@example.com/nothing/here", missing, backends.ErrNotExist, ""},
		"nobody":          {driveAt, onDrive(t, s, ""), backends.ErrAuth, ""},
		"wrong token":     {driveAt, onDrive(t, s, `{"access_token":"wrong-one","token_type":"Bearer"}`), backends.ErrAuth, "wrong-one"},
		"expired token":   {driveAt, onDrive(t, s, ended), backends.ErrAuth, "access-0"},
		"revoked":         {driveAt, onDrive(t, s, strings.Replace(expired, `"refresh"`, `"revoked"`, 1)), backends.ErrAuth, "revoked"},
		"no such account": {"gdrive://other@example.com/backup", keyed(t, s, s.Key), backends.ErrAuth, ""},
		"no key":          {"gdrive://svc@example.com/backup", keyed(t, s, "no-key-at-all"), backends.ErrAuth, "no-key-at-all"},
		"certificate":     {driveAt, stranger, backends.ErrCertificate, ""},
	})
	t.Run("Tokens", func(t *testing.T) { driveTokens(t, s) })
	t.Run("ServiceAccount", func(t *testing.T) {
		st := mustOpen(t, "pydrive://svc@example.com/backup", keyed(t, s, s.Key))
		defer st.Close()
		if err := st.(backends.Prober).Writable(t.Context()); err != nil {
			t.Error(err)
		}
	})
	t.Run("Explore", func(t *testing.T) {
		if err := mustOpen(t, driveAt, onDrive(t, s, driveToken)).Close(); err != nil {
			t.Fatal(err)
		}
		exploredFolders(t, "gdrive://me@example.com", onDrive(t, s, driveToken))
	})
	t.Run("Full", func(t *testing.T) { driveFull(t, s) })
	t.Run("Busy", func(t *testing.T) { driveBusy(t, s) })
	t.Run("Space", func(t *testing.T) { driveSpace(t, s) })
	for name, newer := range map[string]time.Duration{"newer": time.Minute, "older": -time.Minute} {
		t.Run("Twins/"+name, func(t *testing.T) { driveTwins(t, s, newer) })
	}
	t.Run("Expired", func(t *testing.T) { driveExpired(t, s) })
}

// driveTokens renews a login: the new one is kept, and found the next time.
func driveTokens(t *testing.T, s *servers.DriveServer) {
	account := cloud.Account("gdrive") + "me@example.com"
	kept := &tokens{kept: map[string]string{account: expired}}
	c := onDrive(t, s, "")
	c.Tokens = kept
	if err := mustOpen(t, driveAt, c).Close(); err != nil {
		t.Error(err)
	}
	if got := kept.kept[account]; !strings.Contains(got, "access-0") || !strings.Contains(got, "refresh") {
		t.Errorf("kept %s", got)
	}
	mustOpen(t, driveAt, c).Close()
	full := errors.New("the disk is full")
	c.Tokens = &tokens{kept: map[string]string{account: expired}, err: full}
	if err := mustOpen(t, driveAt, c).Close(); !errors.Is(err, full) {
		t.Errorf("a login that was not kept: %v", err)
	}
}

// driveFull is full both for files that go up at once and for others.
func driveFull(t *testing.T, s *servers.DriveServer) {
	st := mustOpen(t, driveAt, onDrive(t, s, driveToken))
	defer st.Close()
	s.SetFull(true)
	defer s.SetFull(false)
	for _, size := range []int{1, 2 << 20} {
		err := st.Put(t.Context(), "full", backends.BytesSource(strings.Repeat("x", size)))
		if !errors.Is(err, backends.ErrFull) {
			t.Errorf("%d bytes: got %v, want ErrFull", size, err)
		}
		backendtest.OneClass(t, err)
	}
}

// driveBusy is refused with the status of what is forbidden, but may try again.
func driveBusy(t *testing.T, s *servers.DriveServer) {
	st := mustOpen(t, driveAt, onDrive(t, s, driveToken))
	defer st.Close()
	s.SetBusy(true)
	defer s.SetBusy(false)
	err := st.Put(t.Context(), "busy", backends.BytesSource("x"))
	if !errors.Is(err, backends.ErrTemporary) {
		t.Errorf("got %v, want ErrTemporary", err)
	}
	backendtest.OneClass(t, err)
}

func driveSpace(t *testing.T, s *servers.DriveServer) {
	st := mustOpen(t, driveAt, onDrive(t, s, driveToken))
	defer st.Close()
	free, total, err := st.(backends.Spacer).Space(t.Context())
	if err != nil || free <= 0 || free > total || total != 1<<30 {
		t.Errorf("%d bytes are free of %d, %v", free, total, err)
	}
}

// driveTwins has two files of one name: the newest counts, whoever asks.
func driveTwins(t *testing.T, s *servers.DriveServer, newer time.Duration) {
	st := mustOpen(t, driveAt+"/twins", onDrive(t, s, driveToken))
	defer st.Close()
	const name = "a/the 'twin'"
	store := func(body string) {
		if err := st.Put(t.Context(), name, backends.BytesSource(body)); err != nil {
			t.Fatal(err)
		}
		driveShows(t, st, name, body)
	}
	store("first")
	s.Twin(t, "the 'twin'", "the second", newer)
	if newer > 0 {
		driveShows(t, st, name, "the second")
	} else {
		driveShows(t, st, name, "first")
	}
	if err := st.Delete(t.Context(), name); err != nil {
		t.Error(err)
	}
	if n := s.Count("the 'twin'"); n != 0 {
		t.Errorf("%d are left", n)
	}
	store("third time")
	s.Twin(t, "the 'twin'", "another", newer)
	store("and again")
	if err := st.Delete(t.Context(), name); err != nil {
		t.Error(err)
	}
}

// driveShows looks at the only object of a store in every way.
func driveShows(t *testing.T, st backends.Store, name, want string) {
	t.Helper()
	var got []string
	for o, err := range st.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprint(o.Name, " ", o.Size))
	}
	if line := fmt.Sprint(name, " ", len(want)); len(got) != 1 || got[0] != line {
		t.Errorf("listed %q, want %q", got, line)
	}
	if o, err := st.Stat(t.Context(), name); err != nil || o.Size != int64(len(want)) {
		t.Errorf("Stat: %+v, %v, want %d bytes", o, err, len(want))
	}
	r, err := st.Get(t.Context(), name, 0, -1)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if b, err := io.ReadAll(r); err != nil || string(b) != want {
		t.Errorf("Get: %q, %v, want %q", b, err, want)
	}
}

// driveExpired loses its login while it is in use. It comes last: the token of
// the others is not valid any more.
func driveExpired(t *testing.T, s *servers.DriveServer) {
	st := mustOpen(t, driveAt, onDrive(t, s, driveToken))
	defer st.Close()
	s.Expire()
	err := st.Put(t.Context(), "x", backends.BytesSource("x"))
	if !errors.Is(err, backends.ErrAuth) {
		t.Errorf("got %v, want ErrAuth", err)
	}
	backendtest.OneClass(t, err)
}

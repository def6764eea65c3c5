package mega_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/address"
	"github.com/varve-backup/varve/backends/backendtest"
	"github.com/varve-backup/varve/backends/backendtest/servers"
	"github.com/varve-backup/varve/backends/mega"
)

const account = "mega://me%40example.org@mega.nz/"

// with is how one opens a destination at an impostor.
func with(t testing.TB, s *servers.MegaServer, env map[string]string) backends.Config {
	all := map[string]string{"HOME": t.TempDir(), "HTTPS_PROXY": s.Proxy}
	maps.Copy(all, env)
	return backends.Config{Create: true, CAFiles: []string{s.CA}, Getenv: func(name string) string { return all[name] }}
}

func known(t testing.TB, s *servers.MegaServer) backends.Config {
	return with(t, s, map[string]string{"BACKEND_PASSWORD": servers.MegaPassword})
}

func tryOpen(t testing.TB, raw string, c backends.Config) (backends.Store, error) {
	t.Helper()
	a, err := address.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return mega.Kind().Open(t.Context(), a, c)
}

func open(t testing.TB, raw string, c backends.Config) backends.Store {
	t.Helper()
	s, err := tryOpen(t, raw, c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func put(t testing.TB, s backends.Store, name, text string) {
	t.Helper()
	if err := s.Put(t.Context(), name, backends.BytesSource(text)); err != nil {
		t.Fatal(err)
	}
}

func read(t testing.TB, s backends.Store, name string) (string, error) {
	t.Helper()
	r, err := s.Get(t.Context(), name, 0, -1)
	if err != nil {
		return "", err
	}
	b, err := io.ReadAll(r)
	return string(b), errors.Join(err, r.Close())
}

func TestStore(t *testing.T) {
	s := servers.Mega(t, 2)
	c := known(t, s)
	var n atomic.Int32
	backendtest.Run(t, func(t testing.TB) backends.Store {
		return open(t, fmt.Sprintf("%ssuite/%d", account, n.Add(1)), c)
	})
	if open, _ := s.Sessions(); open != 0 {
		t.Errorf("%d sessions stayed open", open)
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	s := servers.Mega(t, 2)
	missing, stranger, elsewhere := known(t, s), known(t, s), known(t, s)
	missing.Create, stranger.CAFiles = false, nil
	elsewhere.Getenv = func(name string) string {
		return map[string]string{"HTTPS_PROXY": "http://127.0.0.1:1", "BACKEND_PASSWORD": "x"}[name]
	}
	for name, row := range map[string]struct {
		address string
		config  backends.Config
		want    error
	}{
		"missing folder": {account + "nothing/here", missing, backends.ErrNotExist},
		"wrong password": {account + "x", with(t, s, map[string]string{"BACKEND_PASSWORD": "wrong-password"}), backends.ErrAuth},
		"no password":    {account + "x", with(t, s, nil), backends.ErrAuth},
		"nobody":         {"mega://you@mega.nz/x", known(t, s), backends.ErrAuth},
		"no user":        {"mega://mega.nz/x", known(t, s), backends.ErrConfig},
		"certificate":    {account + "x", stranger, backends.ErrCertificate},
		"nobody answers": {account + "x", elsewhere, backends.ErrOffline},
	} {
		st, err := tryOpen(t, row.address, row.config)
		if st != nil {
			st.Close()
		}
		if !errors.Is(err, row.want) {
			t.Errorf("%s: got %v, want %v", name, err, row.want)
			continue
		}
		backendtest.OneClass(t, err)
		if strings.Contains(err.Error(), "wrong-password") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: it says %q", name, err)
		}
	}
}

// An account from before 2018 proves its password in another way.
func TestOldAccount(t *testing.T) {
	t.Parallel()
	s := servers.Mega(t, 1)
	st := open(t, account+"backup", known(t, s))
	defer st.Close()
	put(t, st, "x", "text")
	if text, err := read(t, st, "x"); text != "text" || err != nil {
		t.Errorf("got %q, %v", text, err)
	}
}

func TestLoginOfAFile(t *testing.T) {
	t.Parallel()
	s := servers.Mega(t, 2)
	for scheme, file := range map[string]string{"mega": ".megarc", "megav2": ".megav2rc", "megav3": ".megav3rc"} {
		home := t.TempDir()
		text := "[Other]\nUsername = you\n[Login]\nUsername = " + servers.MegaUser + "\nPassword = " + servers.MegaPassword + "\n"
		if err := os.WriteFile(filepath.Join(home, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := open(t, scheme+"://mega.nz/x", with(t, s, map[string]string{"HOME": home})).Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestSecondFactor(t *testing.T) {
	t.Parallel()
	s := servers.Mega(t, 2)
	s.SetCode(servers.MegaCode)
	_, err := tryOpen(t, account, known(t, s))
	if !errors.Is(err, backends.ErrAuth) {
		t.Errorf("nobody to ask: %v, want ErrAuth", err)
	}
	backendtest.OneClass(t, err)
	c := known(t, s)
	c.Options = map[string]string{"2fa": servers.MegaCode}
	open(t, account, c).Close()
	asked := 0
	c = known(t, s)
	c.Secret = func(_ context.Context, r backends.SecretRequest) (string, error) {
		if asked++; r.Kind != backends.OneTimeCode || r.Again != (asked > 1) {
			t.Errorf("question %d is %+v", asked, r)
		}
		if asked == 1 {
			return "000000", nil
		}
		return servers.MegaCode, nil
	}
	open(t, account, c).Close()
	if asked != 2 {
		t.Errorf("asked %d times", asked)
	}
}

// keyring keeps logins.
type keyring map[string]string

func (k keyring) Load(_ context.Context, account string) (string, error) { return k[account], nil }

func (k keyring) Save(_ context.Context, account, token string) error {
	k[account] = token
	return nil
}

// A code is asked for once: the session is kept, and another one begins when it
// has ended and somebody is there. Without a second factor, nothing is kept.
func TestSessionIsKept(t *testing.T) {
	t.Parallel()
	s := servers.Mega(t, 2)
	kept := keyring{}
	c := known(t, s)
	c.Tokens = kept
	open(t, account, c).Close()
	if len(kept) > 0 {
		t.Errorf("without a second factor, %d logins are kept", len(kept))
	}
	s.SetCode(servers.MegaCode)
	codes := 0
	asked := c
	asked.Secret = func(context.Context, backends.SecretRequest) (string, error) {
		codes++
		return servers.MegaCode, nil
	}
	open(t, account, asked).Close()
	alone := with(t, s, nil)
	alone.Tokens = kept
	st := open(t, account+"backup", alone)
	put(t, st, "x", "text")
	st.Close()
	if open, logins := s.Sessions(); open != 1 || logins != 2 || codes != 1 {
		t.Errorf("%d sessions are open, after %d logins with %d codes", open, logins, codes)
	}
	s.EndSessions()
	if _, err := tryOpen(t, account, alone); !errors.Is(err, backends.ErrAuth) {
		t.Errorf("got %v, want ErrAuth", err)
	}
	open(t, account, asked).Close()
	st = open(t, account+"backup", alone)
	defer st.Close()
	if text, err := read(t, st, "x"); text != "text" || err != nil || codes != 2 {
		t.Errorf("got %q, %v, after %d codes", text, err, codes)
	}
}

// Who asks too much has to work first.
func TestWork(t *testing.T) {
	t.Parallel()
	s := servers.Mega(t, 2)
	s.SetWork(true)
	st := open(t, account+"backup", known(t, s))
	s.SetWork(false)
	st.Close()
}

// A session that ended is no reason to fail; a password that was changed is.
func TestSessionEnds(t *testing.T) {
	t.Parallel()
	s := servers.Mega(t, 2)
	st := open(t, account+"backup", known(t, s))
	defer st.Close()
	put(t, st, "x", "text")
	s.EndSessions()
	if _, err := st.Stat(t.Context(), "x"); err != nil {
		t.Error(err)
	}
	s.EndSessions()
	put(t, st, "y", "more")
	if _, logins := s.Sessions(); logins != 3 {
		t.Errorf("%d logins, want 3", logins)
	}
	s.EndSessions()
	s.SetCode(servers.MegaCode)
	_, err := st.Stat(t.Context(), "x")
	if !errors.Is(err, backends.ErrAuth) {
		t.Errorf("got %v, want ErrAuth", err)
	}
	backendtest.OneClass(t, err)
}

func TestClasses(t *testing.T) {
	t.Parallel()
	s := servers.Mega(t, 2)
	st := open(t, account+"backup", known(t, s))
	defer st.Close()
	put(t, st, "x", "text")
	for number, want := range map[int]error{
		-1: backends.ErrTemporary, -3: backends.ErrTemporary, -4: backends.ErrTemporary, -9: backends.ErrNotExist, -11: backends.ErrPermission,
		-16: backends.ErrPermission, -17: backends.ErrFull, -18: backends.ErrTemporary, -24: backends.ErrFull,
	} {
		s.SetFailure(number)
		err := st.Put(t.Context(), "y", backends.BytesSource("y"))
		if !errors.Is(err, want) {
			t.Errorf("%d: got %v, want %v", number, err, want)
		}
		backendtest.OneClass(t, err)
	}
	s.SetFailure(-17)
	if _, err := read(t, st, "x"); !errors.Is(err, backends.ErrTemporary) {
		t.Errorf("a quota of transfers: %v, want ErrTemporary", err)
	}
	s.SetFailure(0)
	for _, status := range []int{http.StatusTooManyRequests, http.StatusServiceUnavailable, 509} {
		s.SetStatus(status)
		_, err := st.Stat(t.Context(), "x")
		if !errors.Is(err, backends.ErrTemporary) || backends.IsPermanent(err) {
			t.Errorf("%d: %v, want ErrTemporary", status, err)
		}
		backendtest.OneClass(t, err)
	}
	s.SetStatus(0)
	if n := s.Files(); n != 1 {
		t.Errorf("there are %d files, want 1", n)
	}
}

func TestFull(t *testing.T) {
	t.Parallel()
	s := servers.Mega(t, 2)
	st := open(t, account+"backup", known(t, s))
	defer st.Close()
	put(t, st, "x", "old")
	free, total, err := st.(backends.Spacer).Space(t.Context())
	if err != nil || total != 50<<30 || free != total-3 {
		t.Errorf("free %d of %d, %v", free, total, err)
	}
	s.SetFull(true)
	err = st.Put(t.Context(), "x", backends.BytesSource("new"))
	if !errors.Is(err, backends.ErrFull) {
		t.Errorf("got %v, want ErrFull", err)
	}
	backendtest.OneClass(t, err)
	if text, err := read(t, st, "x"); text != "old" || err != nil {
		t.Errorf("it is %q now, %v", text, err)
	}
}

// A connection that breaks off is made again, and what was done although its
// answer was lost is not done twice.
func TestCut(t *testing.T) {
	t.Parallel()
	s := servers.Mega(t, 2)
	st := open(t, account+"backup", known(t, s))
	defer st.Close()
	large := strings.Repeat("0123456789abcdef", 6<<16) // 6 MiB, in two requests
	s.Cut(2)
	put(t, st, "x", large)
	s.Forget(2)
	put(t, st, "y", "text")
	s.Cut(9)
	err := st.Put(t.Context(), "z", backends.BytesSource(large))
	if !errors.Is(err, backends.ErrTemporary) {
		t.Errorf("got %v, want ErrTemporary", err)
	}
	backendtest.OneClass(t, err)
	s.Cut(0)
	if text, err := read(t, st, "x"); text != large || err != nil {
		t.Errorf("%d bytes came back, %v", len(text), err)
	}
	if n := s.Files(); n != 2 {
		t.Errorf("there are %d files, want 2", n)
	}
}

// A service that lies is found out: when it stores less than it was sent, and
// when it sends something else than was stored.
func TestLies(t *testing.T) {
	t.Parallel()
	s := servers.Mega(t, 2)
	st := open(t, account+"backup", known(t, s))
	defer st.Close()
	put(t, st, "x", "text")
	s.SetLie(true)
	err := st.Put(t.Context(), "x", backends.BytesSource("other"))
	if !errors.Is(err, backends.ErrCorrupt) {
		t.Errorf("got %v, want ErrCorrupt", err)
	}
	backendtest.OneClass(t, err)
	s.SetLie(false)
	if text, err := read(t, st, "x"); text != "text" || err != nil {
		t.Errorf("it is %q now, %v", text, err)
	}
	s.SetSpoil(true)
	if _, err := read(t, st, "x"); !errors.Is(err, backends.ErrCorrupt) {
		t.Errorf("got %v, want ErrCorrupt", err)
	}
}

// What another computer stores, replaces and deletes is seen.
func TestTwoComputers(t *testing.T) {
	t.Parallel()
	s := servers.Mega(t, 2)
	one, other := open(t, account+"backup", known(t, s)), open(t, account+"backup", known(t, s))
	defer one.Close()
	defer other.Close()
	put(t, one, "folder/x", "first")
	if text, err := read(t, other, "folder/x"); text != "first" || err != nil {
		t.Errorf("got %q, %v", text, err)
	}
	put(t, other, "folder/x", "second")
	if text, err := read(t, one, "folder/x"); text != "second" || err != nil {
		t.Errorf("got %q, %v", text, err)
	}
	if err := one.Delete(t.Context(), "folder/x"); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Stat(t.Context(), "folder/x"); !errors.Is(err, backends.ErrNotExist) {
		t.Errorf("got %v, want ErrNotExist", err)
	}
	if n := s.Files(); n != 0 {
		t.Errorf("there are %d files", n)
	}
}

// What is deleted lies in the rubbish bin, where that is wanted, and is not
// found there.
func TestRubbish(t *testing.T) {
	t.Parallel()
	s := servers.Mega(t, 2)
	c := known(t, s)
	c.Options = map[string]string{"hard-delete": "false"}
	st := open(t, account+"backup", c)
	defer st.Close()
	put(t, st, "x", "text")
	if err := st.Delete(t.Context(), "x"); err != nil {
		t.Fatal(err)
	}
	if _, err := st.Stat(t.Context(), "x"); !errors.Is(err, backends.ErrNotExist) {
		t.Errorf("got %v, want ErrNotExist", err)
	}
	if n := s.Files(); n != 1 {
		t.Errorf("there are %d files, want 1", n)
	}
}

// A part begins and ends anywhere, in large files too.
func TestParts(t *testing.T) {
	t.Parallel()
	s := servers.Mega(t, 2)
	st := open(t, account+"backup", known(t, s))
	defer st.Close()
	large := make([]byte, 5<<20+17)
	for i := range large {
		large[i] = byte(i * 7 >> 3)
	}
	put(t, st, "x", string(large))
	for _, off := range []int{0, 1, 15, 16, 17, 128<<10 - 1, 4<<20 + 3, len(large) - 1} {
		for _, n := range []int{1, 16, 33, 1 << 20} {
			r, err := st.Get(t.Context(), "x", int64(off), int64(n))
			if err != nil {
				t.Fatal(err)
			}
			b, err := io.ReadAll(r)
			if err := errors.Join(err, r.Close()); err != nil || !bytes.Equal(b, large[off:min(off+n, len(large))]) {
				t.Errorf("%d bytes at %d: %d came, %v", n, off, len(b), err)
			}
		}
	}
}

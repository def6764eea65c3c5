package cloud_test

import (
	"errors"
	"fmt"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/backendtest"
	"github.com/varve-backup/varve/backends/backendtest/servers"
	"github.com/varve-backup/varve/backends/retry"
)

func TestSamba(t *testing.T) {
	s := servers.Samba(t)
	at := func(password, folder string) string {
		return fmt.Sprintf("smb://%s@127.0.0.1:%d/%s", url.UserPassword(s.User, password), s.Port, folder)
	}
	t.Run("Suite", func(t *testing.T) {
		var n atomic.Int32
		backendtest.Run(t, func(t testing.TB) backends.Store {
			// What another connection reads cannot be deleted just then.
			return retry.New(mustOpen(t, at(s.Password, fmt.Sprintf("backup/suite/%d", n.Add(1))), backends.Config{Create: true}), retry.Options{First: time.Millisecond})
		})
	})
	t.Run("Explore", func(t *testing.T) {
		exploredShares(t, at(s.Password, ""), backends.Config{}, "backup")
	})
	for name, c := range map[string]struct {
		address string
		create  bool
		want    error
	}{
		"wrong password": {at("wrong", "backup"), false, backends.ErrAuth},
		"no such share":  {at(s.Password, "nosuch/x"), true, backends.ErrNotExist},
		"no such folder": {at(s.Password, "backup/nosuch"), false, backends.ErrNotExist},
		"no share":       {at(s.Password, ""), false, backends.ErrConfig},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := tryOpen(t, c.address, backends.Config{Create: c.create})
			if !errors.Is(err, c.want) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			backendtest.OneClass(t, err)
		})
	}
}

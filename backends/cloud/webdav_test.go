package cloud_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/backendtest"
	"github.com/varve-backup/varve/backends/backendtest/servers"
)

func TestNextcloud(t *testing.T) {
	server := newNextcloud(t)
	options := map[string]string{"vendor": "nextcloud", "nextcloud-chunk-size": "1M"}
	at := func(password, folder string) string {
		return fmt.Sprintf("webdav://%s@%s%s%s", url.UserPassword("alice", password), server.host, files, folder)
	}
	store := mustOpen(t, at("s3cret", "folder of mine"), backends.Config{Create: true, Options: options})
	defer store.Close()
	content := bytes.Repeat([]byte("0123456789"), 250_000)
	for i, name := range []string{"in/pieces", "small"} {
		if err := store.Put(t.Context(), name, backends.BytesSource(content[:len(content)>>(10*i)])); err != nil {
			t.Fatal(err)
		}
	}
	if n := server.merged.Load(); n != 1 {
		t.Errorf("%d uploads went in pieces", n)
	}
	r, err := store.Get(t.Context(), "in/pieces", 10, -1)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(r); !bytes.Equal(got, content[10:]) || err != nil {
		t.Errorf("%d bytes came back, %v", len(got), err)
	}
	r.Close()
	var got []string
	for o, err := range store.List(t.Context(), "") {
		got = append(got, fmt.Sprint(o.Name, o.Size, err))
	}
	slices.Sort(got)
	if want := []string{"in/pieces2500000 <nil>", "small2441 <nil>"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for name, c := range map[string]struct {
		address string
		options map[string]string
		want    error
	}{
		"wrong password":         {at("wrong", ""), options, backends.ErrAuth},
		"no such folder":         {at("s3cret", "none"), options, backends.ErrNotExist},
		"not the user's address": {"webdav://alice:s3cret@" + server.host + "/x", options, backends.ErrConfig},
		"option of a vendor":     {at("s3cret", ""), map[string]string{"nextcloud-chunk-size": "1M"}, backends.ErrConfig},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := tryOpen(t, c.address, backends.Config{Options: c.options})
			if !errors.Is(err, c.want) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			backendtest.OneClass(t, err)
		})
	}
}

// Whatever runs on a server, its folders are looked through from the top, even
// where the top itself says nothing; but for one whose login is for a folder.
func TestExploreVendors(t *testing.T) {
	server := newNextcloud(t)
	address := "webdav://alice:s3cret@" + server.host
	for vendor, want := range map[string]error{"nextcloud": nil, "owncloud": nil, "sharepoint": backends.ErrUnsupported} {
		c := backends.Config{Explore: true, Options: map[string]string{"vendor": vendor}}
		if vendor == "nextcloud" {
			c.Options["nextcloud-chunk-size"] = "1M"
		}
		store, err := tryOpen(t, address, c)
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", vendor, err, want)
		}
		if err != nil {
			continue
		}
		f, _ := backends.As[backends.Foldered](store)
		folder := strings.Trim(files, "/") + "/explored"
		if err := f.MakeFolder(t.Context(), folder+"/"+vendor); err != nil {
			t.Error(err)
		}
		var got []string
		for item, err := range f.Inside(t.Context(), folder) {
			got = append(got, fmt.Sprint(item, err))
		}
		if !slices.Contains(got, fmt.Sprint(backends.Item{Name: vendor, Folder: true}, nil)) {
			t.Errorf("%s: there is %q", vendor, got)
		}
		store.Close()
	}
}

// Without a vendor, the client is another one, which knows Digest.
func TestWebDAVWithoutVendor(t *testing.T) {
	s := servers.Apache(t, "s3cret", true)
	for _, options := range []map[string]string{nil, {"vendor": "other"}} {
		store := mustOpen(t, "webdav://alice:s3cret@"+s.Host+"/a/b", backends.Config{Create: true, Options: options})
		if err := store.Put(t.Context(), "x", backends.BytesSource("1")); err != nil {
			t.Error(err)
		}
		store.Close()
	}
}

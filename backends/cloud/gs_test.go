package cloud_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/backendtest/servers"
)

func TestGCS(t *testing.T) {
	t.Parallel() // servers are slow to start
	s := servers.GCS(t, "bucket")
	suite(t, "gs://bucket", backends.Config{
		Getenv: environment(t, nil), Options: map[string]string{"anonymous": "true", "endpoint": s.Endpoint},
	})
	open := backends.Config{Getenv: environment(t, nil), Options: map[string]string{"anonymous": "true", "endpoint": s.Endpoint}}
	making := open
	making.Create = true
	t.Run("Explore", func(t *testing.T) { gcsExplored(t, s) })
	refused(t, map[string]refusal{
		"missing bucket": {"gs://nothing-here", open, backends.ErrNotExist, ""},
		"no bucket":      {"gs://", open, backends.ErrConfig, ""},
		"no project":     {"gs://to-be-made", making, backends.ErrConfig, ""},
		"missing key file": {"gs://bucket", backends.Config{
			Getenv: environment(t, nil), Options: map[string]string{"service-account-file": "/nonexistent/key.json"},
		}, backends.ErrConfig, ""},
	})
}

// Google tells the buckets of a project only.
func gcsExplored(t *testing.T, s *servers.GCSServer) {
	c := backends.Config{Getenv: environment(t, nil), Options: map[string]string{"anonymous": "true", "endpoint": s.Endpoint, "project-number": "1"}}
	exploredBuckets(t, "gs://", c, "bucket")
	delete(c.Options, "project-number")
	c.Options["service-account-file"] = servers.WriteFile(t, filepath.Join(t.TempDir(), "key.json"), `{"project_id":"of-the-file"}`, 0o600)
	exploring(t, "gs://", c, "bucket", backends.MadeEmpty)
	delete(c.Options, "service-account-file")
	c.Explore = true
	st := mustOpen(t, "gs://", c)
	defer st.Close()
	l := look{t, st.(backends.Foldered)}
	if got := l.in("bucket"); !slices.Contains(got, "suite") {
		t.Errorf("in a bucket that is known there are %q", got)
	}
	for _, err := range l.f.Inside(t.Context(), "") {
		if !errors.Is(err, backends.ErrPermission) || !strings.Contains(err.Error(), "project") {
			t.Errorf("at the top of no project: %v", err)
		}
	}
}

// With the keys that duplicity knows, Google is spoken to in S3.
func TestGSInteroperability(t *testing.T) {
	t.Parallel()
	s := servers.MinIO(t)
	st := mustOpen(t, "gs://bucket/prefix", backends.Config{
		Create: true, Getenv: environment(t, map[string]string{"GS_ACCESS_KEY_ID": s.Key, "GS_SECRET_ACCESS_KEY": s.Secret}),
		Options: map[string]string{"endpoint": s.Endpoint()},
	})
	defer st.Close()
	if err := st.Put(t.Context(), "a/b", backends.BytesSource("hello")); err != nil {
		t.Fatal(err)
	}
	for o, err := range st.List(t.Context(), "") {
		if err != nil || o.Name != "a/b" || o.Size != 5 {
			t.Errorf("listed %+v, %v", o, err)
		}
	}
	home := t.TempDir()
	boto := filepath.Join(home, ".boto")
	if err := os.WriteFile(boto, []byte("[Credentials]\ngs_access_key_id = "+s.Key+"\ngs_secret_access_key: wrong\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	refused(t, map[string]refusal{"wrong key of boto": {"gs://bucket", backends.Config{
		Getenv: environment(t, map[string]string{"HOME": home}), Options: map[string]string{"endpoint": s.Endpoint()},
	}, backends.ErrAuth, ""}})
}

package cloud_test

import (
	"context"
	"errors"
	"testing"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/backendtest/servers"
)

func TestAzurite(t *testing.T) {
	t.Parallel() // servers are slow to start
	s := servers.Azurite(t)
	suite(t, "azure://container", backends.Config{Getenv: environment(t, map[string]string{"AZURE_CONNECTION_STRING": s.ConnectionString()})})
	login := func(key string) backends.Config {
		return backends.Config{Getenv: environment(t, nil), Options: map[string]string{"account": s.Account, "key": key, "endpoint": s.Endpoint}}
	}
	refused(t, map[string]refusal{
		"wrong key":         {"azure://container", login("d3Jvbmcta2V5"), backends.ErrAuth, "d3Jvbmcta2V5"},
		"missing container": {"azure://nothing-here", login(s.Key), backends.ErrNotExist, s.Key},
		"bad name":          {"azure://Not_A_Name", login(s.Key), backends.ErrConfig, ""},
		"no name":           {"azure://", login(s.Key), backends.ErrConfig, ""},
		"part too large":    {"azure://container", backends.Config{Options: map[string]string{"azure-max-block-size": "200000000"}}, backends.ErrConfig, ""},
	})
	t.Run("Explore", func(t *testing.T) {
		exploredBuckets(t, "azure://", login(s.Key), "container")
		badBucket(t, "azure://", login(s.Key), "container")
	})
	t.Run("Prompt", func(t *testing.T) { azurePrompt(t, s) })
	t.Run("Tier", func(t *testing.T) { azureTier(t, s) })
}

// azurePrompt types the key wrong, and then right.
func azurePrompt(t *testing.T, s *servers.AzuriteServer) {
	var asked []backends.SecretRequest
	st := mustOpen(t, "azure://container", backends.Config{
		Getenv: environment(t, nil), Options: map[string]string{"account": s.Account, "endpoint": s.Endpoint},
		Secret: func(_ context.Context, r backends.SecretRequest) (string, error) {
			if asked = append(asked, r); len(asked) == 1 {
				return "d3Jvbmc=", nil
			}
			return s.Key, nil
		},
	})
	st.Close()
	if len(asked) != 2 || asked[0].Again || !asked[1].Again || asked[0].Account != "azure://"+s.Account {
		t.Errorf("asked %+v", asked)
	}
}

// azureTier stores in the archive, but for manifests.
func azureTier(t *testing.T, s *servers.AzuriteServer) {
	st := mustOpen(t, "azure://container/tier", backends.Config{
		Getenv:  environment(t, map[string]string{"AZURE_CONNECTION_STRING": s.ConnectionString()}),
		Options: map[string]string{"azure-blob-tier": "Archive", "azure-max-block-size": "100000", "azure-max-connections": "2"},
	})
	defer st.Close()
	for name, want := range map[string]error{"duplicity-full.vol1.difftar": backends.ErrCold, "duplicity-full.manifest": nil} {
		if err := st.Put(t.Context(), name, backends.BytesSource(make([]byte, 300_000))); err != nil {
			t.Fatal(err)
		}
		r, err := st.Get(t.Context(), name, 0, -1)
		if !errors.Is(err, want) || (err == nil) != (want == nil) {
			t.Errorf("reading %s: %v, want %v", name, err, want)
		}
		if r != nil {
			r.Close()
		}
	}
}

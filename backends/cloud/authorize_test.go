package cloud_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/cloud"
)

// provider lets everybody in who has the right code.
func provider(t *testing.T) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/auth", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		if q.Get("client_id") != "my-app" || q.Get("response_type") != "code" {
			http.Error(w, "who are you?", http.StatusBadRequest)
			return
		}
		back := q.Get("redirect_uri") + "?" + url.Values{"state": {q.Get("state")}, "code": {"right-code"}}.Encode()
		http.Redirect(w, r, back, http.StatusFound)
	})
	mux.HandleFunc("/token", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.FormValue("code") != "right-code" {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"error":"invalid_grant"}`)
			return
		}
		_, _ = io.WriteString(w, `{"access_token":"access-1","refresh_token":"refresh-1","token_type":"bearer","expires_in":3600}`)
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

func application(s *httptest.Server) map[string]string {
	return map[string]string{
		"client_id": "my-app", "client_secret": "app-secret", "auth_url": s.URL + "/auth", "token_url": s.URL + "/token",
		"team_drive": "", "drive_id": "drive-1", "drive_type": "personal",
	}
}

// browse is a person who logs in.
func browse(t *testing.T) cloud.Browser {
	var shown sync.WaitGroup
	t.Cleanup(shown.Wait)
	return func(page string) error {
		shown.Go(func() {
			// The next login has a server of its own, at the same port.
			client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
			r, err := client.Get(page) //nolint:noctx // on loopback
			if err != nil {
				t.Error(err)
				return
			}
			defer r.Body.Close()
			if b, err := io.ReadAll(r.Body); err != nil || !strings.Contains(string(b), "Varve") {
				t.Errorf("the last page shows %q, %v", b, err)
			}
		})
		return nil
	}
}

func TestAuthorize(t *testing.T) {
	s := provider(t)
	for _, kind := range []string{"dpbx", "box", "gdrive"} {
		login, err := cloud.AuthorizeAt(t.Context(), kind, application(s), browse(t), nil)
		if err != nil {
			t.Errorf("%s: %v", kind, err)
			continue
		}
		checkLogin(t, kind, login)
	}
}

func checkLogin(t *testing.T, kind, login string) {
	t.Helper()
	var parts map[string]string
	var token struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
	}
	err := json.Unmarshal([]byte(login), &parts)
	if err == nil {
		err = json.Unmarshal([]byte(parts["token"]), &token)
	}
	if err != nil || token.Access != "access-1" || token.Refresh != "refresh-1" || parts["client_id"] != "my-app" {
		t.Errorf("%s: the login is %s, %v", kind, login, err)
	}
}

// A computer without a browser takes what another one was given.
func TestAuthorizePasted(t *testing.T) {
	s := provider(t)
	login, err := cloud.AuthorizeAt(t.Context(), "dpbx", application(s), browse(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]error{
		login: nil, " " + login + "\n": nil, "": backends.ErrAuth, "what?": backends.ErrAuth, `{"access_token":"access-1","refresh_token":"refresh-1"}`: nil,
	} {
		ask := func(_ context.Context, q backends.Option) (string, error) {
			if !q.Secret || !strings.Contains(q.Help, "varve authorize --print dpbx") {
				t.Errorf("the question is %+v", q)
			}
			return text, nil
		}
		got, err := cloud.Authorize(t.Context(), "dpbx", backends.Config{Options: map[string]string{"client-id": "my-app"}}, nil, ask)
		if !errors.Is(err, want) || (err == nil) != (want == nil) {
			t.Errorf("%q: %v, want %v", text, err, want)
		}
		if err == nil {
			checkLogin(t, "dpbx", got)
		}
	}
}

func TestAuthorizeFails(t *testing.T) {
	s := provider(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("the window was closed")
	_, err := cloud.AuthorizeAt(ctx, "dpbx", application(s), func(string) error { cancel(stop); return nil }, nil)
	if !errors.Is(err, stop) {
		t.Errorf("got %v, want the cause", err)
	}
	if _, err := cloud.Authorize(t.Context(), "s3", backends.Config{}, nil, nil); !errors.Is(err, backends.ErrUnsupported) {
		t.Errorf("got %v, want ErrUnsupported", err)
	}
	if _, err := cloud.Authorize(t.Context(), "dpbx", backends.Config{}, nil, nil); !errors.Is(err, backends.ErrAuth) {
		t.Errorf("got %v, want ErrAuth", err)
	}
}

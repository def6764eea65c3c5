package servers

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// boxAudience is whom an application's claim is for, and boxGrant what it asks.
const (
	boxAudience = "https://api.box.com/oauth2/token"
	boxGrant    = "urn:ietf:params:oauth:grant-type:jwt-bearer"
)

// Application registers an application of a company, in the place of the one
// before, and writes its file.
func (s *BoxServer) Application(t testing.TB) (path string) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(map[string]any{"enterpriseID": "E1", "boxAppSettings": map[string]any{
		"clientID": "app", "clientSecret": "app-secret",
		"appAuth": map[string]string{"publicKeyID": "k", "privateKey": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}))},
	}})
	path = filepath.Join(t.TempDir(), "app.json")
	if err == nil {
		err = os.WriteFile(path, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.application = &key.PublicKey
	return path
}

// claimed gives a token to the application that proves to be the one that is
// registered.
func (s *BoxServer) claimed(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	whole := r.FormValue("grant_type") == boxGrant && r.FormValue("client_id") == "app" && r.FormValue("client_secret") == "app-secret"
	if !whole || !s.proves(r.FormValue("assertion")) {
		reply(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant", "error_description": "Please check the 'iss' claim."})
		return
	}
	reply(w, http.StatusOK, map[string]any{"access_token": "access-0", "token_type": "bearer", "expires_in": 3600})
}

// proves checks what an application says of itself, and its signature.
func (s *BoxServer) proves(assertion string) bool {
	at := strings.LastIndexByte(assertion, '.')
	if s.application == nil || at < 0 {
		return false
	}
	_, body, _ := strings.Cut(assertion[:at], ".")
	text, err := base64.RawURLEncoding.DecodeString(body)
	if err != nil {
		return false
	}
	var claim struct {
		Issuer   string `json:"iss"`
		Subject  string `json:"sub"`
		Kind     string `json:"box_sub_type"`
		Audience string `json:"aud"`
	}
	if err := json.Unmarshal(text, &claim); err != nil || claim.Issuer != "app" || claim.Subject != "E1" || claim.Kind != "enterprise" || claim.Audience != boxAudience {
		return false
	}
	signature, err := base64.RawURLEncoding.DecodeString(assertion[at+1:])
	sum := sha256.Sum256([]byte(assertion[:at]))
	return err == nil && rsa.VerifyPKCS1v15(s.application, crypto.SHA256, sum[:], signature) == nil
}

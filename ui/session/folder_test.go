package session

import (
	"context"
	"io"
	"net/http"
	"testing"

	"github.com/varve-backup/varve/engine"
)

// read asks for something of a folder; "" is the folder itself.
func (p *person) read(address string) (code int, body string) {
	p.t.Helper()
	r, err := http.NewRequestWithContext(context.WithoutCancel(p.t.Context()), http.MethodGet, address, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return answer.StatusCode, string(b)
}

// An older version is open as a folder until it is closed, the session outliving
// the question for it, and the folder never the session.
func TestVersionAsFolder(t *testing.T) {
	for _, passphrase := range []string{"", "seven green boats"} {
		p := newPerson(t)
		id, a := p.job(passphrase)
		p.backUp(id)
		p.write("Letters/diary.txt", "the newer words, which are longer")
		p.backUp(id)
		p.until("both versions to be known", func() bool { return p.versions(a) == 2 })
		lines, err := p.s.Past(a).Lines(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		versions, err := p.s.Past(a).Versions(t.Context(), lines[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		ctx, end := context.WithCancel(t.Context())
		older, err := p.s.OpenFolder(ctx, a, versions[1].Version)
		if err != nil {
			t.Fatal(err)
		}
		end()
		if code, body := p.read(older.Address + "diary.txt"); code != http.StatusOK || body != "the older words" {
			t.Errorf("read %d %q", code, body)
		}
		if code, body := p.read(older.Address + "2026/to%20Ada.txt"); code != http.StatusOK || body != "Dear Ada" {
			t.Errorf("read %d %q", code, body)
		}
		if again, err := p.s.OpenFolder(t.Context(), a, versions[1].Version); err != nil || again.Address != older.Address {
			t.Errorf("opened again at %s, %v", again.Address, err)
		}
		newer, err := p.s.OpenFolder(t.Context(), a, versions[0].Version)
		if err != nil || newer.Address == older.Address || len(p.s.Folders(a)) != 2 || len(p.s.Folders(Archive{URL: "file:///other"})) != 0 {
			t.Fatalf("open are %+v, %v", p.s.Folders(a), err)
		}
		if err := p.s.CloseFolder(older.Address); err != nil || len(p.s.Folders(a)) != 1 {
			t.Errorf("open are %+v, %v", p.s.Folders(a), err)
		}
		if code, _ := p.read(older.Address); code != 0 {
			t.Errorf("what was closed answers %d", code)
		}
		if err := p.s.Close(); err != nil {
			t.Error(err)
		}
		if code, _ := p.read(newer.Address); code != 0 {
			t.Errorf("after the session's end, a folder answers %d", code)
		}
	}
}

func TestFolderOfNothing(t *testing.T) {
	p := newPerson(t)
	_, a := p.job("")
	if _, err := p.s.OpenFolder(t.Context(), a, engine.Version{ID: "20260101T000000Z"}); err == nil || len(p.s.Folders(a)) != 0 {
		t.Errorf("opened: %v", err)
	}
}

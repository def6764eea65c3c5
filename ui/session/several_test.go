package session

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/destination"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/places"
)

// memory is a keyring that forgets at the end of the test. A session asks it from
// several goroutines.
type memory struct {
	mu   sync.Mutex
	kept map[string]string
}

// newMemory is a keyring that keeps something from the beginning, nil for nothing.
func newMemory(kept map[string]string) *memory {
	m := &memory{kept: map[string]string{}}
	maps.Copy(m.kept, kept)
	return m
}

func (m *memory) Get(_ context.Context, name string) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	value, there := m.kept[name]
	if !there {
		return "", settings.ErrNoSecret
	}
	return value, nil
}

func (m *memory) Set(_ context.Context, name, value string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.kept[name] = value
	return nil
}

func (m *memory) Delete(_ context.Context, name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.kept, name)
	return nil
}

func (m *memory) Available(context.Context) error { return nil }

// of is what is kept by a name, "" for nothing.
func (m *memory) of(name string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.kept[name]
}

func (m *memory) names() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Sorted(maps.Keys(m.kept))
}

func (m *memory) values() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Sorted(maps.Values(m.kept))
}

// two are a folder and a server.
func (p *person) two() Choice {
	return Choice{Options: map[string]string{"mode": "mirror", "timeout": "5"}, Members: []Member{
		{Member: destination.Member{URL: filepath.Join(p.dir, "Drive 100%")}},
		{Member: destination.Member{URL: nas + "/backup"}, Login: Login{Password: "hidden", Typed: true}},
	}}
}

func (p *person) listsThere() []string {
	p.t.Helper()
	all, err := filepath.Glob(filepath.Join(p.dir, "data/destinations/*"))
	if err != nil {
		p.t.Fatal(err)
	}
	return all
}

// A job of several destinations has a list of them, in which no password
// stands, and which goes with the job.
func TestJobOfSeveral(t *testing.T) {
	keyring := newMemory(nil)
	p := newPersonWith(t, keyring)
	add := func() int64 {
		id, err := p.s.AddJob(t.Context(), NewJob{Folders: []string{filepath.Join(p.dir, "Letters")}, Choice: p.two(), KeepLogin: true, Encrypted: true, Passphrase: "p", Keep: true})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	id, other := add(), add()
	lists := p.listsThere()
	if len(lists) != 1 {
		t.Fatalf("the same list is kept as %q", lists)
	}
	text, err := os.ReadFile(lists[0])
	if info, serr := os.Stat(lists[0]); err != nil || serr != nil || info.Mode().Perm() != 0o600 || strings.Contains(string(text), "hidden") {
		t.Errorf("%v, %v: %s", info.Mode(), err, text)
	}
	j, err := p.s.store.Job(t.Context(), id)
	if err != nil || len(j.Options) != 1 || !strings.HasSuffix(j.Destination, ".json?mode=mirror") {
		t.Fatalf("got %s, %v, %v", j.Destination, j.Options, err)
	}
	members, err := destination.Members(j.Destination)
	if err != nil || len(members) != 2 || Path(members[0].URL) != filepath.Join(p.dir, "Drive 100%") {
		t.Errorf("got %+v, %v", members, err)
	}
	if keyring.of(nas) != "hidden" || keyring.of(j.Destination) != "p" {
		t.Errorf("the keyring has %q", keyring.names())
	}
	for _, step := range []struct {
		id    int64
		lists int
		names []string
	}{{id, 1, []string{j.Destination, nas}}, {other, 0, []string{j.Destination}}} {
		if err := p.s.RemoveJob(t.Context(), step.id, false); err != nil {
			t.Fatal(err)
		}
		if got := keyring.names(); len(p.listsThere()) != step.lists || !slices.Equal(got, step.names) {
			t.Errorf("%d lists, and the keyring has %q", len(p.listsThere()), got)
		}
	}
}

// What opens a destination goes with the last job that needs it. What opens the
// versions goes only if that is wanted.
func TestRemovedJobsLeaveNoLogins(t *testing.T) {
	keyring := newMemory(map[string]string{"somebody else's": "x"})
	p := newPersonWith(t, keyring)
	var ids []int64
	for _, folder := range []string{"/one", "/two"} {
		id, err := p.s.AddJob(t.Context(), NewJob{Folders: []string{p.dir}, Choice: Choice{
			Destination: nas + folder, Login: Login{Password: "x", Options: map[string]string{"secret": "y"}},
		}, KeepLogin: true, Encrypted: true, Passphrase: "p", Keep: true})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	for i, want := range [][]string{
		{"sftp://ada@nas.local", "sftp://ada@nas.local/one", "sftp://ada@nas.local/two", "sftp://ada@nas.local/two options", "somebody else's"},
		{"sftp://ada@nas.local/one", "somebody else's"},
	} {
		if err := p.s.RemoveJob(t.Context(), ids[i], i == 1); err != nil {
			t.Fatal(err)
		}
		if got := keyring.names(); !slices.Equal(got, want) {
			t.Errorf("the keyring has %q, want %q", got, want)
		}
	}
	if got := p.s.knownSecret(t.Context(), destination.SecretRequest{Account: nas}); got != "" {
		t.Error("the password is still known")
	}
}

// Each of several is tested by itself, and the failure of one is told as its
// own.
func TestTestOfSeveral(t *testing.T) {
	p := newPerson(t)
	p.write("file", "in the way")
	c := p.two()
	c.Members[1].URL = filepath.Join(p.dir, "file", "below")
	_, err := p.s.Test(t.Context(), c)
	e, ok := errors.AsType[*MembersError](err)
	if !ok || e.Errs[0] != nil || e.Errs[1] == nil || !strings.HasPrefix(e.Error(), "destination 2: ") {
		t.Fatalf("got %v", err)
	}
	if x := Explain(err); x.Kind == engine.Other {
		t.Errorf("it is not explained: %+v", x)
	}
	c.Members[1].URL = filepath.Join(p.dir, "Other")
	c.Options["subpath"] = "/below"
	tested, err := p.s.Test(t.Context(), c)
	if err != nil || !tested.Writable || tested.Versions != 0 {
		t.Errorf("got %+v, %v", tested, err)
	}
	if _, err := os.Stat(filepath.Join(p.dir, "Other", "below")); err != nil {
		t.Error(err)
	}
	c.Members = c.Members[:1]
	if tested, err = p.s.Test(t.Context(), c); err != nil || !tested.Writable {
		t.Errorf("one alone: got %+v, %v", tested, err)
	}
}

// Of a list that cannot be looked at, each is asked why.
func TestInspectOfSeveral(t *testing.T) {
	p := newPerson(t)
	c := p.two()
	c.Options["mode"] = "stripe"
	c.Members[1] = Member{Member: destination.Member{URL: "gopher://x/y"}}
	for _, there := range []bool{false, true} {
		if there {
			p.write("Drive 100%/x", "")
		}
		_, err := p.s.Inspect(t.Context(), c)
		if e, ok := errors.AsType[*MembersError](err); !ok || e.Errs[1] == nil || (e.Errs[0] == nil) != there {
			t.Errorf("got %v", err)
		}
	}
}

// A variable of a member counts for it alone, and an option more than that of
// all.
func TestMembersHaveVariables(t *testing.T) {
	m := Member{Member: destination.Member{
		URL: "gdrive://a@b/x?driveID=1", Env: []destination.Variable{{Name: "A", Value: "b"}}, Options: map[string]string{"timeout": "60"},
	}}
	d := memberDestination(&m, "/below", map[string]string{"timeout": "5", "connections": "2"})
	if d.Environment["A"] != "b" || d.Options["timeout"] != "60" || d.Options["connections"] != "2" || d.URL != "gdrive://a@b/x/below?driveID=1" {
		t.Errorf("got %+v", d)
	}
}

// Lists of choices that nobody ended are gone after the next start, those of
// jobs are not.
func TestListsOfNobodyAreSwept(t *testing.T) {
	p := newPerson(t)
	c := p.two()
	if _, err := p.s.AddJob(t.Context(), NewJob{Folders: []string{p.dir}, Choice: c}); err != nil {
		t.Fatal(err)
	}
	used := p.listsThere()
	c.Members[1].URL = nas + "/elsewhere"
	if _, err := p.s.settled(c); err != nil || len(p.listsThere()) != 2 {
		t.Fatalf("%v, %q", err, p.listsThere())
	}
	if err := p.s.Close(); err != nil {
		t.Fatal(err)
	}
	p.open()
	if got := p.listsThere(); !slices.Equal(got, used) {
		t.Errorf("got %q, want %q", got, used)
	}
}

// What a job or a second place has several destinations for is told by their names
// as soon as the jobs were read: nobody waits for the list then.
func TestNamesOfSeveralAreLearntWithTheJobs(t *testing.T) {
	p := newPerson(t)
	list := func(name, folder string) string {
		text, err := destination.FormatMembers([]destination.Member{{URL: "file:///mnt/" + folder}, {URL: nas}})
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p.path(name), text, 0o600); err != nil {
			t.Fatal(err)
		}
		return destination.SeveralURL(p.path(name), nil)
	}
	j := settings.Job{Name: "x", Destination: list("job.json", "Lake"), Encryption: settings.None}
	if err := p.s.store.SaveJob(t.Context(), &j); err != nil {
		t.Fatal(err)
	}
	c := settings.Copy{Job: j.ID, Destination: list("copy.json", "Pond")}
	if err := p.s.store.AddCopy(t.Context(), &c); err != nil {
		t.Fatal(err)
	}
	if _, err := p.s.Jobs(t.Context()); err != nil {
		t.Fatal(err)
	}
	chosen, err := p.s.settled(Choice{Destination: list("chosen.json", "Sea")})
	if err != nil {
		t.Fatal(err)
	}
	for url, want := range map[string]string{j.Destination: "Lake and nas.local", c.Destination: "Pond and nas.local", chosen.Destination: "Sea and nas.local"} {
		if got := places.Name(url); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

package session

import (
	"crypto/rand"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/varve-backup/varve/backends/backendtest/servers"
	"github.com/varve-backup/varve/engine"
)

func TestSpeedsAsTheEngineTakesThem(t *testing.T) {
	for _, row := range []struct {
		name  string
		speed Speed
		want  engine.Limits
		bad   bool
	}{
		{"none", Speed{}, engine.Limits{}, false},
		{"always", Speed{Upload: 500}, engine.Limits{Upload: 500_000}, false},
		{"hours", Speed{Upload: 500, Download: 2000, From: "08:00", To: "18:00"}, engine.Limits{Schedule: "08:00-18:00 500000/2000000; else -"}, false},
		{"days", Speed{Download: 1, From: "22:00", To: "06:00", Days: "mon-fri"}, engine.Limits{Schedule: "mon-fri 22:00-06:00 -/1000; else -"}, false},
		{"hours of nothing", Speed{From: "08:00", To: "18:00"}, engine.Limits{}, false},
		{"less than nothing", Speed{Upload: -1}, engine.Limits{}, true},
		{"more than there is", Speed{Download: MostSpeed + 1}, engine.Limits{}, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := row.speed.engine()
			if (err != nil) != row.bad || err == nil && got != row.want {
				t.Errorf("got %+v, %v, want %+v", got, err, row.want)
			}
			if err == nil {
				if err := engine.New(engine.Config{}).Limit(got); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// A limit reaches the next backup, and those after the next start.
func TestSpeedHoldsForBackups(t *testing.T) {
	ssh := servers.SSH(t, servers.SSHOptions{})
	t.Setenv("SSH_AUTH_SOCK", "")
	t.Setenv("HOME", t.TempDir())
	p := newPersonWith(t, newMemory(nil))
	id, err := p.s.AddJob(t.Context(), NewJob{Folders: []string{p.path("Letters")}, Choice: Choice{
		Destination: fmt.Sprintf("sftp://%s@127.0.0.1:%d/backup", ssh.User, ssh.Port),
		Options:     map[string]string{"key-file": ssh.Key, "ssh-options": "-F none -oUserKnownHostsFile=" + ssh.KnownHosts},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.s.SetSpeed(t.Context(), Speed{Upload: 200}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Letters/one.bin", "Letters/two.bin"} {
		noise := make([]byte, 500_000)
		rand.Read(noise)
		p.write(name, string(noise))
		began := time.Now()
		p.backUp(id)
		if took := time.Since(began); took < 2*time.Second {
			t.Errorf("500 KB at 200 KB in a second took %v", took)
		}
		p.again()
		if v, err := p.s.Speed(t.Context()); err != nil || v != (Speed{Upload: 200}) {
			t.Errorf("the next start has %+v, %v", v, err)
		}
	}
	if err := p.s.SetSpeed(t.Context(), Speed{Upload: 1, From: "8", To: "9"}); err == nil {
		t.Error("hours that are none are taken")
	}
	if v, err := p.s.Speed(t.Context()); err != nil || v != (Speed{Upload: 200}) {
		t.Errorf("what was refused is kept: %+v, %v", v, err)
	}
}

// A share of the processor holds at once, and after the next start.
func TestShareOfTheProcessor(t *testing.T) {
	var used []int
	open := func(dir string) *Session {
		s, err := Open(t.Context(), Config{DataDir: dir, CacheDir: t.TempDir(), Cores: func(n int) { used = append(used, n) }})
		if err != nil {
			t.Fatal(err)
		}
		s.cores = 8
		return s
	}
	dir := t.TempDir()
	s := open(dir)
	for _, h := range []Share{OneCore, WholeProcessor, HalfProcessor} {
		if err := s.SetProcessor(t.Context(), h); err != nil {
			t.Fatal(err)
		}
	}
	if want := []int{1, 0, 4}; !slices.Equal(used, want) {
		t.Errorf("cores are %v, want %v", used, want)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	used = nil
	s = open(dir)
	defer s.Close()
	if len(used) != 1 {
		t.Errorf("the next start uses %v cores", used)
	}
	if h, err := s.Processor(t.Context()); err != nil || h != HalfProcessor {
		t.Errorf("the next start has %q, %v", h, err)
	}
	for h, want := range map[Share]int{OneCore: 1, HalfProcessor: 1, WholeProcessor: 1, "more": 1} {
		if got := h.cores(1); got != want {
			t.Errorf("%q of one core is %d", h, got)
		}
	}
}

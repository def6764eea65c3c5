// Package packaging_test tries the set-up script on systems that are not here.
package packaging_test

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// system is a pretended machine: a PATH that holds these commands and nothing else.
type system struct {
	bin    string
	log    string
	policy string
}

// newSystem makes a Linux with a package manager on which the packages that
// has names are installed.
func newSystem(t *testing.T, manager string, has ...string) *system {
	t.Helper()
	dir := t.TempDir()
	s := &system{bin: filepath.Join(dir, "bin"), log: filepath.Join(dir, "log"), policy: filepath.Join(dir, "policy-rc.d")}
	if err := os.Mkdir(s.bin, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, tool := range []string{"sh", "sed", "sort", "head", "tr", "env", "chmod", "grep", "rm"} {
		path, err := exec.LookPath(tool)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(path, filepath.Join(s.bin, tool)); err != nil {
			t.Fatal(err)
		}
	}
	installed := `case " ` + strings.Join(has, " ") + ` " in *" $last "*) `
	query := `for last; do :; done; ` + installed
	s.command(t, "uname", "echo Linux")
	s.command(t, "id", "echo 0")
	s.command(t, "go", "echo go1.26.8")
	s.command(t, manager, s.record(manager))
	s.command(t, "dpkg-query", query+"printf installed ;; *) exit 1 ;; esac")
	s.command(t, "rpm", query+"exit 0 ;; *) exit 1 ;; esac")
	if manager == "pacman" {
		s.command(t, manager, `if [ "$1" = -Q ]; then `+query+`exit 0 ;; *) exit 1 ;; esac; fi; `+s.record(manager))
	}
	return s
}

func (s *system) record(name string) string { return `echo "` + name + ` $*" >>'` + s.log + `'` }

func (s *system) command(t *testing.T, name, script string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(s.bin, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
}

// setup runs the script there and returns what it did and said.
func (s *system) setup(t *testing.T, env []string, args ...string) (did []string, said string, err error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), filepath.Join(s.bin, "sh"), append([]string{"setup.sh"}, args...)...)
	cmd.Env = append(env, "PATH="+s.bin, "VARVE_POLICY="+s.policy)
	out, err := cmd.CombinedOutput()
	log, logErr := os.ReadFile(s.log)
	if logErr != nil && !errors.Is(logErr, fs.ErrNotExist) {
		t.Fatal(logErr)
	}
	return strings.Split(strings.TrimSpace(string(log)), "\n"), string(out), err
}

// list is what the script itself names for a set on a system.
func (s *system) list(t *testing.T, set string) []string {
	t.Helper()
	_, said, err := s.setup(t, nil, "list", set)
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	return strings.Fields(said)
}

var managers = map[string]string{
	"apt-get": "apt-get -q install -y --no-install-recommends ",
	"dnf":     "dnf install -y ",
	"pacman":  "pacman -S --needed --noconfirm ",
	"zypper":  "zypper --non-interactive install --no-recommends ",
}

func TestSetupInstallsWhatIsMissingAndNothingElse(t *testing.T) {
	for manager, install := range managers {
		for _, set := range []string{"window", "test"} {
			t.Run(manager+" "+set, func(t *testing.T) {
				all := newSystem(t, manager).list(t, set)
				if len(all) < 10 || !slices.Contains(all, "gcc") {
					t.Fatalf("the list is %v", all)
				}
				did, said, err := newSystem(t, manager, all[2:]...).setup(t, nil, set)
				if err != nil {
					t.Fatalf("%v\n%s", err, said)
				}
				if want := install + all[0] + " " + all[1]; did[len(did)-1] != want {
					t.Errorf("got %q, want %q", did, want)
				}
				did, said, err = newSystem(t, manager, all...).setup(t, nil, set)
				if err != nil || did[0] != "" {
					t.Errorf("with nothing missing: did %q, said %q, %v", did, said, err)
				}
			})
		}
	}
}

// While servers are installed, none may be started; afterwards all is as before.
func TestSetupStartsNoServers(t *testing.T) {
	s := newSystem(t, "apt-get")
	s.command(t, "apt-get", `echo "apt-get $*" >>'`+s.log+`'; [ "$2" = update ] || "$VARVE_POLICY" || echo "refused with $?" >>'`+s.log+`'`)
	did, said, err := s.setup(t, nil, "test")
	if err != nil || did[len(did)-1] != "refused with 101" {
		t.Errorf("did %q, said %q, %v", did, said, err)
	}
	if _, err := os.Stat(s.policy); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the policy is still there: %v", err)
	}
	own := "#!/bin/sh\nexit 0\n"
	if err := os.WriteFile(s.policy, []byte(own), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, said, err := s.setup(t, nil, "test"); err != nil {
		t.Errorf("%v: %s", err, said)
	}
	if b, err := os.ReadFile(s.policy); err != nil || string(b) != own {
		t.Errorf("somebody's own policy became %q, %v", b, err)
	}
}

func TestSetupForTheCommandLineNeedsNothing(t *testing.T) {
	s := newSystem(t, "apt-get")
	if did, said, err := s.setup(t, nil, "cli"); err != nil || did[0] != "" {
		t.Errorf("did %q, said %q, %v", did, said, err)
	}
}

func TestSetupBecomesRootOnlyToInstall(t *testing.T) {
	user := func(t *testing.T) *system {
		s := newSystem(t, "apt-get")
		s.command(t, "id", "echo 1000")
		return s
	}
	t.Run("sudo", func(t *testing.T) {
		s := user(t)
		s.command(t, "sudo", s.record("sudo"))
		did, said, err := s.setup(t, nil, "window")
		if err != nil {
			t.Fatalf("%v\n%s", err, said)
		}
		for _, line := range did {
			if !strings.HasPrefix(line, "sudo -n env DEBIAN_FRONTEND=noninteractive apt-get ") {
				t.Errorf("without a terminal: %q", line)
			}
		}
	})
	t.Run("sudo that wants a password", func(t *testing.T) {
		s := user(t)
		s.command(t, "sudo", "exit 1")
		if _, said, err := s.setup(t, nil, "window"); err == nil || !strings.Contains(said, "as root, run: env DEBIAN_FRONTEND") {
			t.Errorf("got %v, said %q", err, said)
		}
	})
	t.Run("no sudo", func(t *testing.T) {
		if _, said, err := user(t).setup(t, nil, "window"); err == nil || !strings.Contains(said, "no sudo here; as root, run:") {
			t.Errorf("got %v, said %q", err, said)
		}
	})
}

func TestSetupSaysWhatItCannotDo(t *testing.T) {
	tests := []struct {
		name   string
		change func(t *testing.T, s *system)
		env    []string
		want   string
	}{
		{"old Go", func(t *testing.T, s *system) { s.command(t, "go", "echo go1.9.7") }, nil, "Go 1.9.7 is too old"},
		{"no Go", func(t *testing.T, s *system) { remove(t, s, "go") }, nil, "Go is missing"},
		{"unknown system", func(t *testing.T, s *system) { remove(t, s, "apt-get") }, nil, "VARVE_SKIP_SETUP=1"},
		{"skipped", func(t *testing.T, s *system) { remove(t, s, "apt-get") }, []string{"VARVE_SKIP_SETUP=1"}, ""},
		{"newer Go", func(t *testing.T, s *system) { s.command(t, "go", "echo go1.100rc1") }, []string{"VARVE_SKIP_SETUP=1"}, ""},
		{"installing fails", func(t *testing.T, s *system) { s.command(t, "apt-get", "echo E: no network >&2; exit 100") }, nil, "no network"},
		{
			"mac without compiler", func(t *testing.T, s *system) {
				s.command(t, "uname", "echo Darwin")
				s.command(t, "xcode-select", "exit 2")
			},
			nil, "xcode-select --install",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newSystem(t, "apt-get")
			tt.change(t, s)
			_, said, err := s.setup(t, tt.env, "window")
			if (err == nil) != (tt.want == "") || !strings.Contains(said, tt.want) {
				t.Errorf("got %v, said %q, want %q", err, said, tt.want)
			}
		})
	}
}

func remove(t *testing.T, s *system, name string) {
	t.Helper()
	if err := os.Remove(filepath.Join(s.bin, name)); err != nil {
		t.Fatal(err)
	}
}

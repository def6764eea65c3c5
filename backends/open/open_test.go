package open_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/limit"
	"github.com/varve-backup/varve/backends/open"
)

func TestStore(t *testing.T) {
	dir := t.TempDir()
	for address, want := range map[string]error{
		dir:                                 nil,
		"file://" + dir:                     nil,
		"FILE://" + dir:                     nil,
		"file://" + dir + "/a%20b":          nil,
		"file://" + dir + "/50%/%41%zz?c#d": nil,
		dir + "/none":                       nil,
		"nosuch://host/x":                   backends.ErrConfig,
		"file://":                           backends.ErrConfig,
	} {
		s, err := open.Store(t.Context(), address, backends.Config{Create: true})
		if !errors.Is(err, want) || (err == nil) != (want == nil) {
			t.Errorf("%s: %v, want %v", address, err, want)
		}
		if s != nil {
			s.Close()
		}
	}
	for _, name := range []string{"a b", "50%/A%zz?c#d"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || !info.IsDir() {
			t.Errorf("folder %q was not made: %v", name, err)
		}
	}
	if _, err := open.Store(t.Context(), "file://"+dir+"/missing", backends.Config{}); !errors.Is(err, backends.ErrNotExist) {
		t.Errorf("without Create: %v, want ErrNotExist", err)
	}
}

// Two slashes and a name are a path from here, as duplicity has it.
func TestRelative(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, address := range []string{"file://a/b", "c"} {
		s, err := open.Store(t.Context(), address, backends.Config{Create: true})
		if err != nil {
			t.Fatal(err)
		}
		s.Close()
	}
	for _, path := range []string{"a/b", "c"} {
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
}

// The wrapping keeps what a folder can.
func TestAbilities(t *testing.T) {
	s, err := open.Store(t.Context(), t.TempDir(), backends.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Put(t.Context(), "x", backends.BytesSource("123")); err != nil {
		t.Fatal(err)
	}
	f, err := as[backends.Opener](t, s).OpenFile(t.Context(), "x")
	if err != nil || f.Size() != 3 {
		t.Fatalf("got %v, %v", f, err)
	}
	f.Close()
	if free, _, err := as[backends.Spacer](t, s).Space(t.Context()); free <= 0 || err != nil {
		t.Errorf("%d bytes are free, %v", free, err)
	}
	if err := as[backends.Prober](t, s).Writable(t.Context()); err != nil {
		t.Error(err)
	}
}

func as[T any](t *testing.T, s backends.Store) T {
	t.Helper()
	able, ok := backends.As[T](s)
	if !ok {
		t.Fatalf("it is no %T", able)
	}
	return able
}

// Services that are gone are refused by name, and nothing goes out.
func TestGone(t *testing.T) {
	for raw, want := range map[string]error{
		"ad://folder": backends.ErrServiceGone, "cf+hubic://box": backends.ErrServiceGone, "gdata+gdocs://me@x/y": backends.ErrServiceGone,
		"copy://me@copy.com/x": backends.ErrServiceGone, "gio+sftp://x/y": backends.ErrUnsupported, "sx://x/y": backends.ErrUnsupported,
		"slate://x": backends.ErrUnsupported, "par2+file:///x": backends.ErrUnsupported, "idrived://x": backends.ErrUnsupported,
	} {
		_, err := open.Store(t.Context(), raw, backends.Config{})
		if !errors.Is(err, want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", raw, err)
		}
	}
}

func TestOptions(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		options map[string]string
		want    error
	}{
		{map[string]string{"num-retries": "3", "timeout": "5", "ssl-no-check-certificate": "true", "backend-retry-delay": "1", "connections": "2"}, nil},
		{map[string]string{"ssl-cacert-path": dir, "ssl-cacert-file": "x"}, nil},
		{map[string]string{"ssl-cacert-path": dir + "/none"}, backends.ErrConfig},
		{map[string]string{"num-retries": "-1"}, backends.ErrConfig},
		{map[string]string{"ssl-no-check-certificate": "yes"}, backends.ErrConfig},
		{map[string]string{"no-such": "1"}, backends.ErrConfig},
		{map[string]string{"limit-upload": "100", "limit-download": "0", "limit-schedule": "mon-fri 08:00-18:00 500K/2M; else -"}, nil},
		{map[string]string{"limit-upload": "1M"}, backends.ErrConfig},
		{map[string]string{"limit-download": "9223372036854775807"}, backends.ErrConfig},
		{map[string]string{"limit-schedule": "sometimes"}, backends.ErrConfig},
	} {
		s, err := open.Store(t.Context(), dir, backends.Config{Options: c.options})
		if !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
			t.Errorf("%v: %v, want %v", c.options, err, c.want)
		}
		if s != nil {
			s.Close()
		}
	}
}

// The limits reach the store, and where downloads are limited nothing is read
// past them.
func TestLimits(t *testing.T) {
	s, err := open.Store(t.Context(), t.TempDir(), backends.Config{Options: map[string]string{
		"limit-upload": "100", "limit-download": "200", "limit-schedule": "else 1K/2K", "connections": "3",
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	limiter := as[*limit.Store](t, s).Limiter()
	if o := limiter.Options(); o.Rates != (limit.Rates{Upload: 100 << 10, Download: 200 << 10}) || o.Connections != 3 {
		t.Errorf("got %+v", o)
	}
	if now := limiter.Now(); now != (limit.Rates{Upload: 1 << 10, Download: 2 << 10}) {
		t.Errorf("now it is %v", now)
	}
	if _, ok := backends.As[backends.Opener](s); ok {
		t.Error("it can be read in place")
	}
}

// The parts of several destinations are opened as any other is, and common
// options hold for each; limits hold for all together.
func TestSeveral(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "list.json")
	text := fmt.Sprintf(`[{"url": "file://%[1]s/1"}, {"url": "%[1]s/2"}]`, dir)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	options := map[string]string{"mode": "mirror", "num-retries": "2", "backend-retry-delay": "1", "limit-upload": "100000"}
	s, err := open.Store(t.Context(), "multi://"+path+"?onfail=abort", backends.Config{Create: true, Options: options})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Put(t.Context(), "x", backends.BytesSource("123")); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"1", "2"} {
		if b, err := os.ReadFile(filepath.Join(dir, part, "x")); err != nil || string(b) != "123" {
			t.Errorf("part %s: %q, %v", part, b, err)
		}
	}
	as[backends.Warner](t, s)
	as[backends.Spacer](t, s)
	if o := as[*limit.Store](t, s).Limiter().Options(); o.Rates.Upload != 100000<<10 {
		t.Errorf("got %+v", o)
	}
	if _, err := open.Store(t.Context(), "multi://"+path+"?mode=", backends.Config{Options: map[string]string{"mode": "both"}}); !errors.Is(err, backends.ErrConfig) {
		t.Errorf("a mode that there is not: %v", err)
	}
}

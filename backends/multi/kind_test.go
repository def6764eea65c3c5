package multi_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/address"
	"github.com/varve-backup/varve/backends/backendtest"
	"github.com/varve-backup/varve/backends/local"
	"github.com/varve-backup/varve/backends/multi"
)

// openAny opens what the tests have: folders, and such files again.
func openAny(ctx context.Context, raw string, c backends.Config) (backends.Store, error) {
	a, err := address.Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", backends.ErrConfig, err)
	}
	switch a.Scheme {
	case "file":
		if at := c.Env("FOLDER"); at != "" {
			a.Path = at
		}
		return local.Open(a.Path, local.Options{Create: c.Create})
	case multi.Name:
		kind := multi.Kind(openAny)
		return kind.Open(ctx, a, c)
	case "refusing":
		return nil, fmt.Errorf("%w: wrong password", backends.ErrAuth)
	}
	return nil, fmt.Errorf("%w: %s", backends.ErrUnsupported, a.Scheme)
}

// list writes a file of parts, in which DIR is a folder, and returns its
// address.
func list(t testing.TB, dir, text string) string {
	t.Helper()
	path := filepath.Join(dir, "list.json")
	if err := os.WriteFile(path, []byte(strings.ReplaceAll(text, "DIR", dir)), 0o600); err != nil {
		t.Fatal(err)
	}
	return "multi://" + path
}

const twoParts = `[{"url": "file://DIR/1"}, {"url": "file://DIR/2"}]`

// files lists the files of a folder.
func files(t testing.TB, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return strings.Join(all, " ")
}

func TestOpen(t *testing.T) {
	for _, row := range []struct {
		name, list, query string
		options           map[string]string
		first, second     string // what lies in the folders 1 and 2 after a, b and c were stored
	}{
		{name: "stripe by itself", list: twoParts, first: "a c", second: "b"},
		{name: "stripe", list: twoParts, query: "?mode=stripe&onfail=abort", first: "a c", second: "b"},
		{name: "mirror", list: twoParts, query: "?onfail=continue&mode=mirror", first: "a b c", second: "a b c"},
		{name: "empty values", list: twoParts, query: "?mode=&onfail=&subpath=", first: "a c", second: "b"},
		{name: "option", list: twoParts, options: map[string]string{"mode": "mirror"}, first: "a b c", second: "a b c"},
		{name: "query before option", list: twoParts, query: "?mode=stripe", options: map[string]string{"mode": "mirror"}, first: "a c", second: "b"},
		{name: "subpath", list: `[{"url": "file://DIR/"}, {"url": "multi://DIR/inner.json?mode=mirror"}]`, query: "?subpath=1", first: "a c", second: "b"},
		{name: "prefixes", list: `[{"url": "file://DIR/1"}, {"url": "file://DIR/2", "prefixes": ["b"]}]`, query: "?mode=mirror", first: "a c", second: "a b c"},
		{name: "environment", list: `[{"url": "file://DIR/1"}, {"url": "file://DIR/x", "env": [{"name": "FOLDER", "value": "x"}, {"name": "FOLDER", "value": "DIR/2"}]}]`, first: "a c", second: "b"},
	} {
		t.Run(row.name, func(t *testing.T) {
			dir := t.TempDir()
			inner := fmt.Sprintf(`[{"url": "file://%s/2"}]`, dir)
			if err := os.WriteFile(filepath.Join(dir, "inner.json1"), []byte(inner), 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := openAny(t.Context(), list(t, dir, row.list)+row.query, backends.Config{Create: true, Options: row.options})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			for _, name := range []string{"a", "b", "c"} {
				put(t, s, name, "x")
			}
			if first, second := files(t, filepath.Join(dir, "1")), files(t, filepath.Join(dir, "2")); first != row.first || second != row.second {
				t.Errorf("%q and %q, want %q and %q", first, second, row.first, row.second)
			}
		})
	}
}

func TestOpenRefuses(t *testing.T) {
	for _, row := range []struct {
		list, query string
		want        error
		say         string
	}{
		{twoParts, "?mod=mirror", backends.ErrConfig, `"mod"`},
		{twoParts, "?mode=mirror&mode=stripe", backends.ErrConfig, "twice"},
		{twoParts, "?mode=both", backends.ErrConfig, `"both"`},
		{twoParts, "?onfail=panic", backends.ErrConfig, `"panic"`},
		{twoParts, ".gone", backends.ErrConfig, "no such file"},
		{"[\n{]", "", backends.ErrConfig, "line 2"},
		{`[{"url": "file://DIR/1"}, {"url": "multi://DIR/list.json"}]`, "", backends.ErrConfig, "part of itself"},
		{`[{"url": "file://DIR/1", "prefixes": ["a"]}]`, "", backends.ErrConfig, "only for mirrors"},
		{`[{"url": "file://DIR/1"}, {"url": "nosuch://me:s3cret@host/x"}]`, "?mode=mirror", backends.ErrUnsupported, "part 2: "},
		{`[{"url": "file://DIR/1"}, {"url": "refusing://me:s3cret@host/x"}]`, "", backends.ErrAuth, "part 2: "},
		{`[{"url": "file://DIR/1"}, {"url": "refusing://me:s3cret@host/x"}]`, "?mode=mirror&onfail=abort", backends.ErrAuth, "part 2: "},
		{`[{"url": "refusing://a"}, {"url": "refusing://b"}]`, "?mode=mirror", backends.ErrAuth, "part 1: "},
		{strings.Repeat(" ", 1<<20) + twoParts, "", backends.ErrConfig, "larger"},
	} {
		s, err := openAny(t.Context(), list(t, t.TempDir(), row.list)+row.query, backends.Config{Create: true})
		if s != nil || !errors.Is(err, row.want) || !strings.Contains(err.Error(), row.say) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%.60s %s: %v, want %q", row.list, row.query, err, row.say)
		}
		backendtest.OneClass(t, err)
	}
}

// A mirror that cannot be opened is done without, and told of.
func TestOpenWithoutOne(t *testing.T) {
	dir := t.TempDir()
	s, err := openAny(t.Context(), list(t, dir, `[{"description": "The\nNAS", "url": "refusing://me:s3cret@host/x"}, {"url": "file://DIR/2"}]`)+"?mode=mirror", backends.Config{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	put(t, s, "a", "x")
	expect(t, "the mirror", s, "a=x")
	if err := s.(backends.Prober).Writable(t.Context()); err != nil {
		t.Error(err)
	}
	if err := s.Delete(t.Context(), "a"); err != nil {
		t.Error(err)
	}
	warnings := s.(backends.Warner).Warnings()
	if len(warnings) != 1 || !errors.Is(warnings[0], backends.ErrAuth) || !strings.HasPrefix(warnings[0].Error(), "part 1, The NAS (refusing://me:xxxxx@host/x): ") {
		t.Errorf("it warns of %v", warnings)
	}
}

// A program has no file to write.
func TestOpenWithoutFile(t *testing.T) {
	dir := t.TempDir()
	parts := []multi.PartConfig{{URL: "file://" + dir + "/1"}, {URL: "file://" + dir + "/2"}}
	s, err := multi.Open(t.Context(), multi.Config{Mode: multi.Mirror, Parts: parts}, backends.Config{Create: true}, openAny)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	put(t, s, "a", "x")
	if got := files(t, dir+"/1") + files(t, dir+"/2"); got != "aa" {
		t.Errorf("got %q", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := multi.Open(ctx, multi.Config{Mode: multi.Mirror, Parts: parts}, backends.Config{}, openAny); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled Open: %v", err)
	}
}

// A part that got lost is not made anew beside the others: what was in it would
// seem never to have been. Where the others have everything, it is.
func TestLostPart(t *testing.T) {
	for _, row := range []struct {
		name, list, query string
		want              error
	}{
		{"stripe", twoParts, "", backends.ErrNotExist},
		{"mirror", twoParts, "?mode=mirror&onfail=abort", nil},
		{"mirror with continue", twoParts, "?mode=mirror", nil},
		{"own prefix", `[{"url": "file://DIR/1"}, {"url": "file://DIR/2", "prefixes": ["b"]}]`, "?mode=mirror", backends.ErrNotExist},
		{"shared prefix", `[{"url": "file://DIR/1", "prefixes": [""]}, {"url": "file://DIR/2", "prefixes": ["b"]}]`, "?mode=mirror", nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			dir := t.TempDir()
			address := list(t, dir, row.list) + row.query
			if _, err := openAny(t.Context(), address, backends.Config{}); !errors.Is(err, backends.ErrNotExist) {
				t.Errorf("without Create: %v", err)
			}
			for range 2 {
				s, err := openAny(t.Context(), address, backends.Config{Create: true})
				if err != nil {
					t.Fatal(err)
				}
				for _, name := range []string{"a", "b"} {
					put(t, s, name, "x")
				}
				s.Close()
			}
			if err := os.RemoveAll(filepath.Join(dir, "2")); err != nil {
				t.Fatal(err)
			}
			s, err := openAny(t.Context(), address, backends.Config{Create: true})
			if !errors.Is(err, row.want) || (err == nil) != (row.want == nil) {
				t.Fatalf("got %v, want %v", err, row.want)
			}
			if err == nil {
				expect(t, "what is left", s, "a=x b=x")
				s.Close()
			}
			if err := os.MkdirAll(filepath.Join(dir, "2"), 0o700); err != nil {
				t.Fatal(err)
			}
			if s, err = openAny(t.Context(), address, backends.Config{Create: true}); err != nil {
				t.Fatal(err)
			}
			s.Close()
		})
	}
}

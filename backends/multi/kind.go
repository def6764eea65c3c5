package multi

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/address"
)

// Name is the name of the kind.
const Name = "multi"

// OpenFunc opens a part.
type OpenFunc func(ctx context.Context, raw string, c backends.Config) (backends.Store, error)

// Config is what Open opens. The zero values of Mode and OnFail are what
// duplicity does by itself.
type Config struct {
	Mode   Mode
	OnFail OnFail
	Parts  []PartConfig
}

// Kind describes several destinations as one; open opens its parts.
func Kind(open OpenFunc) backends.Kind {
	return backends.Kind{
		Name: Name, Title: "Several destinations", Schemes: []string{"multi"},
		Form: "multi:///folder/file.json[?mode=stripe|mirror][&onfail=continue|abort][&subpath=text]",
		Note: "A file lists other destinations. Either each of them gets everything, or the backup is spread over them; then all are needed to restore. What a spread part cannot take, the next one does. " +
			"Beside its url, a destination may have options of its own there, as in \"options\": {\"timeout\": \"60\"}.",
		Options: []backends.Option{
			{
				Name: "mode", Title: "Spread or copy", Help: "Whether files go to the destinations in turn, or each file to all of them.", Default: "stripe", Closed: true,
				Choices: []backends.Choice{{Value: "stripe", Help: "in turn, for more room"}, {Value: "mirror", Help: "to all, for safety"}},
			},
			{
				Name: "onfail", Title: "When one fails", Help: "Whether a run goes on with the others when a destination fails.", Default: "continue", Closed: true,
				Choices: []backends.Choice{{Value: "continue", Help: "go on"}, {Value: "abort", Help: "stop"}},
			},
			{Name: "subpath", Title: "Folder below", Help: "What is put behind the address of each destination, as /laptop.", Advanced: true},
		},
		Open: func(ctx context.Context, a *address.Address, c backends.Config) (backends.Store, error) {
			return openFile(ctx, a, c, open)
		},
	}
}

// settings are what stands behind the question mark, or was chosen.
type settings struct {
	mode    Mode
	onFail  OnFail
	subpath string
}

// readSettings reads a query as duplicity does; what is empty is not there.
// What it does not say, the options do.
func readSettings(query url.Values, options map[string]string) (s settings, err error) {
	value := func(key string) string {
		given := slices.DeleteFunc(slices.Clone(query[key]), func(v string) bool { return v == "" })
		if len(given) > 1 {
			err = fmt.Errorf("%w: %q stands twice behind the question mark", backends.ErrConfig, key)
		}
		return cmp.Or(strings.Join(given, ""), options[key])
	}
	mode, onFail, subpath := value("mode"), value("onfail"), value("subpath")
	for key := range query {
		if key != "mode" && key != "onfail" && key != "subpath" {
			err = fmt.Errorf("%w: %q may not stand behind the question mark; mode, onfail and subpath may", backends.ErrConfig, key)
		}
	}
	if err != nil {
		return s, err
	}
	s.subpath = subpath
	if s.mode, err = modeOf(mode); err != nil {
		return s, err
	}
	s.onFail, err = onFailOf(onFail)
	return s, err
}

func modeOf(text string) (Mode, error) {
	switch text {
	case "", "stripe":
		return Stripe, nil
	case "mirror":
		return Mirror, nil
	}
	return 0, fmt.Errorf("%w: mode is stripe or mirror, not %q", backends.ErrConfig, text)
}

func onFailOf(text string) (OnFail, error) {
	switch text {
	case "", "continue":
		return Continue, nil
	case "abort":
		return Abort, nil
	}
	return 0, fmt.Errorf("%w: onfail is continue or abort, not %q", backends.ErrConfig, text)
}

// insideKey is the key under which a context holds the files being opened.
type insideKey struct{}

// openFile opens what a file says. A part may be such a file again, but not
// one that it is part of.
func openFile(ctx context.Context, a *address.Address, c backends.Config, open OpenFunc) (backends.Store, error) {
	s, err := readSettings(a.Query, c.Options)
	if err != nil {
		return nil, err
	}
	path := filepath.Clean("/" + a.Path)
	inside, _ := ctx.Value(insideKey{}).([]string)
	if slices.Contains(inside, path) {
		return nil, fmt.Errorf("%w: %s is a part of itself", backends.ErrConfig, path)
	}
	parts, err := readFile(path)
	if err != nil {
		return nil, err
	}
	for i := range parts {
		parts[i].URL = below(parts[i].URL, s.subpath)
	}
	ctx = context.WithValue(ctx, insideKey{}, append(slices.Clip(inside), path))
	for _, o := range []string{"mode", "onfail", "subpath"} {
		delete(c.Options, o)
	}
	store, err := Open(ctx, Config{s.mode, s.onFail, parts}, c, open)
	if err != nil {
		return nil, err // and not a nil of another type
	}
	return store, nil
}

func readFile(path string) ([]PartConfig, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%w: reading the list of destinations: %w", backends.ErrConfig, err)
	}
	defer f.Close()
	text, err := readAll(f)
	if err != nil {
		return nil, fmt.Errorf("%w: reading %s: %w", backends.ErrConfig, path, err)
	}
	parts, err := Parse(text)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	return parts, nil
}

// below puts a text behind an address, as duplicity does, but in front of a
// question mark.
func below(raw, subpath string) string {
	path, query, found := strings.Cut(raw, "?")
	if !found || strings.HasPrefix(strings.ToLower(raw), "file:") || !address.IsURL(raw) {
		return raw + subpath
	}
	return path + subpath + "?" + query
}

// Package open makes a Store from the address of a destination: a URL as
// duplicity takes it, or a path. Start with Store; Kinds lists what there is.
package open

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/address"
	"github.com/varve-backup/varve/backends/ftp"
	"github.com/varve-backup/varve/backends/hsi"
	"github.com/varve-backup/varve/backends/imap"
	"github.com/varve-backup/varve/backends/limit"
	"github.com/varve-backup/varve/backends/local"
	"github.com/varve-backup/varve/backends/mediafire"
	"github.com/varve-backup/varve/backends/mega"
	"github.com/varve-backup/varve/backends/multi"
	"github.com/varve-backup/varve/backends/retry"
	"github.com/varve-backup/varve/backends/rsync"
	"github.com/varve-backup/varve/backends/sftp"
	"github.com/varve-backup/varve/backends/tahoe"
)

// Kinds lists the kinds of destinations, in the order in which a person should
// meet them.
func Kinds() []backends.Kind {
	return slices.Concat(
		[]backends.Kind{local.Kind(), sftp.Kind(), ftp.Kind(), rsync.Kind()}, services(),
		[]backends.Kind{imap.Kind(), mega.Kind(), mediafire.Kind(), tahoe.Kind(), hsi.Kind(), multi.Kind(Store)},
	)
}

// Store opens the destination at an address. What fails for a moment is tried
// again by the result.
func Store(ctx context.Context, raw string, c backends.Config) (backends.Store, error) {
	a, err := address.Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("opening a destination: %w: %w", backends.ErrConfig, err)
	}
	s, err := open(ctx, a, c)
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", address.Display(raw), err)
	}
	return s, nil
}

func open(ctx context.Context, a *address.Address, c backends.Config) (backends.Store, error) {
	if err := refuseGone(a); err != nil {
		return nil, err
	}
	kind, ok := find(a.Scheme)
	if !ok {
		return nil, unknown(a.Scheme)
	}
	settings, rest, err := takeCommon(c.Options)
	if err != nil {
		return nil, err
	}
	c.Options = rest
	if err := checkOptions(&kind, c.Options); err != nil {
		return nil, err
	}
	settings.configure(&c)
	several := kind.Name == multi.Name
	if several {
		c.Options = withRetries(c.Options, settings.retry)
	}
	s, err := kind.Open(ctx, a, c)
	if err != nil {
		return nil, err
	}
	limited := limit.New(s, limit.NewLimiter(settings.limit))
	if several {
		return limited, nil // its parts try again, each for itself
	}
	return retry.New(limited, settings.retry), nil
}

// Serves tells that this program opens addresses of a kind, or knows as well as
// the whole one why nobody can. Several destinations at once may be of any kind.
func Serves(raw string) bool {
	a, err := address.Parse(raw)
	if err != nil || Complete {
		return true
	}
	return a.Scheme != multi.Name && !slices.Contains(cloudSchemes, a.Scheme) || refuseGone(a) != nil
}

// Takes tells that an option may be given with an address: that it is of its
// kind or of all kinds, or that the kind is not known here.
func Takes(raw, name string) bool {
	a, err := address.Parse(raw)
	if err != nil || slices.ContainsFunc(Common(), func(o backends.Option) bool { return o.Name == name }) {
		return true
	}
	k, known := find(a.Scheme)
	if !known {
		return true
	}
	_, ok := option(&k, name)
	return ok
}

// find returns the kind of a scheme.
func find(scheme string) (backends.Kind, bool) {
	kinds := Kinds()
	i := slices.IndexFunc(kinds, func(k backends.Kind) bool { return slices.Contains(k.Schemes, scheme) })
	if i < 0 {
		return backends.Kind{}, false
	}
	return kinds[i], true
}

func unknown(scheme string) error {
	var known []string
	for _, k := range Kinds() {
		known = append(known, k.Schemes...)
	}
	if !Complete {
		known = append(known, cloudSchemes...)
	}
	return fmt.Errorf("%w: %s:// is no kind that Varve knows; there are %s", backends.ErrConfig, scheme, strings.Join(known, ", "))
}

// checkOptions refuses what the kind does not have, by its name.
func checkOptions(k *backends.Kind, options map[string]string) error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(options)) {
		o, ok := option(k, name)
		if !ok {
			errs = append(errs, fmt.Errorf("%w: %s has no option %q", backends.ErrConfig, k.Title, name))
			continue
		}
		if err := o.Check(options[name]); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func option(k *backends.Kind, name string) (backends.Option, bool) {
	for _, list := range [...][]backends.Option{k.Options, k.Flags} {
		if i := slices.IndexFunc(list, func(o backends.Option) bool { return o.Name == name }); i >= 0 {
			return list[i], true
		}
	}
	return backends.Option{}, false
}

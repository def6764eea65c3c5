package multi

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/address"
)

// Open opens the parts, whose errors open words with their addresses, and makes
// one Store of them. c goes to each part, with the environment and the options
// of the part.
//
// When mirroring with Continue, a part that cannot be opened is done without,
// and Warnings tells of it; otherwise all must be there. A part that is missing
// is made with c.Create, but not beside parts that hold what it would have to
// hold a share of: it has been lost, and a new one would hide that.
func Open(ctx context.Context, m Config, c backends.Config, open OpenFunc) (*Store, error) {
	o := opening{m, c, open, make([]Part, len(m.Parts)), make([]error, len(m.Parts))}
	s, err := o.all(ctx)
	if err == nil {
		return s, nil
	}
	for _, p := range o.parts {
		if p.Store != nil {
			p.Store.Close()
		}
	}
	return nil, err
}

// opening is one call of Open.
type opening struct {
	Config
	with  backends.Config
	open  OpenFunc
	parts []Part  // without a Store where errs says why
	errs  []error // why a part could not be opened
}

func (o *opening) all(ctx context.Context) (*Store, error) {
	for i := range o.parts {
		o.parts[i] = named(i, &o.Parts[i])
		if err := o.part(ctx, i, false); err != nil {
			return nil, err
		}
	}
	if err := o.create(ctx); err != nil {
		return nil, err
	}
	lost := 0
	for i, err := range o.errs {
		if err == nil {
			continue
		}
		if lost++; lost == len(o.parts) {
			return nil, fmt.Errorf("part 1: %w", o.errs[0])
		}
		o.parts[i].Store = absent{err}
	}
	return New(o.parts, Options{o.Mode, o.OnFail})
}

// named is a part that is not open yet.
func named(i int, p *PartConfig) Part {
	part := Part{Name: fmt.Sprintf("part %d, %s", i+1, address.Display(p.URL)), Prefixes: p.Prefixes}
	if p.Description != "" {
		part.Name = fmt.Sprintf("part %d, %s (%s)", i+1, oneLine(p.Description), address.Display(p.URL))
	}
	return part
}

// oneLine makes one of several.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// part opens one part. It returns an error that ends all; one that can be done
// without is only remembered, as is what can still be created.
func (o *opening) part(ctx context.Context, i int, create bool) error {
	p, c := &o.Parts[i], o.with
	c.Create = create
	if len(p.Options) > 0 {
		c.Options = maps.Clone(c.Options)
		if c.Options == nil {
			c.Options = map[string]string{}
		}
		maps.Copy(c.Options, p.Options)
	}
	c.Getenv = func(name string) string {
		// The last counts, as it does where one sets after the other.
		for _, v := range slices.Backward(p.Env) {
			if v.Name == name {
				return v.Value
			}
		}
		return o.with.Env(name)
	}
	s, err := o.open(ctx, p.URL, c)
	if o.errs[i] = err; err == nil {
		o.parts[i].Store = s
	}
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err == nil, isMissing(err) && o.with.Create && !create:
		return nil
	case o.Mode == Stripe, o.OnFail == Abort, mendable(err):
		return fmt.Errorf("part %d: %w", i+1, err)
	}
	return nil
}

// mendable tells of an error that only whoever wrote the file can mend.
func mendable(err error) bool {
	return errors.Is(err, backends.ErrConfig) || errors.Is(err, backends.ErrUnsupported) || errors.Is(err, backends.ErrServiceGone)
}

// create makes the parts that are missing.
func (o *opening) create(ctx context.Context) error {
	if !o.with.Create {
		return nil
	}
	for i, err := range o.errs {
		if !isMissing(err) {
			continue
		}
		if !o.spare(i) {
			if err := o.empty(ctx, i); err != nil {
				return err
			}
		}
		if err := o.part(ctx, i, true); err != nil {
			return err
		}
	}
	return nil
}

// spare tells that the others hold all that a part does.
func (o *opening) spare(i int) bool {
	if o.Mode == Stripe {
		return false
	}
	for _, prefix := range o.Parts[i].Prefixes {
		covered := false
		for j := range o.parts {
			covered = covered || j != i && o.errs[j] == nil && o.parts[j].takes(prefix)
		}
		if !covered {
			return false
		}
	}
	return true
}

// empty proves that there is nothing that the missing part would belong to.
func (o *opening) empty(ctx context.Context, missing int) error {
	for i, p := range o.parts {
		if p.Store == nil {
			continue
		}
		for _, err := range p.Store.List(ctx, "") {
			if err != nil {
				return fmt.Errorf("part %d: %w", i+1, err)
			}
			return fmt.Errorf("part %d: %w; make an empty folder there if it never held anything", missing+1, o.errs[missing])
		}
	}
	return nil
}

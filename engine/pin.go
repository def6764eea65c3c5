package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/restic/id"
	"github.com/varve-backup/varve/engine/retention"
)

// PinPlan pins a version: no policy and no action that removes versions takes
// it, nor what it is built on. The pin is kept in the archive.
type PinPlan struct {
	Destination Destination
	Moment      Moment
	// Pin says why, in a line of up to retention.MaxReason bytes, and until
	// which day; that of a zero time never ends.
	Pin retention.Pin
}

// pinning is an archive's side of pins.
type pinning interface {
	// setPin pins a version, or unpins it with nil, and returns it as it is now.
	setPin(ctx context.Context, v Version, p *retention.Pin) (Version, error)
	// withReasons makes versions tell why they are pinned, as far as that is
	// possible, which may take the passphrase. It is called first.
	withReasons()
}

var (
	errPinned   = errors.New("it is pinned")
	errUnpinned = errors.New("it is not pinned")
	errEnded    = errors.New("a pin cannot end before today")
	errPartial  = errors.New("its run was interrupted, and the next one takes its place")
)

// Pin pins a version. One that is pinned gets another reason and another end.
// The version that is returned may have a new ID.
func (e *Engine) Pin(ctx context.Context, p PinPlan) (Version, error) {
	const op = "pinning a version"
	reason, err := retention.CleanReason(p.Pin.Reason)
	pin := &retention.Pin{Reason: reason, Until: p.Pin.Until}
	if !pin.Until.IsZero() {
		pin.Until = retention.EndOfDay(pin.Until, pin.Until.Location())
	}
	if err == nil && !pin.Holds(e.config.Now()) {
		err = fmt.Errorf("%w: %w", errInvalid, errEnded)
	}
	if err != nil {
		return Version{}, classify(ctx, op, err)
	}
	v, err := e.changePin(ctx, p.Destination, p.Moment, pin)
	return v, classify(ctx, op, err)
}

// Unpin takes the pin from a version.
func (e *Engine) Unpin(ctx context.Context, d Destination, m Moment) (Version, error) {
	v, err := e.changePin(ctx, d, m, nil)
	return v, classify(ctx, "unpinning a version", err)
}

func (e *Engine) changePin(ctx context.Context, d Destination, m Moment, pin *retention.Pin) (v Version, err error) {
	a, err := e.openArchive(ctx, d, repository.Ignore(), false)
	if err != nil {
		return v, err
	}
	chosen, err := pick(ctx, a, m)
	if err == nil {
		v, err = setPin(ctx, a, chosen.version(), pin)
	}
	return v, errors.Join(err, a.close())
}

func setPin(ctx context.Context, a archive, v Version, pin *retention.Pin) (Version, error) {
	switch {
	case v.Partial && pin != nil:
		return v, fmt.Errorf("%w: %w", errInvalid, errPartial)
	case v.Pin == nil && pin == nil:
		return v, fmt.Errorf("%w: %w", errInvalid, errUnpinned)
	}
	return a.setPin(ctx, v, pin)
}

// Pins lists the versions that are pinned now, newest first.
func (e *Engine) Pins(ctx context.Context, d Destination) ([]Version, error) {
	const op = "looking for pinned versions"
	a, err := e.openArchive(ctx, d, repository.Ignore(), false)
	if err != nil {
		return nil, classify(ctx, op, err)
	}
	a.withReasons()
	all, err := a.versions(ctx)
	all = slices.DeleteFunc(all, func(v Version) bool { return !v.Pin.Holds(e.config.Now()) })
	return all, classify(ctx, op, errors.Join(err, a.close()))
}

func (a *deduplicated) setPin(ctx context.Context, v Version, p *retention.Pin) (Version, error) {
	if p.Same(v.Pin) {
		return v, nil
	}
	name, err := id.Parse(v.ID)
	if err != nil {
		return v, err
	}
	now, err := a.SetPin(ctx, name, p)
	if err != nil {
		return v, err
	}
	return snapshotVersion(&now), nil
}

func (a *deduplicated) withReasons() {} // a snapshot says all

func (a *volumes) setPin(ctx context.Context, v Version, p *retention.Pin) (Version, error) {
	if err := a.SetPin(ctx, v.Time, p); err != nil {
		return v, err
	}
	v.Pin = p
	return v, nil
}

func (a *volumes) withReasons() { a.ReadReasons() }

// longest is the pin that holds longer.
func longest(a, b *retention.Pin) *retention.Pin {
	if b.Outlasts(a) {
		return b
	}
	return a
}

package cli

import (
	"context"
	"time"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/retention"
)

// pinRow says in a document why a version stays, and until the end of which
// day.
type pinRow struct {
	Reason string `json:"reason,omitempty"`
	Until  string `json:"until,omitempty"`
}

// pinOf is nil when nothing keeps a version now.
func pinOf(v *engine.Version) *pinRow {
	if !v.Pin.Holds(time.Now()) {
		return nil
	}
	return &pinRow{v.Pin.Reason, v.Pin.Day()}
}

// words say it in a list: nothing for nil.
func (p *pinRow) words() string {
	if p == nil {
		return ""
	}
	s := "pinned"
	if p.Until != "" {
		s += " until " + p.Until
	}
	if p.Reason != "" {
		s += ": " + named(p.Reason)
	}
	return s
}

// pinnedDocument is a version that was pinned or unpinned.
type pinnedDocument struct {
	versionName
	Pin *pinRow `json:"pin,omitempty"`
}

// pin keeps a version whatever a policy says.
func (p *program) pin(ctx context.Context) int {
	a := p.args
	v, err := p.engine.Pin(ctx, engine.PinPlan{
		Destination: p.destination(), Moment: momentOf(a.Pinned), Pin: retention.Pin{Reason: a.Reason, Until: a.Until},
	})
	if err != nil {
		return p.fail(err)
	}
	until := "for good"
	if !v.Pin.Until.IsZero() {
		until = "until the end of " + v.Pin.Day()
	}
	return p.answer(pinnedDocument{versionOf(v), pinOf(&v)}, "The version "+nameOf(&v)+" stays "+until+".")
}

// unpin lets go of a version.
func (p *program) unpin(ctx context.Context) int {
	v, err := p.engine.Unpin(ctx, p.destination(), momentOf(p.args.Pinned))
	if err != nil {
		return p.fail(err)
	}
	return p.answer(pinnedDocument{versionName: versionOf(v)}, "The version "+nameOf(&v)+" is no longer pinned.")
}

// nameOf names a version in a sentence: its name and its time, and what it is
// of where that is known.
func nameOf(v *engine.Version) string {
	s := versionOf(*v).short() + " of " + moment(v.Time)
	if v.Host == "" {
		return s
	}
	for _, path := range v.Paths {
		s += " " + named(path)
	}
	return s + " on " + named(v.Host)
}

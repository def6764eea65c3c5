package duplicityargs

import (
	"time"

	"github.com/varve-backup/varve/engine/timespec"
)

// The actions on versions that must stay.
const (
	Pin   Action = "pin"
	Unpin Action = "unpin"
)

// Pinning is what Pin and Unpin are told.
type Pinning struct {
	// Pinned chooses the version, the newest when it is zero.
	Pinned Moment
	Reason string
	// Until is a time of the last day, zero for no end.
	Until time.Time
}

// pinAction takes a URL, and perhaps a version.
func (p *parser) pinAction(words []string) (err error) {
	a := p.args
	const what = "a URL and perhaps the time or the name of a version"
	if len(words) < 2 {
		return p.url(words, what, 0)
	}
	if err = p.url(words, what, 1); err == nil {
		a.Pinned, err = p.moment(string(a.Action), words[1])
	}
	return err
}

// setUntil takes a day, or how long from now on.
func (p *parser) setUntil(v string) error {
	const option = "--until"
	if length, err := timespec.ParseInterval(v); err == nil {
		p.args.Until = p.in.Now.Add(length).In(p.in.Zone)
		return nil
	}
	t, err := p.time(option, v)
	if err != nil {
		return err
	}
	// The day counts, and all of it.
	if t = t.In(p.in.Zone); t.AddDate(0, 0, 1).Before(p.in.Now) {
		return usage("%s %s is over", option, t.Format(time.DateOnly))
	}
	p.args.Until = t
	return nil
}

// checkPin looks for options that belong elsewhere.
func (p *parser) checkPin() error {
	a := p.args
	switch {
	case a.Action != Pin && (a.Reason != "" || !a.Until.IsZero()):
		return usage("--reason and --until belong to pin")
	case (a.Action == Pin || a.Action == Unpin) && a.Time != (Moment{}):
		return usage("%s takes the version behind the URL, without --time", a.Action)
	}
	return nil
}

package duplicityargs

import (
	"strconv"
	"strings"
	"time"

	"github.com/varve-backup/varve/engine/retention"
	"github.com/varve-backup/varve/engine/timespec"
)

// Maintenance is what the actions on a deduplicated archive are told.
type Maintenance struct {
	// IDs are beginnings of names: of the versions of Forget, of the packs of
	// RepairPacks.
	IDs []string
	// Keep is the policy of Forget; a negative number keeps without end.
	Keep Keep
	// Prune follows Forget.
	Prune bool
	// MaxUnused is a share of 1, nil for the usual; MaxRepack is in bytes, 0 for
	// no bound.
	MaxUnused *float64
	MaxRepack int64
	// ReadPart of ReadOf parts of the data are read by Check, 0 of 0 for none;
	// ReadFor reads what was proved longest ago for so long.
	ReadPart, ReadOf int
	ReadFor          time.Duration
}

// Keep says which versions stay.
type Keep = retention.Keep

// keep is an option that takes a number of versions.
func keep(name string, field func(*Keep) *int) option {
	return option{value: func(p *parser, v string) error {
		n, err := strconv.Atoi(v)
		if v == "unlimited" {
			n, err = -1, nil
		}
		if err != nil || n == 0 || n < -1 {
			return usage("%s %q is no number of versions, nor unlimited", name, v)
		}
		*field(&p.args.Keep) = n
		return nil
	}}
}

// keepWithin is an option that takes an interval.
func keepWithin(name string, field func(*Keep) *retention.Span) option {
	return option{value: func(p *parser, v string) error {
		span, err := interval(name, v)
		*field(&p.args.Keep) = span
		return err
	}}
}

// interval reads one that keeps its units.
func interval(name, v string) (retention.Span, error) {
	_, err := timespec.ParseInterval(v)
	span, err2 := retention.ParseSpan(v)
	if err != nil || err2 != nil || span.IsZero() {
		return span, usage("%s %q is no interval, such as 30D", name, v)
	}
	return span, nil
}

// setReadSubset takes n/t, as restic does.
func (p *parser) setReadSubset(v string) error {
	n, t, ok := strings.Cut(v, "/")
	part, err := strconv.Atoi(n)
	of, err2 := strconv.Atoi(t)
	if !ok || err != nil || err2 != nil || part < 1 || part > of {
		return usage("--read-data-subset %q is no part of the data, such as 1/10", v)
	}
	p.args.ReadPart, p.args.ReadOf = part, of
	return nil
}

func (p *parser) setReadFor(v string) (err error) {
	if p.args.ReadFor, err = timespec.ParseInterval(v); err != nil {
		return usage("--read-data-for %q is no interval, such as 30m", v)
	}
	return nil
}

// setMaxUnused takes a percentage.
func (p *parser) setMaxUnused(v string) error {
	f, err := strconv.ParseFloat(strings.TrimSuffix(v, "%"), 64)
	if err != nil || f < 0 || f > 100 {
		return usage("--max-unused %q is no percentage", v)
	}
	p.args.MaxUnused = new(f / 100)
	return nil
}

// setMaxRepack takes mebibytes, as --volsize does.
func (p *parser) setMaxRepack(v string) error {
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil || n < 0 || n > 1<<40 {
		return usage("--max-repack-size %q is no number of megabytes", v)
	}
	p.args.MaxRepack = max(n<<20, 1)
	return nil
}

// repairAction takes the second word of repair.
func (p *parser) repairAction(words []string) error {
	actions := map[string]Action{"index": RepairIndex, "packs": RepairPacks, "snapshots": RepairSnapshots}
	if len(words) == 0 || actions[words[0]] == "" {
		return usage("repair takes index, packs or snapshots, and a URL")
	}
	p.args.Action = actions[words[0]]
	return p.takeWords(words[1:])
}

// maintained takes a URL, and the names that may follow it.
func (p *parser) maintained(words []string) error {
	a := p.args
	names := len(words) - 1
	switch a.Action {
	case Forget:
		rules := !a.Keep.IsEmpty() || a.Policy != nil
		if names > 0 && rules {
			return usage("forget takes names of versions or rules, not both")
		}
		if names < 1 && !rules {
			return usage("forget takes a URL, and names of versions, or --keep options or --retention that say which stay")
		}
	case RepairPacks:
		if names < 1 {
			return usage("repair packs takes a URL and the names of packs, which check tells")
		}
	default:
		names = 0
	}
	if err := p.url(words, "a URL", max(names, 0)); err != nil {
		return err
	}
	a.IDs = words[1:]
	return nil
}

// checkMaintenance looks for options that belong elsewhere.
func (p *parser) checkMaintenance() error {
	a := p.args
	switch {
	case !a.Keep.IsEmpty() && a.Action != Forget:
		return usage("--keep options belong to forget")
	case a.Prune && a.Action != Forget:
		return usage("--prune belongs to forget")
	case (a.ReadOf > 0 || a.ReadFor > 0) && a.Action != Check:
		return usage("--read-data options belong to check")
	case (a.MaxRepack > 0 || a.MaxUnused != nil) && a.Action != Prune && !a.Prune:
		return usage("--max-unused and --max-repack-size belong to prune")
	}
	return p.checkRetention()
}

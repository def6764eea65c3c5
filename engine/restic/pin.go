package restic

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/varve-backup/varve/engine/restic/id"
	"github.com/varve-backup/varve/engine/retention"
	"github.com/varve-backup/varve/engine/zone"
)

// A pin is tags of its snapshot, which restic shows as they are, and which
// restic forget --keep-tag pin honours:
//
//	pin                    the version stays
//	pin-until:2027-01-31   the last day of that; without it there is none
//	pin-reason:Tax return  why
//
// restic takes a comma for the end of a tag, so that in a reason it is %2C. A
// person may set these tags with restic tag.
const (
	pinTag       = "pin"
	pinUntilTag  = "pin-until:"
	pinReasonTag = "pin-reason:"
)

// Commas are written otherwise, and what would be taken for one that is.
var (
	reasonWriter = strings.NewReplacer("%25", "%2525", "%2C", "%252C", ",", "%2C")
	reasonReader = strings.NewReplacer("%25", "%", "%2C", ",")
)

func isPinTag(tag string) bool {
	return tag == pinTag || strings.HasPrefix(tag, pinUntilTag) || strings.HasPrefix(tag, pinReasonTag)
}

// Pin is what keeps the snapshot, ended or not, nil when nothing does. A day
// that cannot be read is none: the snapshot stays.
func (s *Snapshot) Pin() *retention.Pin {
	if !slices.Contains(s.Tags, pinTag) {
		return nil
	}
	p := &retention.Pin{}
	var reasons []string
	endless := true
	for _, tag := range s.Tags {
		if day, ok := strings.CutPrefix(tag, pinUntilTag); ok {
			until, err := retention.UntilDay(strings.TrimSpace(day), zone.Here())
			if err != nil {
				p.Until = time.Time{}
				break
			}
			if endless || until.After(p.Until) {
				p.Until, endless = until, false
			}
		}
	}
	for _, tag := range s.Tags {
		if reason, ok := strings.CutPrefix(tag, pinReasonTag); ok {
			reasons = append(reasons, reasonReader.Replace(reason))
		}
	}
	p.Reason = retention.ReasonOf(strings.Join(reasons, "; "))
	return p
}

// pinned are tags with those of a pin in place of those of another one.
func pinned(tags []string, p *retention.Pin) []string {
	tags = slices.DeleteFunc(slices.Clone(tags), isPinTag)
	if p == nil {
		return tags
	}
	tags = append(tags, pinTag)
	if day := p.Day(); day != "" {
		tags = append(tags, pinUntilTag+day)
	}
	if p.Reason != "" {
		tags = append(tags, pinReasonTag+reasonWriter.Replace(p.Reason))
	}
	return tags
}

// SetPin pins a snapshot, or unpins it with nil, and takes ended pins from the
// others. As restic tag does, it stores a new snapshot, which names the first
// one, before it removes the old one. It returns the snapshot as it is now.
func (r *Repository) SetPin(ctx context.Context, name id.ID, p *retention.Pin) (now Snapshot, err error) {
	if r.config.AppendOnly {
		return now, ErrAppendOnly
	}
	l, err := r.lock(ctx, true)
	if err != nil {
		return now, err
	}
	defer func() { err = errors.Join(err, l.release()) }()
	all, err := r.Snapshots(l.ctx)
	i := slices.IndexFunc(all, func(s Snapshot) bool { return s.ID == name })
	if i < 0 {
		return now, errors.Join(fmt.Errorf("%w: snapshot %s", ErrNotFound, name.Short()), err)
	}
	// One that cannot be read is nothing to this one.
	if now, err = r.retag(l.ctx, &all[i], pinned(all[i].Tags, p)); err != nil {
		return now, err
	}
	return now, r.tidyPins(l.ctx, slices.Delete(all, i, i+1), &now)
}

// tidyPins takes ended pins away, and what a change that was stopped left: the
// snapshot that another one replaces.
func (r *Repository) tidyPins(ctx context.Context, all []Snapshot, done *Snapshot) error {
	for i := range all {
		s := &all[i]
		switch p := s.Pin(); {
		case s.Origin() == done.Origin() && s.isLike(done):
			if err := r.remove(ctx, snapshotFile, s.ID); err != nil {
				return err
			}
		case p != nil && !p.Holds(r.now()):
			if _, err := r.retag(ctx, s, pinned(s.Tags, nil)); err != nil {
				return err
			}
		}
	}
	return nil
}

// isLike reports that nothing but the pin tells two snapshots apart.
func (s *Snapshot) isLike(other *Snapshot) bool {
	return s.Hostname == other.Hostname && slices.Equal(s.Paths, other.Paths) && slices.Equal(pinned(s.Tags, nil), pinned(other.Tags, nil))
}

// retag stores a snapshot with other tags in place of one, unless it has them.
// What is not known here stays in it.
func (r *Repository) retag(ctx context.Context, old *Snapshot, tags []string) (Snapshot, error) {
	s := *old
	if slices.Equal(tags, old.Tags) {
		return s, nil
	}
	text, err := r.load(ctx, snapshotFile, old.ID)
	if err != nil {
		return s, err
	}
	s.Tags = tags
	if s.Original == nil {
		s.Original = new(old.ID)
	}
	if text, err = overwritten(text, map[string]any{"tags": s.Tags, "original": s.Original}); err != nil {
		return s, fmt.Errorf("changing snapshot %s: %w: %w", old.ID.Short(), ErrDamaged, err)
	}
	if s.ID, err = r.save(ctx, snapshotFile, text); err != nil {
		return *old, err
	}
	return s, r.remove(ctx, snapshotFile, old.ID)
}

// overwritten is a JSON object with other values of some fields, of which empty
// lists are left out.
func overwritten(text []byte, values map[string]any) ([]byte, error) {
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(text, &fields); err != nil {
		return nil, err
	}
	for name, v := range values {
		delete(fields, name)
		if list, is := v.([]string); is && len(list) == 0 {
			continue
		}
		b, err := json.Marshal(v)
		if err != nil {
			return nil, err
		}
		fields[name] = b
	}
	return json.Marshal(fields)
}

package session

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"strconv"

	"github.com/varve-backup/varve/engine"
)

// The names under which limits are kept.
const (
	speedName     = "speed"
	processorName = "processor"
)

// Speed is how much of the network all backups use together. The zero value
// limits nothing.
type Speed struct {
	// Upload and Download are KB in a second, of 1000 bytes; 0 means no limit.
	Upload   int64 `json:"upload"`
	Download int64 `json:"download"`
	// From and To are times of the day between which the limits hold, as in
	// "08:00"; when both are empty, they always do. To may be of the next day.
	From string `json:"from,omitzero"`
	To   string `json:"to,omitzero"`
	// Days are those on which it begins, as in "mon-fri"; empty means all.
	Days string `json:"days,omitzero"`
}

// MostSpeed is the highest limit, in KB in a second.
const MostSpeed = 1_000_000_000

// kilo is how many bytes a KB is.
const kilo = 1000

// engine is how the engine takes limits.
func (v *Speed) engine() (engine.Limits, error) {
	l := engine.Limits{Upload: v.Upload * kilo, Download: v.Download * kilo}
	if v.Upload < 0 || v.Download < 0 || v.Upload > MostSpeed || v.Download > MostSpeed {
		return l, fmt.Errorf("a speed is between 0 and %d KB in a second", MostSpeed)
	}
	if v.From == "" && v.To == "" || v.Upload == 0 && v.Download == 0 {
		return l, nil
	}
	rate := func(kb int64) string {
		if kb == 0 {
			return "-"
		}
		return strconv.FormatInt(kb*kilo, 10)
	}
	days := v.Days
	if days != "" {
		days += " "
	}
	schedule := fmt.Sprintf("%s%s-%s %s/%s; else -", days, v.From, v.To, rate(v.Upload), rate(v.Download))
	return engine.Limits{Schedule: schedule}, nil
}

// Speed returns the limits that hold.
func (s *Session) Speed(ctx context.Context) (Speed, error) { return speedIn(ctx, s) }

// choices are what a person chose, by name; "" is what nobody chose.
type choices interface {
	Preference(ctx context.Context, name string) (string, error)
}

func speedIn(ctx context.Context, c choices) (v Speed, err error) {
	text, err := c.Preference(ctx, speedName)
	if err != nil || text == "" {
		return v, err
	}
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		return Speed{}, fmt.Errorf("reading the limits: %w", err)
	}
	return v, nil
}

// SetSpeed keeps limits, which hold at once, also for what runs. After an error
// they are what they were.
func (s *Session) SetSpeed(ctx context.Context, v Speed) error {
	l, err := v.engine()
	if err != nil {
		return err
	}
	if err := s.engine.Limit(l); err != nil {
		return err
	}
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return s.SetPreference(ctx, speedName, string(text))
}

// Share is how much of the processor all backups use together.
type Share string

// The shares.
const (
	WholeProcessor Share = ""
	HalfProcessor  Share = "half"
	OneCore        Share = "one"
)

// cores is how many of the processor's cores a share is.
func (h Share) cores(all int) int {
	switch h {
	case HalfProcessor:
		return max(1, all/2)
	case OneCore:
		return 1
	}
	return all
}

// Processor returns the share that holds.
func (s *Session) Processor(ctx context.Context) (Share, error) { return shareIn(ctx, s) }

func shareIn(ctx context.Context, c choices) (Share, error) {
	text, err := c.Preference(ctx, processorName)
	return Share(text), err
}

// SetProcessor keeps a share, which holds at once, also for what runs.
func (s *Session) SetProcessor(ctx context.Context, h Share) error {
	if err := s.SetPreference(ctx, processorName, string(h)); err != nil {
		return err
	}
	s.useCores(h)
	return nil
}

// useCores bounds how many cores work for this program at any moment. Whatever
// reads, packs and encrypts is bounded by it at once, however many workers it
// has.
func (s *Session) useCores(h Share) {
	if h.cores(s.cores) == s.cores {
		s.config.Cores(0)
		return
	}
	s.config.Cores(h.cores(s.cores))
}

// setCores changes how many cores Go uses; 0 leaves that to the system.
func setCores(n int) {
	if n == 0 {
		runtime.SetDefaultGOMAXPROCS()
		return
	}
	runtime.GOMAXPROCS(n)
}

// takeLimits begins with the limits that were kept. What cannot be read limits
// nothing: a backup is worth more.
func (s *Session) takeLimits(ctx context.Context) {
	if v, err := s.Speed(ctx); err == nil {
		if l, err := v.engine(); err == nil {
			_ = s.engine.Limit(l)
		}
	}
	if h, err := s.Processor(ctx); err == nil && h != WholeProcessor {
		s.useCores(h)
	}
}

package cloud

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rclone/rclone/fs"
	"github.com/rclone/rclone/fs/hash"

	"github.com/varve-backup/varve/backends"
)

// joining is what is known of a service that makes one object of the parts that
// a large one was stored in. Some say that they have while they still copy:
// when that takes longer than the client waits for an answer, the client asks
// once more, and is told at once that all is well (versitygw).
type joining struct {
	// above is the size above which an object is stored in parts; 0 means that
	// the service joins none.
	above int64
	// stall is how long it may be silent.
	stall time.Duration
}

const (
	// joinRate is how many bytes a second a service joins at least.
	joinRate = 20_000_000
	// The time between two looks begins with firstPause and doubles.
	firstPause, longestPause = 100 * time.Millisecond, 10 * time.Second
)

// joiningOf reads an option with the size, where a service has one.
func (o *opening) joiningOf() (joining, error) {
	name := o.service.joins
	if name == "" {
		return joining{}, nil
	}
	text := o.values[name]
	if known := o.service.table()[name]; text == "" && known != nil {
		text = known.String()
	}
	var size fs.SizeSuffix
	if err := size.Set(text); err != nil {
		return joining{}, fmt.Errorf("%w: %s: %w", backends.ErrConfig, ourName(name), err)
	}
	return joining{above: int64(size), stall: o.config.Stall()}, nil
}

// patience is how long an object may take to be there after the service said
// that it is.
func (j joining) patience(size int64) time.Duration {
	if j.above == 0 || size <= j.above {
		return 0
	}
	return j.stall + time.Duration(float64(size)/joinRate*float64(time.Second))
}

// settled is verify once a service has had the time to join parts.
func (s *Store) settled(ctx context.Context, name string, size int64, sums map[hash.Type]string) (fs.Object, error) {
	late := time.Now().Add(s.joins.patience(size))
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		o, err := s.verify(ctx, name, size, sums)
		left := time.Until(late)
		if !errors.Is(err, backends.ErrCorrupt) || left <= 0 {
			return o, err
		}
		timer := time.NewTimer(min(pause, left))
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil, context.Cause(ctx)
		case <-timer.C:
		}
	}
}

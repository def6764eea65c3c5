// Package zone is the time zone of this computer, also after a person took it to
// another one: package time reads the zone once, when the program starts. Of puts
// a time on the wall clock, Here is where that hangs; whoever runs for long calls
// Look of System now and then.
package zone

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync/atomic"
	"time"
)

// here is the zone in use; nil is the one that package time read.
var here atomic.Pointer[time.Location]

// Use makes a zone the one that everything of this program is told in.
func Use(l *time.Location) { here.Store(l) }

// Here is the zone in use: time.Local until another one was found.
func Here() *time.Location {
	if l := here.Load(); l != nil {
		return l
	}
	return time.Local
}

// Of is a time on the wall clock.
func Of(t time.Time) time.Time { return t.In(Here()) }

// Follower looks where the computer is. It belongs to one goroutine.
type Follower struct {
	fixed bool
	file  string
	seen  []byte // what the file held
	read  bool   // it was read, or was not there
}

// System follows what the system was set to: /etc/localtime, on Linux and macOS,
// unless the variable TZ says another zone, which holds as long as the program
// runs (localtime(5), tzset(3)).
func System() *Follower {
	_, fixed := os.LookupEnv("TZ")
	return &Follower{fixed: fixed, file: "/etc/localtime"}
}

// Look has Here be what the system is set to now, and tells whether that is
// another zone than before. After an error the zone stays as it was; what cannot
// be understood is told once.
func (f *Follower) Look() (changed bool, err error) {
	if f.fixed {
		return false, nil
	}
	data, err := os.ReadFile(f.file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, fmt.Errorf("reading the time zone: %w", err)
	}
	if f.read && bytes.Equal(data, f.seen) {
		return false, nil
	}
	changed, f.read, f.seen = f.read, true, data
	l := time.UTC // without the file, as localtime(5) has it
	if len(data) > 0 {
		if l, err = time.LoadLocationFromTZData("Local", data); err != nil {
			return false, fmt.Errorf("reading the time zone in %s: %w", f.file, err)
		}
	}
	Use(l)
	return changed, nil
}

//go:build journey

package main

import (
	"encoding/json"
	"net"
	"time"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/cmd/varve-desktop/internal/desktoptest"
)

const (
	// probeEvery is how often the main loop is asked whether it is there.
	probeEvery = 5 * time.Millisecond
	// onTime is within how long the toolkit's loop begins its next turn when
	// nothing holds it up: sixty are in a second.
	onTime = time.Second/60 + 3*time.Millisecond
)

// serveLoop measures the main loop for whoever connects, until that one sends
// something or goes, and then answers with a desktoptest.Loop as JSON.
func serveLoop(l net.Listener, do func(func()), done <-chan struct{}) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		measureLoop(conn, do, done)
	}
}

func measureLoop(conn net.Conn, do func(func()), done <-chan struct{}) {
	defer conn.Close()
	enough := make(chan struct{})
	go func() {
		defer close(enough)
		_, _ = conn.Read(make([]byte, 1)) // its end is what counts
	}()
	var found desktoptest.Loop
	turns := newTurns(do)
	do(turns.clock.Start)
	tick := time.NewTicker(probeEvery)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return
		case <-enough:
			stopped := make(chan struct{})
			do(func() {
				turns.clock.Stop()
				close(stopped)
			})
			select {
			case <-done:
				return
			case <-stopped:
			}
			found.Turns = turns.took
			// The test sees a broken answer itself.
			_ = json.NewEncoder(conn).Encode(found)
			return
		case <-tick.C:
		}
		asked, answered := time.Now(), make(chan time.Duration, 1)
		do(func() { answered <- time.Since(asked) })
		select {
		case <-done:
			return
		case d := <-answered:
			found.Answers = append(found.Answers, d)
		}
	}
}

// turns measures each turn of the main loop, in which the toolkit takes what was
// typed and clicked, lets animations go on, and draws. Its fields belong to the
// main loop.
type turns struct {
	clock *fyne.Animation // its only use is that each turn calls it
	took  []time.Duration
	begun time.Time     // the turn that goes on, zero before the first
	drawn time.Duration // after which it had drawn, zero when that is not known
}

func newTurns(do func(func())) *turns {
	t := &turns{}
	t.clock = fyne.NewAnimation(time.Hour, func(float32) {
		now := time.Now()
		if !t.begun.IsZero() {
			t.ended(now.Sub(t.begun))
		}
		t.begun, t.drawn = now, 0
		do(func() {
			if t.begun.Equal(now) {
				t.drawn = time.Since(now)
			}
		})
	})
	t.clock.RepeatCount = fyne.AnimationRepeatForever
	return t
}

// ended counts a turn that began so long before the next one. One that was on
// time took what it drew; what made a later one late is part of it.
func (t *turns) ended(before time.Duration) {
	if before <= onTime && t.drawn > 0 {
		before = t.drawn
	}
	t.took = append(t.took, before)
}

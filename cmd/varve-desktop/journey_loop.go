//go:build journey

package main

import (
	"encoding/json"
	"net"
	"time"
)

// probeEvery is how often the main loop is asked whether it is there.
const probeEvery = 5 * time.Millisecond

// serveLoop measures the main loop for whoever connects, until that one sends
// something or goes, and then answers with how long the loop took for each
// question, as JSON numbers of nanoseconds.
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
	var took []time.Duration
	tick := time.NewTicker(probeEvery)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return
		case <-enough:
			// The test sees a broken answer itself.
			_ = json.NewEncoder(conn).Encode(took)
			return
		case <-tick.C:
		}
		asked, answered := time.Now(), make(chan time.Duration, 1)
		do(func() { answered <- time.Since(asked) })
		select {
		case <-done:
			return
		case d := <-answered:
			took = append(took, d)
		}
	}
}

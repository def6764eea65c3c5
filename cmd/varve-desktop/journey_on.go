//go:build journey

package main

import (
	"encoding/json"
	"errors"
	"net"
	"os"
	"sync"
	"time"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/ui"
)

// serveJourney tells whoever connects to the socket VARVE_JOURNEY_SOCKET what
// the window shows, as JSON, and on the socket with .loop behind its name how
// the main loop does. Only the program that the journeys are run with
// holds it.
func serveJourney(w fyne.Window, do func(func())) (stop func() error, err error) {
	path := os.Getenv("VARVE_JOURNEY_SOCKET")
	if path == "" {
		return nil, errors.New("VARVE_JOURNEY_SOCKET is not set")
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	loop, err := net.Listen("unix", path+".loop")
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	done := make(chan struct{})
	var serving sync.WaitGroup
	serving.Go(func() { serveLoop(loop, do, done) })
	serving.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			tellItems(conn, w, do, done)
		}
	})
	return func() error {
		close(done)
		err := errors.Join(l.Close(), loop.Close())
		serving.Wait()
		return err
	}, nil
}

// tellItems answers with nothing when the program ends meanwhile.
func tellItems(conn net.Conn, w fyne.Window, do func(func()), done <-chan struct{}) {
	defer conn.Close()
	items := make(chan []ui.Item, 1)
	do(func() { items <- ui.Locate(w) })
	select {
	case <-done:
	case i := <-items:
		// The test sees a broken answer itself.
		_ = json.NewEncoder(conn).Encode(i)
	}
}

// settling is settle, or what VARVE_JOURNEY_SETTLE says: a journey to what a
// schedule starts would wait for a minute.
func settling() time.Duration {
	if d, err := time.ParseDuration(os.Getenv("VARVE_JOURNEY_SETTLE")); err == nil {
		return d
	}
	return settle
}

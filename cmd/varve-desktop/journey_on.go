//go:build journey

package main

import (
	"encoding/json"
	"errors"
	"net"
	"os"
	"sync"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/ui"
)

// serveJourney tells whoever connects to the socket VARVE_JOURNEY_SOCKET what
// the window shows, as JSON. Only the program that the journeys are run with
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
	done := make(chan struct{})
	var serving sync.WaitGroup
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
		err := l.Close()
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

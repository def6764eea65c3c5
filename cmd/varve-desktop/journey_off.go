//go:build !journey

package main

import (
	"time"

	"fyne.io/fyne/v2"
)

// serveJourney does nothing in the program that people use.
func serveJourney(fyne.Window, func(func())) (stop func() error, err error) {
	return func() error { return nil }, nil
}

// settling is settle.
func settling() time.Duration { return settle }

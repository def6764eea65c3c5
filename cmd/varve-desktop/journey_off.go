//go:build !journey

package main

import "fyne.io/fyne/v2"

// serveJourney does nothing in the program that people use.
func serveJourney(fyne.Window, func(func())) (stop func() error, err error) {
	return func() error { return nil }, nil
}

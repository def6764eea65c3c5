//go:build ci

package main

import "fyne.io/fyne/v2"

// The driver without a screen has nothing to make small.
func minimise(fyne.Window) {}

func restore(fyne.Window) {}

func maximise(fyne.Window) {}

func standing(fyne.Window) stand { return stand{visible: true} }

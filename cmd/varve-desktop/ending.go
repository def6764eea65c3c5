package main

import (
	"os"
	"os/signal"
	"syscall"
)

// run runs the main loop until the process has ended. The program ends beside the
// loop, and not by the toolkit's own way: that one now and then waits for itself
// for ever, when what it does last comes in between two of its steps, and a
// function that is handed over meanwhile ends the program with a panic.
func (d *desktop) run() {
	whenTold(func() {
		if !d.ended.Swap(true) {
			d.end()
		}
	})
	d.app.Run()
	// Somebody else ended the loop: the toolkit listens to signals too, and there is
	// the menu of a Mac.
	if !d.ended.Swap(true) {
		d.end()
	}
	select {} // until the process has ended
}

// whenTold does something when the process is told to end.
func whenTold(do func()) {
	told := make(chan os.Signal, 1)
	signal.Notify(told, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-told
		do()
	}()
}

// quit ends the program, from the main loop. The window is gone at once.
func (d *desktop) quit() {
	if !d.ended.Swap(true) {
		d.ui.Window().Hide()
		go d.end()
	}
}

// end stops all that runs, and then the process.
func (d *desktop) end() {
	err := d.shut()
	d.log.Info("ended")
	d.leave(err)
}

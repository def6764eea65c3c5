// Package priority lets what a person sees go before what works for them.
package priority

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// yields is how nice the threads that work are: they get a tenth of a processor
// that the window wants too, and all of it otherwise. See sched(7).
const yields = 10

// WindowFirst has every thread of the program give way but the calling one, and
// those that this one starts: in Linux a thread begins as nice as the thread that
// started it. The calling goroutine has to be locked to its thread, and so to be
// called before the first picture is drawn, since the threads that draw in
// software belong to the window. Processes begin as nice as the thread that
// starts them, too: what a person asked for is started by the locked goroutine.
func WindowFirst() error { return othersYield(unix.Gettid()) }

// othersYield goes on until all threads are found nice: one that was not yet may
// have started another.
func othersYield(window int) error {
	for {
		found, err := oneRound(window)
		if err != nil || !found {
			return err
		}
	}
}

// oneRound tells whether there was a thread that did not give way.
func oneRound(window int) (found bool, err error) {
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return false, fmt.Errorf("looking for the threads of the program: %w", err)
	}
	for _, t := range threads {
		id, err := strconv.Atoi(t.Name())
		if err != nil || id == window {
			continue
		}
		changed, err := yield(id)
		if err != nil {
			return false, fmt.Errorf("having thread %d give way: %w", id, err)
		}
		found = found || changed
	}
	return found, nil
}

// yield makes a thread nice, if it is not yet and still there.
func yield(thread int) (changed bool, err error) {
	nice, err := niceness(thread)
	if err == nil && nice < yields {
		changed, err = true, unix.Setpriority(unix.PRIO_PROCESS, thread, yields)
	}
	if errors.Is(err, unix.ESRCH) {
		return false, nil
	}
	return changed, err
}

// niceness is a thread's, from -20 to 19. The system call counts backwards from 20.
func niceness(thread int) (int, error) {
	backwards, err := unix.Getpriority(unix.PRIO_PROCESS, thread)
	return 20 - backwards, err
}

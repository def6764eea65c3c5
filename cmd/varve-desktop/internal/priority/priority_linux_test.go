package priority

import (
	"runtime"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// onThreads holds so many goroutines on threads of their own, and returns what
// lets them go, and how nice each thread is.
func onThreads(t *testing.T, n int) (release func(), nice []int) {
	t.Helper()
	hold, all := make(chan struct{}), make(chan int, n)
	var running sync.WaitGroup
	for range n {
		running.Go(func() {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			is, err := niceness(unix.Gettid())
			if err != nil {
				t.Error(err)
			}
			all <- is
			<-hold
		})
	}
	for range n {
		nice = append(nice, <-all)
	}
	return func() { close(hold); running.Wait() }, nice
}

func TestWindowFirst(t *testing.T) {
	runtime.LockOSThread() // not undone: the thread ends with the test
	before, err := niceness(unix.Gettid())
	if err != nil {
		t.Fatal(err)
	}
	release, _ := onThreads(t, 4)
	defer release()
	if err := WindowFirst(); err != nil {
		t.Fatal(err)
	}
	if after, err := niceness(unix.Gettid()); err != nil || after != before {
		t.Errorf("the window's thread: %d, %v; it was %d", after, err, before)
	}
	// More than there are, so that some of them are new.
	end, nice := onThreads(t, 32)
	defer end()
	for _, n := range nice {
		if n < yields {
			t.Errorf("a thread is as nice as %d", n)
		}
	}
}

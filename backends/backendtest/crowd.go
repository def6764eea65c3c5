package backendtest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/varve-backup/varve/backends"
)

func concurrent(t *testing.T, s backends.Store) {
	var done sync.WaitGroup
	for i := range 16 {
		done.Go(func() {
			name := fmt.Sprint("file-", i%8)
			if err := s.Put(t.Context(), name, backends.BytesSource(bytes.Repeat([]byte{byte(i % 8)}, 100000))); err != nil {
				t.Errorf("Put: %v", err)
			}
		})
	}
	done.Wait()
	for i := range 8 {
		b := get(t, s, fmt.Sprint("file-", i), 0, -1)
		if len(b) != 100000 || b[0] != byte(i) || b[99999] != byte(i) {
			t.Errorf("file %d has %d bytes", i, len(b))
		}
	}
}

// mixture lets several goroutines do everything with the same few names. Each
// object is some thousands of one letter: two versions in one show.
func (s Suite) mixture(t *testing.T, store backends.Store) {
	var done sync.WaitGroup
	for worker := range 5 {
		done.Go(func() {
			for round := range s.many(12) {
				step := worker*7 + round*3
				s.mix(t, store, step%5, fmt.Sprint("mix/", step%4), byte('a'+step%20))
			}
		})
	}
	done.Wait()
	for o, err := range all(t.Context(), t, store, "") {
		if err != nil {
			t.Fatal(err)
		}
		ofOneLetter(t, o.Name, get(t, store, o.Name, 0, -1))
	}
}

func (s Suite) mix(t *testing.T, store backends.Store, what int, name string, letter byte) {
	switch what {
	case 0, 1:
		if err := store.Put(t.Context(), name, backends.BytesSource(bytes.Repeat([]byte{letter}, 5000+1000*int(letter)))); err != nil {
			t.Errorf("Put: %v", err)
		}
	case 2:
		b, err := read(t, store, name)
		if err == nil && s.CutsReplaced && len(b) > 0 {
			b = append(b, bytes.Repeat(b[:1], max(5000+1000*int(b[0])-len(b), 0))...)
		}
		if err == nil {
			ofOneLetter(t, name, b)
		} else {
			OneClass(t, err) // it was deleted, or replaced while it was read
		}
	case 3:
		for o, err := range all(t.Context(), t, store, "mix/") {
			if err != nil || o.Size < 5000 {
				t.Errorf("List: %+v, %v", o, err)
			}
		}
	case 4:
		if err := store.Delete(t.Context(), name); err != nil {
			t.Errorf("Delete: %v", err)
		}
	}
}

func read(t *testing.T, s backends.Store, name string) ([]byte, error) {
	r, err := s.Get(t.Context(), name, 0, -1)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(r)
	return b, errors.Join(err, closed(r, err))
}

func ofOneLetter(t *testing.T, name string, b []byte) {
	t.Helper()
	if len(b) == 0 || len(b) != 5000+1000*int(b[0]) || bytes.Count(b, b[:1]) != len(b) {
		t.Errorf("%s has %d bytes, and not of one version", name, len(b))
	}
}

// goroutines tests that Close ends what a Store began. Several in turn tell a
// leak from what a library or a test's server starts once.
func (s Suite) goroutines(t *testing.T) {
	if s.KeepsConnections {
		return
	}
	const rounds = 4
	s.use(t)
	before := runtime.NumGoroutine()
	for range rounds {
		s.use(t)
	}
	for end := time.Now().Add(time.Minute); runtime.NumGoroutine() >= before+rounds; <-time.After(10 * time.Millisecond) {
		if time.Now().After(end) {
			stacks := make([]byte, 1<<16)
			t.Fatalf("%d goroutines became %d:\n%s", before, runtime.NumGoroutine(), stacks[:runtime.Stack(stacks, true)])
		}
	}
}

// use does a little of everything, and leaves some of it unfinished.
func (s Suite) use(t *testing.T) {
	store := s.Open(t)
	put(t, store, "x", bytes.Repeat([]byte("x"), 1<<20))
	put(t, store, "y", []byte("y"))
	for _, err := range store.List(t.Context(), "") {
		if err != nil {
			t.Error(err)
		}
		break
	}
	r, err := store.Get(t.Context(), "x", 0, -1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(r, make([]byte, 10)); err != nil {
		t.Error(err)
	}
	if err := errors.Join(r.Close(), store.Close()); err != nil {
		t.Error(err)
	}
}

func (s Suite) listMany(t *testing.T, store backends.Store) { listMany(t, store, s.many(300)) }

// listMany lists a folder of n objects, more than one page of many servers.
func listMany(t testing.TB, s backends.Store, n int) {
	want := make([]string, n)
	for i := range want {
		want[i] = fmt.Sprintf("many/%05d", i)
	}
	fill(t, s, want)
	names(t, s, "", want...)
	names(t, s, "many/0000", want[:min(n, 10)]...)
	seen := 0
	for _, err := range all(t.Context(), t, s, "many/") {
		if err != nil {
			t.Fatal(err)
		}
		if seen++; seen == n/2 {
			break // a list that is left takes nothing with it
		}
	}
	if _, err := s.Stat(t.Context(), want[n-1]); err != nil {
		t.Error(err)
	}
}

// fill stores a byte under each name, some at once.
func fill(t testing.TB, s backends.Store, all []string) {
	var done sync.WaitGroup
	workers := max(backends.TraitsOf(s).Connections, 2)
	for part := range slices.Chunk(all, (len(all)+workers-1)/workers) {
		done.Go(func() {
			for _, name := range part {
				if err := s.Put(t.Context(), name, backends.BytesSource("1")); err != nil {
					t.Errorf("Put %s: %v", name, err)
					return
				}
			}
		})
	}
	done.Wait()
}

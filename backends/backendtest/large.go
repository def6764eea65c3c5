package backendtest

import (
	"bytes"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/varve-backup/varve/backends"
)

// soaking tells that the tests have hours.
func soaking() bool { return os.Getenv("VARVE_SOAK") != "" }

// Large stores an object of that many bytes, which are made as they are read,
// and looks at its size and three small parts of it. Without VARVE_SOAK in the
// environment it is 20 MiB at most.
func Large(t *testing.T, open func(t testing.TB) backends.Store, size int64) {
	if !soaking() {
		size = min(size, 20<<20)
	}
	s := open(t)
	defer s.Close()
	put(t, s, bystander, []byte("untouched"))
	src, began := generated(size), time.Now()
	if err := s.Put(t.Context(), "large", src); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d MiB in %v", size>>20, time.Since(began).Round(time.Millisecond))
	if o, err := s.Stat(t.Context(), "large"); err != nil || o.Size != size {
		t.Errorf("Stat: %d bytes, %v, want %d", o.Size, err, size)
	}
	for o, err := range all(t.Context(), t, s, "") {
		if err != nil || o.Name != "large" || o.Size != size {
			t.Errorf("List: %+v, %v", o, err)
		}
	}
	for _, off := range []int64{0, min(1<<32, size/2) - 500, size - 1000} {
		if got := get(t, s, "large", off, 1000); !bytes.Equal(got, src.part(off, 1000)) {
			t.Errorf("the %d bytes from %d are others", len(got), off)
		}
	}
	if err := s.Delete(t.Context(), "large"); err != nil {
		t.Error(err)
	}
	names(t, s, "")
}

// Many lists n objects, in a Store of its own, and returns how long a list
// took. Storing them takes the most time: n is for the one who calls.
func Many(t testing.TB, open func(t testing.TB) backends.Store, n int) time.Duration {
	s := open(t)
	defer s.Close()
	put(t, s, bystander, []byte("untouched"))
	listMany(t, s, n)
	names(t, s, "no such prefix")
	began := time.Now()
	var got []string
	for o, err := range all(t.Context(), t, s, "") {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, o.Name)
	}
	took := time.Since(began)
	if slices.Sort(got); len(slices.Compact(got)) != n {
		t.Errorf("%d names of %d are listed", len(got), n)
	}
	return took
}

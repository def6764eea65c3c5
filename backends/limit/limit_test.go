package limit_test

import (
	"context"
	"errors"
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/backendtest"
	"github.com/varve-backup/varve/backends/limit"
	"github.com/varve-backup/varve/backends/local"
	"github.com/varve-backup/varve/backends/memory"
)

func TestStore(t *testing.T) {
	for name, o := range map[string]limit.Options{
		"NoLimit": {}, "OneCall": {Connections: 1}, "Rates": {Rates: limit.Rates{Upload: 1 << 30, Download: 1 << 30}, Connections: 3},
	} {
		t.Run(name, func(t *testing.T) {
			backendtest.Run(t, func(t testing.TB) backends.Store { return limit.New(folder(t), limit.NewLimiter(o)) })
		})
	}
}

func folder(t testing.TB) backends.Store {
	s, err := local.Open(t.TempDir(), local.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// schedule is a text that is right.
func schedule(t *testing.T, text string) limit.Schedule {
	t.Helper()
	s, err := limit.ParseSchedule(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// timed is how long something takes.
func timed(t *testing.T, do func() error) time.Duration {
	t.Helper()
	began := time.Now()
	if err := do(); err != nil {
		t.Fatal(err)
	}
	return time.Since(began)
}

// near tells that a time is one that was wanted, or little less: what is let
// through at first is free.
func near(t *testing.T, what string, got, want time.Duration) {
	t.Helper()
	if got > want+want/50 || got < want-want/5 {
		t.Errorf("%s took %v, want %v", what, got, want)
	}
}

func download(ctx context.Context, s backends.Store) error {
	r, err := s.Get(ctx, "x", 0, -1)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, r)
	return errors.Join(err, r.Close())
}

func TestRates(t *testing.T) {
	for _, row := range []struct {
		name  string
		rates limit.Rates
		size  int
		up    time.Duration
		down  time.Duration
	}{
		{"both", limit.Rates{Upload: 100 << 10, Download: 1 << 20}, 1 << 20, 10240 * time.Millisecond, time.Second},
		{"slow", limit.Rates{Upload: 1 << 10, Download: 3}, 30, 0, 10 * time.Second},
		{"fast", limit.Rates{Upload: 100 << 20}, 20 << 20, 200 * time.Millisecond, 0},
		{"none", limit.Rates{}, 1 << 20, 0, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := limit.New(memory.New(), limit.NewLimiter(limit.Options{Rates: row.rates}))
				put := func() error { return s.Put(t.Context(), "x", backends.BytesSource(make([]byte, row.size))) }
				near(t, "Put", timed(t, put), row.up)
				near(t, "Get", timed(t, func() error { return download(t.Context(), s) }), row.down)
			})
		})
	}
}

// Several stores and transfers share the rates of their limiter.
func TestShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := limit.NewLimiter(limit.Options{Rates: limit.Rates{Upload: 100 << 10}})
		first, second := limit.New(memory.New(), l), limit.New(memory.New(), l)
		took := timed(t, func() error {
			var all sync.WaitGroup
			for _, s := range []backends.Store{first, second, first, second} {
				all.Go(func() {
					if err := s.Put(t.Context(), "x", backends.BytesSource(make([]byte, 100<<10))); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
			return nil
		})
		near(t, "four transfers", took, 4*time.Second)
	})
}

// A new limit is felt by what goes on, within a moment.
func TestChangedWhileItRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := limit.NewLimiter(limit.Options{Rates: limit.Rates{Upload: 10 << 10}})
		s := limit.New(memory.New(), l)
		var changing sync.WaitGroup
		changing.Go(func() {
			time.Sleep(10 * time.Second) // of the bubble: no time passes
			l.Set(limit.Options{Rates: limit.Rates{Upload: 100 << 10}})
			time.Sleep(5 * time.Second)
			l.Set(limit.Options{})
		})
		near(t, "Put", timed(t, func() error { return s.Put(t.Context(), "x", backends.BytesSource(make([]byte, 10<<20))) }), 15100*time.Millisecond)
		changing.Wait()
	})
}

func TestSchedule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now().Add(time.Hour)
		l := limit.NewLimiter(limit.Options{Schedule: schedule(t, began.Format("15:04")+"-"+began.Add(time.Hour).Format("15:04")+" -; else 1K/-")})
		s := limit.New(memory.New(), l)
		took := timed(t, func() error { return s.Put(t.Context(), "x", backends.BytesSource(make([]byte, 10<<20))) })
		near(t, "Put", took, time.Hour) // until the fast hour
		if now := l.Now(); now != (limit.Rates{}) {
			t.Errorf("now it is %v", now)
		}
		time.Sleep(time.Hour)
		if now := l.Now(); now != (limit.Rates{Upload: 1 << 10}) {
			t.Errorf("later it is %v", now)
		}
	})
}

func TestEndsWhileItWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := memory.New()
		if err := inner.Put(t.Context(), "x", backends.BytesSource(make([]byte, 1000))); err != nil {
			t.Fatal(err)
		}
		s := limit.New(inner, limit.NewLimiter(limit.Options{Rates: limit.Rates{Upload: 1, Download: 1}}))
		enough := errors.New("enough")
		for name, call := range map[string]func(context.Context) error{
			"Put": func(ctx context.Context) error { return s.Put(ctx, "x", backends.BytesSource("too much")) },
			"Get": func(ctx context.Context) error { return download(ctx, s) },
		} {
			ctx, cancel := context.WithTimeoutCause(t.Context(), 2500*time.Millisecond, enough)
			began := time.Now()
			if err := call(ctx); !errors.Is(err, enough) || time.Since(began) != 2500*time.Millisecond {
				t.Errorf("%s: %v after %v", name, err, time.Since(began))
			}
			cancel()
		}
		if o, err := inner.Stat(t.Context(), "x"); err != nil || o.Size != 1000 {
			t.Errorf("it became %+v, %v", o, err)
		}
	})
}

// busy counts the calls that go on at once, each of which takes a second.
type busy struct {
	backends.Store
	mu        sync.Mutex
	now, most int
}

// atOnce is how many calls went on at once.
func (b *busy) atOnce() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.most
}

func (b *busy) Put(context.Context, string, backends.Source) error {
	b.mu.Lock()
	b.now++
	b.most = max(b.most, b.now)
	b.mu.Unlock()
	time.Sleep(time.Second) // of the bubble
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now--
	return nil
}

func TestConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := &busy{Store: memory.New()}
		l := limit.NewLimiter(limit.Options{Connections: 2})
		s := limit.New(inner, l)
		var all sync.WaitGroup
		began := time.Now()
		for range 10 {
			all.Go(func() {
				if err := s.Put(t.Context(), "x", backends.BytesSource("")); err != nil {
					t.Error(err)
				}
			})
		}
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		synctest.Wait()
		if _, err := s.Stat(ctx, "x"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the eleventh: %v", err)
		}
		if n := inner.atOnce(); n != 2 {
			t.Errorf("%d calls went on at once", n)
		}
		time.Sleep(time.Second)
		l.Set(limit.Options{Connections: 6})
		all.Wait()
		if n, took := inner.atOnce(), time.Since(began); n != 6 || took != 3*time.Second {
			t.Errorf("%d calls went on at once, and all took %v", n, took)
		}
		l.Set(limit.Options{})
		if err := s.Put(t.Context(), "x", backends.BytesSource("")); err != nil {
			t.Error(err)
		}
	})
}

// What is read in place is read past the limit: with one there is no way to.
func TestHidesReadingInPlace(t *testing.T) {
	for _, row := range []struct {
		name string
		o    limit.Options
		want bool
	}{
		{"no limit", limit.Options{}, true},
		{"upload", limit.Options{Rates: limit.Rates{Upload: 1}}, true},
		{"download", limit.Options{Rates: limit.Rates{Download: 1}}, false},
		{"sometimes", limit.Options{Schedule: schedule(t, "mon 5K")}, false},
		{"else", limit.Options{Schedule: schedule(t, "else 5K")}, false},
		{"never", limit.Options{Rates: limit.Rates{Download: 1}, Schedule: schedule(t, "mon 5K/-; else -")}, true},
	} {
		s := limit.New(folder(t), limit.NewLimiter(row.o))
		if _, ok := backends.As[backends.Opener](s); ok != row.want {
			t.Errorf("%s: %v", row.name, ok)
		}
		if _, ok := backends.As[backends.Spacer](s); !ok {
			t.Errorf("%s: it lost another ability", row.name)
		}
		if found, ok := backends.As[*limit.Store](s); !ok || found.Limiter().Options().Rates != row.o.Rates {
			t.Errorf("%s: the limiter is not found", row.name)
		}
	}
}

func BenchmarkPut(b *testing.B) {
	const size = 16 << 20
	for name, o := range map[string]limit.Options{
		"none": {}, "10G": {Rates: limit.Rates{Upload: 10 << 30}, Connections: 4},
	} {
		b.Run(name, func(b *testing.B) {
			s := limit.New(memory.New(), limit.NewLimiter(o))
			src := backends.BytesSource(make([]byte, size))
			b.SetBytes(size)
			for b.Loop() {
				if err := s.Put(b.Context(), "x", src); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

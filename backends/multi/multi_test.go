package multi_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/backendtest"
	"github.com/varve-backup/varve/backends/faulty"
	"github.com/varve-backup/varve/backends/local"
	"github.com/varve-backup/varve/backends/memory"
	"github.com/varve-backup/varve/backends/multi"
)

var (
	stripe      = multi.Options{Mode: multi.Stripe}
	stripeAbort = multi.Options{Mode: multi.Stripe, OnFail: multi.Abort}
	mirror      = multi.Options{Mode: multi.Mirror}
	mirrorAbort = multi.Options{Mode: multi.Mirror, OnFail: multi.Abort}
)

func TestStore(t *testing.T) {
	prefixes := []string{"mix/", "a", "file-", "x"}
	for name, o := range map[string]multi.Options{"Stripe": stripe, "MirrorAbort": mirrorAbort, "Prefixes": mirror} {
		t.Run(name, func(t *testing.T) {
			backendtest.Run(t, func(t testing.TB) backends.Store {
				parts := []multi.Part{{Name: "folder", Store: folder(t)}, {Name: "memory", Store: memory.New()}, {Name: "more memory", Store: memory.New()}}
				if name == "Prefixes" {
					parts[1].Prefixes, parts[2].Prefixes = prefixes, prefixes[2:]
				}
				return join(t, o, parts...)
			})
		})
	}
}

func folder(t testing.TB) backends.Store {
	t.Helper()
	s, err := local.Open(t.TempDir(), local.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func join(t testing.TB, o multi.Options, parts ...multi.Part) *multi.Store {
	t.Helper()
	s, err := multi.New(parts, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// two makes one of a store that fails as told, "first", and a good one.
func two(t testing.TB, o multi.Options, faults ...faulty.Fault) (s *multi.Store, first, second *memory.Store) {
	t.Helper()
	first, second = memory.New(), memory.New()
	return join(t, o, multi.Part{Name: "first", Store: faulty.New(first, faults...)}, multi.Part{Name: "second", Store: second}), first, second
}

func put(t testing.TB, s backends.Store, name, content string) {
	t.Helper()
	if err := s.Put(t.Context(), name, backends.BytesSource(content)); err != nil {
		t.Fatalf("Put %s: %v", name, err)
	}
}

func get(t testing.TB, s backends.Store, name string) (string, error) {
	t.Helper()
	r, err := s.Get(t.Context(), name, 0, -1)
	if err != nil {
		return "", err
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	return string(b), err
}

// held is all that a store holds.
func held(t testing.TB, s backends.Store) string {
	t.Helper()
	all := map[string]string{}
	for o, err := range s.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		content, err := get(t, s, o.Name)
		if err != nil || all[o.Name] != "" || o.Size != int64(len(content)) {
			t.Errorf("%s: %v, listed with %d bytes, twice if %q", o.Name, err, o.Size, all[o.Name])
		}
		all[o.Name] = content
	}
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(&b, "%s=%s ", name, all[name])
	}
	return strings.TrimSpace(b.String())
}

func expect(t testing.TB, what string, s backends.Store, want string) {
	t.Helper()
	if got := held(t, s); got != want {
		t.Errorf("%s holds %q, want %q", what, got, want)
	}
}

// warned tells which parts were warned of.
func warned(s *multi.Store) string {
	var all []string
	for _, err := range s.Warnings() {
		name, _, _ := strings.Cut(err.Error(), ":")
		all = append(all, name)
	}
	return strings.Join(all, " ")
}

func TestStripeGoesRound(t *testing.T) {
	s, first, second := two(t, stripe)
	for i := range 5 {
		put(t, s, fmt.Sprint("v", i+1), "x")
	}
	expect(t, "the first", first, "v1=x v3=x v5=x")
	expect(t, "the second", second, "v2=x v4=x")
	expect(t, "both", s, "v1=x v2=x v3=x v4=x v5=x")
	// What is there is replaced where it is.
	put(t, s, "v2", "again")
	put(t, s, "v2", "and again")
	expect(t, "the first", first, "v1=x v3=x v5=x")
	expect(t, "both", s, "v1=x v2=and again v3=x v4=x v5=x")
	put(t, first, "v2", "older") // as another program may have done
	put(t, s, "v2", "one again")
	expect(t, "the second", second, "v4=x")
	expect(t, "both", s, "v1=x v2=one again v3=x v4=x v5=x")
	for _, name := range []string{"v2", "v3", "none"} {
		if err := s.Delete(t.Context(), name); err != nil {
			t.Error(err)
		}
	}
	expect(t, "the first", first, "v1=x v5=x")
	expect(t, "both", s, "v1=x v4=x v5=x")
	if got := warned(s); got != "" {
		t.Errorf("it warns of %s", got)
	}
}

func TestStripeWhenOneFails(t *testing.T) {
	full := faulty.Fault{Op: faulty.Put, Err: backends.ErrFull}
	s, first, second := two(t, stripe, full)
	for _, name := range []string{"a", "b", "c"} {
		put(t, s, name, "x")
	}
	expect(t, "the first", first, "")
	expect(t, "the second", second, "a=x b=x c=x")
	if warnings := s.Warnings(); len(warnings) != 1 || warnings[0].Error() != "first: the destination is full (the first of 2 failures)" {
		t.Errorf("it warns of %v", warnings)
	}
	if got := warned(s); got != "" {
		t.Errorf("it warns again of %s", got)
	}

	s, _, _ = two(t, stripeAbort, full)
	err := s.Put(t.Context(), "a", backends.BytesSource("x"))
	if backendtest.OneClass(t, err); !errors.Is(err, backends.ErrFull) || !strings.HasPrefix(err.Error(), "first: ") {
		t.Errorf("Abort: %v", err)
	}
	all := join(t, stripe, multi.Part{Name: "only", Store: faulty.New(memory.New(), full)})
	if err := all.Put(t.Context(), "a", backends.BytesSource("x")); !errors.Is(err, backends.ErrFull) {
		t.Errorf("all are full: %v", err)
	}
	// What is there would be there twice if another part took it.
	s, first, second = two(t, stripe, faulty.Fault{Op: faulty.Put, On: 2, Err: backends.ErrTemporary})
	put(t, s, "a", "old")
	if err := s.Put(t.Context(), "a", backends.BytesSource("new")); !errors.Is(err, backends.ErrTemporary) {
		t.Errorf("a failed replacement: %v", err)
	}
	expect(t, "the second", second, "")
	expect(t, "both", s, "a=old")
	_ = first
}

// A part of what is spread is no archive: its list would lack what others need.
func TestStripeNeedsAllToList(t *testing.T) {
	offline := []faulty.Fault{
		{Op: faulty.List, Err: backends.ErrOffline},
		{Op: faulty.Stat, Err: backends.ErrOffline},
		{Op: faulty.Get, Err: backends.ErrOffline},
		{Op: faulty.Delete, Err: backends.ErrOffline},
	}
	s, _, second := two(t, stripe, offline...)
	put(t, second, "b", "x")
	var err error
	for _, err = range s.List(t.Context(), "") {
	}
	_, serr := s.Stat(t.Context(), "a")
	_, gerr := get(t, s, "a")
	for call, err := range map[string]error{"List": err, "Stat": serr, "Get": gerr, "Delete": s.Delete(t.Context(), "b")} {
		if backendtest.OneClass(t, err); !errors.Is(err, backends.ErrOffline) {
			t.Errorf("%s: %v", call, err)
		}
	}
	put(t, second, "c", "there")
	if got, err := get(t, s, "c"); got != "there" || err != nil {
		t.Errorf("what another part has: %q, %v", got, err)
	}
}

func TestMirrorWhenOneFails(t *testing.T) {
	fails := faulty.Fault{Op: faulty.Put, On: 2, Err: backends.ErrOffline}
	s, first, second := two(t, mirror, fails)
	put(t, s, "a", "old")
	put(t, s, "a", "new") // the first misses it
	expect(t, "the first", first, "a=old")
	expect(t, "the second", second, "a=new")
	expect(t, "both", s, "a=new")
	if o, err := s.Stat(t.Context(), "a"); err != nil || o.ModTime.IsZero() || o.Size != 3 {
		t.Errorf("Stat: %+v, %v", o, err)
	}
	if got := warned(s); got != "first" {
		t.Errorf("it warns of %q", got)
	}
	put(t, s, "a", "newest") // it is back
	expect(t, "the first", first, "a=newest")

	s, first, second = two(t, mirrorAbort, fails)
	put(t, s, "a", "1")
	err := s.Put(t.Context(), "b", backends.BytesSource("2"))
	if backendtest.OneClass(t, err); !errors.Is(err, backends.ErrOffline) {
		t.Errorf("Abort: %v", err)
	}
	expect(t, "the first", first, "a=1")
	expect(t, "the second", second, "a=1") // taken back

	bad := func() backends.Store {
		return faulty.New(memory.New(), faulty.Fault{Op: faulty.Put, Err: backends.ErrAuth})
	}
	s = join(t, mirror, multi.Part{Name: "first", Store: bad()}, multi.Part{Name: "second", Store: bad()})
	if err := s.Put(t.Context(), "a", backends.BytesSource("x")); !errors.Is(err, backends.ErrAuth) {
		t.Errorf("all fail: %v", err)
	}
}

// A Put that is stopped leaves nothing of a new object where it had arrived.
func TestMirrorStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _, second := two(t, mirror, faulty.Fault{Op: faulty.Put, Hang: true})
		put(t, second, "there", "old")
		enough := errors.New("enough")
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, enough)
		defer cancel()
		if err := s.Put(ctx, "x", backends.BytesSource("new")); !errors.Is(err, enough) {
			t.Errorf("got %v", err)
		}
		expect(t, "the second", second, "there=old")
		if got := warned(s); got != "" {
			t.Errorf("it warns of %s", got)
		}
	})
}

func TestMirrorDoesWithout(t *testing.T) {
	var gone []faulty.Fault
	for _, op := range []faulty.Op{faulty.Put, faulty.Get, faulty.List, faulty.Stat, faulty.Delete} {
		gone = append(gone, faulty.Fault{Op: op, Err: backends.ErrOffline})
	}
	s, first, second := two(t, mirror, gone...)
	put(t, first, "a", "old")
	put(t, first, "c", "not in the other")
	put(t, second, "a", "x")
	put(t, s, "b", "y")
	expect(t, "both", s, "a=x b=y")
	if err := s.Delete(t.Context(), "a"); err != nil {
		t.Error(err)
	}
	expect(t, "both", s, "b=y")
	if _, err := s.Stat(t.Context(), "c"); !errors.Is(err, backends.ErrOffline) {
		t.Errorf("what only the other may have: %v", err)
	}
	if _, err := s.Stat(t.Context(), "a"); !errors.Is(err, backends.ErrNotExist) {
		t.Errorf("what was deleted: %v", err)
	}
	if got := warned(s); got != "first" {
		t.Errorf("it warns of %q", got)
	}
	s, _, _ = two(t, mirrorAbort, gone...)
	for _, err := range s.List(t.Context(), "") {
		if !errors.Is(err, backends.ErrOffline) {
			t.Errorf("List with Abort: %v", err)
		}
	}
	if err := s.Delete(t.Context(), "a"); !errors.Is(err, backends.ErrOffline) {
		t.Errorf("Delete with Abort: %v", err)
	}
}

func TestReadsGoOnElsewhere(t *testing.T) {
	for _, row := range []struct {
		name   string
		fault  faulty.Fault
		off, n int64
		want   string
	}{
		{"fails", faulty.Fault{Op: faulty.Get, Err: backends.ErrCorrupt}, 0, -1, "0123456789"},
		{"is not there", faulty.Fault{Op: faulty.Get, Err: backends.ErrNotExist}, 3, 4, "3456"},
		{"breaks off", faulty.Fault{Op: faulty.Get, Cut: 4, Err: io.ErrUnexpectedEOF}, 0, -1, "0123456789"},
		{"breaks off in a part", faulty.Fault{Op: faulty.Get, Cut: 2, Err: backends.ErrTemporary}, 3, 5, "34567"},
		{"is shorter than it was", faulty.Fault{Op: faulty.Get, Cut: 2}, 3, 5, "34567"},
		{"and past the end", faulty.Fault{Op: faulty.Stat}, 8, 5, "89"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s, _, _ := two(t, mirror, row.fault)
			put(t, s, "x", "0123456789")
			r, err := s.Get(t.Context(), "x", row.off, row.n)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(r)
			if err := errors.Join(err, r.Close()); string(got) != row.want || err != nil {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

// When nobody has the rest, the reader says what broke; and what was replaced
// meanwhile is no rest.
func TestReadsThatCannotGoOn(t *testing.T) {
	breaks := faulty.Fault{Op: faulty.Get, Cut: 4, Err: backends.ErrTemporary}
	s, _, second := two(t, mirror, breaks)
	put(t, s, "x", "0123456789")
	if err := second.Delete(t.Context(), "x"); err != nil {
		t.Fatal(err)
	}
	if got, err := get(t, s, "x"); got != "0123" || !errors.Is(err, backends.ErrTemporary) {
		t.Errorf("got %q, %v", got, err)
	}
	put(t, s, "x", "0123456789")
	r, err := s.Get(t.Context(), "x", 0, -1)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	put(t, s, "x", "abcdefghij")
	if got, err := io.ReadAll(r); string(got) != "0123" || !errors.Is(err, backends.ErrTemporary) {
		t.Errorf("got %q, %v, want no mixture", got, err)
	}
}

func TestPrefixes(t *testing.T) {
	first, second, third := memory.New(), memory.New(), memory.New()
	s := join(t, mirror, multi.Part{Name: "1", Store: first, Prefixes: []string{"full.", "full-sig"}},
		multi.Part{Name: "2", Store: second, Prefixes: []string{"full-sig"}}, multi.Part{Name: "3", Store: third})
	for _, name := range []string{"full.vol1", "full-sig.1", "inc.vol1"} {
		put(t, s, name, "x")
	}
	expect(t, "the first", first, "full-sig.1=x full.vol1=x inc.vol1=x")
	expect(t, "the second", second, "full-sig.1=x inc.vol1=x")
	expect(t, "the third", third, "inc.vol1=x")
	expect(t, "all", s, "full-sig.1=x full.vol1=x inc.vol1=x")
	if _, err := multi.New([]multi.Part{{Store: first, Prefixes: []string{"x"}}}, stripe); !errors.Is(err, backends.ErrConfig) {
		t.Errorf("striped: %v", err)
	}
	if _, err := multi.New(nil, mirror); !errors.Is(err, backends.ErrConfig) {
		t.Errorf("without parts: %v", err)
	}
}

// A list is whole without a part when others have all its prefixes.
func TestPrefixesNeedTheirParts(t *testing.T) {
	gone := func() backends.Store {
		return faulty.New(memory.New(), faulty.Fault{Op: faulty.List, Err: backends.ErrOffline})
	}
	for _, row := range []struct {
		name     string
		missing  []string
		there    []string
		possible bool
	}{
		{"the same", []string{"a", "b"}, []string{"b", "a"}, true},
		{"shorter", []string{"abc"}, []string{"a"}, true},
		{"longer", []string{"a"}, []string{"abc"}, false},
		{"none", []string{"a"}, nil, false},
		{"of all names", nil, []string{"a"}, true},
	} {
		s := join(t, mirror, multi.Part{Name: "1", Store: gone(), Prefixes: row.missing}, multi.Part{Name: "2", Store: memory.New(), Prefixes: row.there})
		var err error
		for _, err = range s.List(t.Context(), "") {
		}
		if (err == nil) != row.possible {
			t.Errorf("%s: %v", row.name, err)
		}
	}
}

// What is wrong with a source is no part's fault.
func TestSourceIsToBlame(t *testing.T) {
	for _, o := range []multi.Options{stripe, mirror} {
		s, first, second := two(t, o)
		err := s.Put(t.Context(), "x", backends.FileSource{Path: t.TempDir() + "/gone", Bytes: 3})
		if err == nil || errors.Is(err, backends.ErrNotExist) {
			t.Errorf("got %v", err)
		}
		if got := warned(s); got != "" {
			t.Errorf("it warns of %s", got)
		}
		expect(t, "the first", first, "")
		expect(t, "the second", second, "")
	}
}

// describing is a store that says how it works.
type describing struct {
	*memory.Store
	traits      backends.Traits
	free, total int64
	thawed      []string
	swept       int
}

func (d *describing) Traits() backends.Traits { return d.traits }

func (d *describing) Space(context.Context) (free, total int64, err error) {
	return d.free, d.total, nil
}

func (d *describing) Thaw(_ context.Context, names []string, _ int) error {
	d.thawed = append(d.thawed, names...)
	return nil
}

func (d *describing) Sweep(context.Context) error {
	d.swept++
	return nil
}

func TestAbilities(t *testing.T) {
	first := &describing{Store: memory.New(), traits: backends.Traits{Remote: true, Connections: 4, MaxSize: 50}, free: 10, total: 20}
	second := &describing{Store: memory.New(), traits: backends.Traits{WholeReads: true, Connections: 3, MaxSize: 7}, free: 5, total: 50}
	parts := []multi.Part{{Name: "1", Store: first}, {Name: "2", Store: second}}
	s := join(t, stripe, parts...)
	want := backends.Traits{Remote: true, WholeReads: true, Connections: 7, MaxSize: 7}
	if got := backends.TraitsOf(s); got != want {
		t.Errorf("spread: %+v", got)
	}
	if free, total, err := s.Space(t.Context()); free != 15 || total != 70 || err != nil {
		t.Errorf("spread: %d of %d, %v", free, total, err)
	}
	for _, name := range []string{"a", "b", "c"} {
		put(t, s, name, "x")
	}
	if err := errors.Join(s.Thaw(t.Context(), []string{"c", "b", "a"}, 1), s.Sweep(t.Context()), s.Writable(t.Context())); err != nil {
		t.Error(err)
	}
	if !slices.Equal(first.thawed, []string{"c", "a"}) || !slices.Equal(second.thawed, []string{"b"}) || first.swept != 1 || second.swept != 1 {
		t.Errorf("thawed %q and %q, swept %d and %d", first.thawed, second.thawed, first.swept, second.swept)
	}

	s = join(t, mirror, parts...)
	want.Connections = 3
	if got := backends.TraitsOf(s); got != want {
		t.Errorf("mirrored: %+v", got)
	}
	if free, total, err := s.Space(t.Context()); free != 5 || total != 50 || err != nil {
		t.Errorf("mirrored: %d of %d, %v", free, total, err)
	}
	s = join(t, mirror, multi.Part{Name: "plain", Store: memory.New()})
	put(t, s, "a", "x")
	if _, _, err := s.Space(t.Context()); !errors.Is(err, backends.ErrUnsupported) {
		t.Errorf("a store that knows no room: %v", err)
	}
	if err := s.Thaw(t.Context(), []string{"a"}, 1); !errors.Is(err, backends.ErrUnsupported) {
		t.Errorf("a store without an archive: %v", err)
	}
}

func BenchmarkPut(b *testing.B) {
	for name, o := range map[string]multi.Options{"stripe": stripe, "mirror": mirror} {
		b.Run(name, func(b *testing.B) {
			s := join(b, o, multi.Part{Name: "1", Store: folder(b)}, multi.Part{Name: "2", Store: folder(b)})
			src := backends.BytesSource(make([]byte, 16<<20))
			b.SetBytes(src.Size())
			for i := 0; b.Loop(); i++ {
				if err := s.Put(b.Context(), fmt.Sprint(i%8), src); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkList(b *testing.B) {
	for name, o := range map[string]multi.Options{"stripe": stripe, "mirror": mirror} {
		b.Run(name, func(b *testing.B) {
			s, _, _ := two(b, o)
			for i := range 10_000 {
				put(b, s, fmt.Sprintf("many/%05d", i), "")
			}
			b.ReportAllocs()
			for b.Loop() {
				n := 0
				for range s.List(b.Context(), "") {
					n++
				}
				if n != 10_000 {
					b.Fatal(n)
				}
			}
		})
	}
}

package cloud_test

import (
	"bytes"
	"crypto/md5"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/backendtest"
	"github.com/varve-backup/varve/backends/backendtest/servers"
	"github.com/varve-backup/varve/backends/cloud"
)

// s3Env are the keys of a server, as duplicity is given them.
func s3Env(t testing.TB, s *servers.S3Server) func(string) string {
	home := t.TempDir()
	return func(name string) string {
		return map[string]string{"AWS_ACCESS_KEY_ID": s.Key, "AWS_SECRET_ACCESS_KEY": s.Secret, "HOME": home}[name]
	}
}

// s3Config opens places at a server, which speaks no TLS.
func s3Config(t testing.TB, s *servers.S3Server) backends.Config {
	return backends.Config{
		Create: true, Getenv: s3Env(t, s),
		Options: map[string]string{"s3-unencrypted-connection": "true"},
	}
}

func TestMinIO(t *testing.T) {
	t.Parallel() // servers are slow to start
	s := servers.MinIO(t)
	t.Run("Running", func(t *testing.T) {
		for name, test := range map[string]func(*testing.T, *servers.S3Server){"Errors": s3Errors, "Sweep": s3Sweep, "Hash": s3Hash, "Many": s3Many, "Explore": s3Explore} {
			t.Run(name, func(t *testing.T) {
				t.Parallel() // each has a folder of its own, and they wait a lot
				test(t, s)
			})
		}
		suite(t, fmt.Sprintf("s3://%s/bucket", s.Host), s3Config(t, s))
	})
	s3Stopped(t, s)
}

// s3Explore looks through the buckets of a server.
func s3Explore(t *testing.T, s *servers.S3Server) {
	c := s3Config(t, s)
	c.Create = true
	if err := mustOpen(t, fmt.Sprintf("s3://%s/explored", s.Host), c).Close(); err != nil {
		t.Fatal(err)
	}
	exploredBuckets(t, "s3://"+s.Host, s3Config(t, s), "explored")
	badBucket(t, "s3://"+s.Host, s3Config(t, s), "explored")
}

// s3Errors provokes what goes wrong at an S3 server.
func s3Errors(t *testing.T, s *servers.S3Server) {
	bad := func(key, secret string) backends.Config {
		return backends.Config{Getenv: environment(t, map[string]string{"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret})}
	}
	for name, row := range map[string]struct {
		address string
		config  backends.Config
		want    error
	}{
		"wrong secret":   {"bucket", bad(s.Key, "wrong"), backends.ErrAuth},
		"wrong key":      {"bucket", bad("NOBODY", s.Secret), backends.ErrAuth},
		"missing bucket": {"nosuchbucket", bad(s.Key, s.Secret), backends.ErrNotExist},
		"bad bucket":     {"UPPER_case", bad(s.Key, s.Secret), backends.ErrConfig},
		"no bucket":      {"", bad(s.Key, s.Secret), backends.ErrConfig},
	} {
		row.config.Options = map[string]string{"s3-unencrypted-connection": "true"}
		_, err := tryOpen(t, "s3://"+s.Host+"/"+row.address, row.config)
		if !errors.Is(err, row.want) || strings.Contains(fmt.Sprint(err), s.Secret) {
			t.Errorf("%s: %v, want %v", name, err, row.want)
		}
		backendtest.OneClass(t, err)
	}
	// Without TLS where the server is asked for it, as WebDAV has it.
	_, err := tryOpen(t, "s3://"+s.Host+"/bucket", bad(s.Key, s.Secret))
	if !errors.Is(err, backends.ErrCertificate) {
		t.Errorf("got %v, want ErrCertificate", err)
	}
}

// s3Sweep leaves an upload unfinished, as a run that was killed does.
func s3Sweep(t *testing.T, s *servers.S3Server) {
	// Of uploads, MinIO lists those of one name or of the whole bucket.
	st := mustOpen(t, "s3://"+s.Host+"/sweep", s3Config(t, s))
	defer st.Close()
	cloud.BeginUpload(t, st, "left")
	if n := cloud.Uploads(t, st); n != 1 {
		t.Fatalf("%d uploads are unfinished, want 1", n)
	}
	sweeper, ok := backends.As[backends.Sweeper](st)
	if !ok {
		t.Fatal("it cannot sweep")
	}
	if err := sweeper.Sweep(t.Context()); err != nil || cloud.Uploads(t, st) != 1 {
		t.Errorf("an upload of today was swept, or not: %v", err)
	}
	if err := cloud.SweepAll(t, st); err != nil || cloud.Uploads(t, st) != 0 {
		t.Errorf("an old upload stays, %v", err)
	}
}

func s3Hash(t *testing.T, s *servers.S3Server) {
	st := mustOpen(t, "s3://"+s.Host+"/bucket/hash", s3Config(t, s))
	defer st.Close()
	if err := st.Put(t.Context(), "x", backends.BytesSource("hello")); err != nil {
		t.Fatal(err)
	}
	hasher, _ := backends.As[backends.Hasher](st)
	want := md5.Sum([]byte("hello"))
	if kind, sum, err := hasher.Hash(t.Context(), "x"); kind != "md5" || !bytes.Equal(sum, want[:]) || err != nil {
		t.Errorf("got %s %x, %v", kind, sum, err)
	}
	if _, _, err := hasher.Hash(t.Context(), "none"); !errors.Is(err, backends.ErrNotExist) {
		t.Errorf("got %v, want ErrNotExist", err)
	}
}

// TestStorageClass looks at what a server is told that takes any class, and
// whose archive is played by a relay in front of it.
func TestStorageClass(t *testing.T) {
	t.Parallel()
	s := servers.VersityGW(t)
	relay := newRelay(t, s.Endpoint())
	c := s3Config(t, s)
	c.Options["s3-use-deep-archive"] = "true"
	st := mustOpen(t, "s3://"+relay.host+"/bucket/class", c)
	defer st.Close()
	for _, name := range []string{"duplicity-full.vol1.difftar", "duplicity-full.manifest"} {
		if err := st.Put(t.Context(), name, backends.BytesSource("x")); err != nil {
			t.Fatal(err)
		}
	}
	want := map[string]string{"class/duplicity-full.vol1.difftar": "DEEP_ARCHIVE", "class/duplicity-full.manifest": "STANDARD"}
	if !maps.Equal(relay.classes, want) {
		t.Errorf("the classes are %v, want %v", relay.classes, want)
	}
	if class := backends.TraitsOf(st).StorageClass; class != "DEEP_ARCHIVE" {
		t.Errorf("it says that it stores as %s", class)
	}
	thawing(t, relay, st)
}

// thawing reads an object from an archive: it is cold until it is fetched.
func thawing(t *testing.T, r *relay, st backends.Store) {
	t.Helper()
	const name = "duplicity-full.vol1.difftar"
	_, err := st.Get(t.Context(), name, 0, -1)
	if !errors.Is(err, backends.ErrCold) {
		t.Errorf("got %v, want ErrCold", err)
	}
	backendtest.OneClass(t, err)
	thawer, _ := backends.As[backends.Thawer](st)
	if err := thawer.Thaw(t.Context(), []string{"none"}, 3); !errors.Is(err, backends.ErrNotExist) {
		t.Errorf("got %v, want ErrNotExist", err)
	}
	for range 2 { // to ask again is fine
		if err := thawer.Thaw(t.Context(), []string{name}, 3); err != nil {
			t.Fatal(err)
		}
	}
	if r.thawed != "class/"+name+" 3" {
		t.Errorf("the server was asked for %q", r.thawed)
	}
	body, err := st.Get(t.Context(), name, 0, -1)
	if err != nil {
		t.Fatal(err)
	}
	body.Close()
}

func s3Many(t *testing.T, s *servers.S3Server) {
	took := backendtest.Many(t, func(t testing.TB) backends.Store {
		return mustOpen(t, "s3://"+s.Host+"/bucket/many", s3Config(t, s))
	}, many())
	t.Logf("a list of %d objects took %v", many(), took)
}

// many is how many objects are listed.
func many() int {
	if os.Getenv("VARVE_SOAK") != "" {
		return 10_000
	}
	return 1_050 // more than a page
}

// s3Stopped ends the server: nothing hangs, and another try may help.
func s3Stopped(t *testing.T, s *servers.S3Server) {
	st := mustOpen(t, "s3://"+s.Host+"/bucket/stopped", s3Config(t, s))
	defer st.Close()
	s.Stop()
	var all sync.WaitGroup
	for call, do := range map[string]func() error{
		"Put":    func() error { return st.Put(t.Context(), "x", backends.BytesSource("x")) },
		"Delete": func() error { return st.Delete(t.Context(), "y") },
		"Stat":   func() error { return statOf(t, st, "z") },
	} {
		all.Go(func() {
			err := do()
			if !errors.Is(err, backends.ErrTemporary) {
				t.Errorf("%s: %v, want ErrTemporary", call, err)
			}
			backendtest.OneClass(t, err)
		})
	}
	all.Wait()
}

func statOf(t *testing.T, s backends.Store, name string) error {
	_, err := s.Stat(t.Context(), name)
	return err
}

// VersityGW takes a connection that breaks off for the end of an object, unless
// a sum was sent in front; it answers ranges past the end with the whole object.
// An object whose name has 250 bytes it stores, and then refuses to replace it,
// as if it were a folder (ExistingObjectIsDirectory).
func TestVersityGW(t *testing.T) {
	t.Parallel()
	s := servers.VersityGW(t)
	run(t, fmt.Sprintf("s3://%s/bucket", s.Host), s3Config(t, s), backendtest.Suite{ShortNames: true})
	st := mustOpen(t, fmt.Sprintf("s3://%s/bucket/cut", s.Host), s3Config(t, s))
	defer st.Close()
	for i, size := range []int{1000, 250_000, 12 << 20} {
		name := fmt.Sprint("cut", i)
		src := &breaking{BytesSource: make([]byte, size)}
		if err := st.Put(t.Context(), name, src); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("%d bytes: %v, want the source's error", size, err)
		}
		if err := statOf(t, st, name); !errors.Is(err, backends.ErrNotExist) {
			t.Errorf("%d bytes: %v, want ErrNotExist", size, err)
		}
	}
}

// breaking is a source that is whole when it is looked at, and breaks off while
// it is sent.
type breaking struct {
	backends.BytesSource
	opened int
}

func (b *breaking) Open() (io.ReadCloser, error) {
	if b.opened++; b.opened == 1 {
		return b.BytesSource.Open()
	}
	half := bytes.NewReader(b.BytesSource[:len(b.BytesSource)/4*3])
	return io.NopCloser(io.MultiReader(half, iotest.ErrReader(io.ErrClosedPipe))), nil
}

// It runs alone, before the parallel tests: it counts all goroutines.
func TestCloseEndsGoroutines(t *testing.T) {
	s := servers.VersityGW(t)
	use := func() {
		st := mustOpen(t, fmt.Sprintf("s3://%s/bucket/x", s.Host), s3Config(t, s))
		if err := st.Put(t.Context(), "x", backends.BytesSource(make([]byte, 1<<20))); err != nil {
			t.Fatal(err)
		}
		for range st.List(t.Context(), "") {
			break
		}
		r, err := st.Get(t.Context(), "x", 0, -1)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(r.Close(), st.Close()); err != nil {
			t.Error(err)
		}
	}
	const rounds = 10
	use()
	before := runtime.NumGoroutine()
	for range rounds {
		use()
	}
	// The library keeps an idle connection for a minute: two goroutines each.
	// Those that end need a moment for it, and less than that minute.
	for end := time.Now().Add(20 * time.Second); runtime.NumGoroutine() > before+2*rounds+rounds/2; <-time.After(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d goroutines became %d", before, runtime.NumGoroutine())
		}
	}
}

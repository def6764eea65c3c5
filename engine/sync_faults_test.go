package engine_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/varve-backup/varve/backends/backendtest/link"
	"github.com/varve-backup/varve/backends/backendtest/servers"
	"github.com/varve-backup/varve/engine"
)

func local(dir string) engine.Destination { return engine.Destination{URL: "file://" + dir} }

// impatient makes waits short, as a test has them.
func impatient(p *engine.SyncPlan) { p.Attempts, p.Delay = 5, 10*time.Millisecond }

// storm stands in front of a server and refuses four requests in a row, again
// and again as long as it lasts.
func storm(t *testing.T, host string, lasts int64) (front string, refused *atomic.Int64) {
	t.Helper()
	var seen atomic.Int64
	refused = new(atomic.Int64)
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: "http", Host: host})
		r.Out.Host = r.In.Host // it is signed
	}}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n := seen.Add(1); n <= lasts && n%10 < 4 {
			refused.Add(1)
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return strings.TrimPrefix(s.URL, "http://"), refused
}

// A side is opened as often as its own option says, else as the plan does; the
// same counts for its calls.
func TestSyncAttempts(t *testing.T) {
	var asked atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	t.Cleanup(s.Close)
	dir := t.TempDir()
	for _, row := range []struct {
		plan engine.SyncPlan
		own  map[string]string
		want int64
	}{
		{engine.SyncPlan{Delay: time.Millisecond}, nil, 3},
		{engine.SyncPlan{Attempts: 5, Delay: time.Millisecond}, nil, 5},
		{engine.SyncPlan{Attempts: 5, Delay: time.Millisecond, Constant: true}, map[string]string{"num-retries": "2"}, 2},
	} {
		m := newMirroring(t)
		m.plan = func(p *engine.SyncPlan) {
			p.Attempts, p.Delay, p.Constant = row.plan.Attempts, row.plan.Delay, row.plan.Constant
		}
		asked.Store(0)
		d := engine.Destination{URL: "webdav://me:secret@" + strings.TrimPrefix(s.URL, "http://") + "/x", Options: row.own}
		_, err := m.run(local(dir), d)
		if err == nil || asked.Load() != row.want || strings.Contains(err.Error(), "secret") {
			t.Errorf("%+v: asked %d times: %v", row, asked.Load(), err)
		}
	}
}

// Storms of refusals and lines that break pass, and everything arrives.
func TestSyncThroughFaults(t *testing.T) {
	t.Parallel()
	origin := t.TempDir()
	fillFolder(t, origin)
	check := func(t *testing.T, to, direct engine.Destination) {
		m := newMirroring(t)
		m.plan = impatient
		m.options.Rounds, m.options.Pause = 3, 10*time.Millisecond
		m.must(local(origin), to)
		m.nothing(local(origin), to)
		back := t.TempDir()
		m.must(direct, local(back))
		sameFolders(t, back, origin)
	}
	t.Run("S3", func(t *testing.T) {
		t.Parallel()
		s := servers.MinIO(t)
		if err := os.Mkdir(filepath.Join(s.Dir, "bucket"), 0o755); err != nil {
			t.Fatal(err)
		}
		front, refused := storm(t, s.Host, 20)
		check(t, s3PlaceAt(s, front)("x"), s3Place(s)("x"))
		if refused.Load() < 6 {
			t.Errorf("only %d requests were refused", refused.Load())
		}
	})
	t.Run("WebDAV", func(t *testing.T) {
		t.Parallel()
		s := servers.Apache(t, "s3cret", false)
		front, refused := storm(t, s.Host, 60)
		check(t, webdavPlaceAt(s, front)("x"), webdavPlace(s)("x"))
		if refused.Load() < 20 {
			t.Errorf("only %d requests were refused", refused.Load())
		}
	})
	t.Run("SFTP", func(t *testing.T) {
		t.Parallel()
		s, line, to := brokenSFTP(t)
		line.CutAfter(1 << 20)
		check(t, to("x"), sftpPlace(s)("x"))
	})
}

// brokenSFTP is a server behind a line that can be cut.
func brokenSFTP(t *testing.T) (*servers.SSHServer, *link.Link, mirrorPlace) {
	t.Helper()
	s := servers.SSH(t, servers.SSHOptions{})
	line := link.New(t, fmt.Sprintf("127.0.0.1:%d", s.Port), link.Options{})
	known := strings.Replace(s.KnownHostsLine(t), fmt.Sprintf("]:%d", s.Port), "]:"+line.Port(), 1)
	f, err := os.OpenFile(s.KnownHosts, os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = f.WriteString(known + "\n")
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	return s, line, func(folder string) engine.Destination {
		d := sftpPlace(s)(folder)
		d.URL = fmt.Sprintf("sftp://%s@%s/%s", s.User, line.Addr, folder)
		return d
	}
}

// A line that stays cut ends the run, which says how many files are missing,
// and removes nothing. The next run copies those, and only those.
func TestInterruptedSyncIsContinued(t *testing.T) {
	t.Parallel()
	origin := t.TempDir()
	for i := range 100 {
		writeFiles(t, origin, map[string]string{fmt.Sprintf("data/%03d", i): strings.Repeat("x", 1000+i)})
	}
	_, line, to := brokenSFTP(t)
	m := newMirroring(t)
	m.options.MaxRemove = 100
	extra := t.TempDir()
	writeFiles(t, extra, map[string]string{"stale": "old"})
	m.must(local(extra), to("x"))
	m.plan = func(p *engine.SyncPlan) { p.Attempts, p.Delay, p.Constant, p.Workers = 1, time.Millisecond, true, 2 }

	var first engine.Mirrored
	plan := engine.SyncPlan{Source: local(origin), Destination: to("x"), MirrorOptions: m.options}
	m.plan(&plan)
	copied := 0
	err := m.engine.Sync(plan, func(r engine.Mirrored) { first = r }).Run(t.Context(), func(e engine.Event) {
		if d, ok := e.(engine.MirrorDone); ok && d.Action == engine.MirrorCopy {
			if copied++; copied == 30 {
				line.Refuse()
				line.Cut()
			}
		}
	})
	if err != nil || first.NotCopied == 0 || first.Copied+first.NotCopied != 100 || first.HeldBack != 1 {
		t.Fatalf("the first run: %v, %+v", err, first)
	}
	if err := line.Accept(); err != nil {
		t.Fatal(err)
	}
	// What was stored and could not be confirmed any more may be there as well.
	second := m.must(local(origin), to("x"))
	if second.Copied > first.NotCopied || second.Copied < first.NotCopied-4 || second.Removed != 1 {
		t.Errorf("the second run: %+v after %+v", second, first)
	}
	m.nothing(local(origin), to("x"))
}

// Neither side is made, read or changed where that was not asked for.
func TestSyncLeavesMissingFoldersAlone(t *testing.T) {
	dir := t.TempDir()
	source, missing := filepath.Join(dir, "source"), filepath.Join(dir, "missing")
	writeFiles(t, source, map[string]string{"a": "1"})
	m := newMirroring(t)
	kindOf := func(err error) engine.ErrorKind {
		e, ok := errors.AsType[*engine.Error](err)
		if !ok {
			t.Fatalf("got %v", err)
		}
		return e.Kind
	}
	// SyncTool makes a source that is missing, and empties the destination.
	if _, err := m.run(local(missing), local(source)); kindOf(err) != engine.Offline || !strings.Contains(err.Error(), "the source") {
		t.Errorf("no source: %v", err)
	}
	m.plan = func(p *engine.SyncPlan) { p.NoCreate = true }
	if _, err := m.run(local(source), local(missing)); kindOf(err) != engine.Offline || !strings.Contains(err.Error(), "the destination") {
		t.Errorf("no destination: %v", err)
	}
	m.plan = func(p *engine.SyncPlan) { p.DryRun = true }
	if r := m.must(local(source), local(missing)); r.Copied != 1 {
		t.Errorf("a dry run: %+v", r)
	}
	if _, err := os.Lstat(missing); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder was made: %v", err)
	}
	m.plan = nil
	m.must(local(source), local(missing))
	sameFolders(t, missing, source)
	if err := os.Remove(filepath.Join(source, "a")); err != nil {
		t.Fatal(err)
	}
	if _, err := m.run(local(source), local(missing)); kindOf(err) != engine.Invalid || !errors.Is(err, engine.ErrMirrorEmpty) {
		t.Errorf("an empty source: %v", err)
	}
}

// Many files in a hundred folders, and cut off in the middle: the second run
// copies what is missing, and the third one nothing. With VARVE_SOAK they are
// 10 000, and go on from each place to each other, which takes minutes.
func TestInterruptedMirrorOfManyObjects(t *testing.T) {
	origin, files := t.TempDir(), int64(400)
	if os.Getenv("VARVE_SOAK") != "" {
		files = 10_000
	}
	middle := fmt.Sprintf("50/%04d", files/2+50)
	for i := range files {
		writeFiles(t, origin, map[string]string{fmt.Sprintf("data/%02d/%04d", i%100, i): strings.Repeat("x", int(i%2000))})
	}
	places := mirrorPlaces(t)
	for name, place := range places {
		t.Run(name, func(t *testing.T) {
			m := newMirroring(t)
			ctx, cancel := context.WithCancel(t.Context())
			var first engine.Mirrored
			begun := time.Now()
			err := m.engine.Sync(engine.SyncPlan{Source: local(origin), Destination: place("x"), MirrorOptions: m.options}, func(r engine.Mirrored) { first = r }).
				Run(ctx, func(e engine.Event) {
					if d, ok := e.(engine.MirrorDone); ok && strings.HasSuffix(d.Name, middle) {
						cancel()
					}
				})
			cancelled, _ := errors.AsType[*engine.Error](err)
			if cancelled == nil || cancelled.Kind != engine.Cancelled || first.Copied == 0 || first.Copied == files {
				t.Fatalf("the first run: %v, %+v", err, first)
			}
			t.Logf("%d files in %v", first.Copied, time.Since(begun))
			begun = time.Now()
			second := m.must(local(origin), place("x"))
			t.Logf("%d more in %v", second.Copied, time.Since(begun))
			if n := first.Copied + second.Copied; n > files || n < files-100 { // what was being stored when it ended was not counted
				t.Errorf("%d files were copied", n)
			}
			begun = time.Now()
			m.nothing(local(origin), place("x"))
			t.Logf("nothing in %v", time.Since(begun))
			back := t.TempDir()
			begun = time.Now()
			m.must(place("x"), local(back))
			t.Logf("all of them back in %v", time.Since(begun))
			sameFolders(t, back, origin)
		})
	}
	if soaking() {
		manyBetween(t, places, files)
	}
}

// manyBetween mirrors many files from each place, where they are, to each other.
func manyBetween(t *testing.T, places map[string]mirrorPlace, files int64) {
	for from, source := range places {
		for to, target := range places {
			t.Run(from+" to "+to, func(t *testing.T) {
				m, begun := newMirroring(t), time.Now()
				if r := m.must(source("x"), target("from-"+from)); r.Copied != files {
					t.Errorf("%d files were copied", r.Copied)
				}
				t.Logf("%d files in %v", files, time.Since(begun))
				m.nothing(source("x"), target("from-"+from))
			})
		}
	}
}

package restic

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/varve-backup/varve/backends/faulty"
	"github.com/varve-backup/varve/engine/restic/chunker"
)

var errStop = errors.New("stopped on purpose")

// A first backup that is stopped again and again goes on from its last
// checkpoint, and what it had can be restored meanwhile.
func TestResume(t *testing.T) {
	const files = 120
	src, dir := filepath.Join(t.TempDir(), "src"), filepath.Join(t.TempDir(), "repo")
	for i := range files {
		write(t, filepath.Join(src, fmt.Sprintf("f%d", i%5), fmt.Sprint(i)), strings.Repeat(fmt.Sprint("content ", i), 5000))
	}
	r := create(t, dir)
	for stop := 30; stop < files; stop += 30 {
		stopAfter(t, r, src, stop)
		resticOn(t, dir, "check", "--read-data")
		all, err := r.Snapshots(t.Context())
		if err != nil || len(all) != 1 || !all[0].IsPartial() {
			t.Fatalf("%d snapshots, %v; want one partial one", len(all), err)
		}
		target := filepath.Join(t.TempDir(), "target")
		restoreTo(t, r, &all[0], target)
	}
	res := backupOf(t, r, src)
	if same := res.Snapshot.Summary.FilesUnmodified; same < 60 {
		t.Errorf("only %d files were not read again", same)
	}
	all, err := r.Snapshots(t.Context())
	if err != nil || len(all) != 1 || all[0].IsPartial() {
		t.Errorf("%d snapshots, %v; want the whole one alone", len(all), err)
	}
	resticOn(t, dir, "check", "--read-data")
	checkRestores(t, r, dir, src)
}

// stopAfter runs a backup that is stopped after so many items.
func stopAfter(t *testing.T, r *Repository, src string, items int) {
	t.Helper()
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	watch := r.watch
	defer func() { r.watch = watch }()
	n := 0
	r.watch.Item = func(string) {
		if n++; n > items {
			cancel(errStop)
		}
	}
	o := optionsFor(src)
	o.Checkpoint = time.Nanosecond
	if _, err := r.Backup(ctx, o); err == nil {
		t.Fatal("the run was not stopped")
	}
}

// Runs of both programs at the same time do not harm each other.
func TestAtTheSameTime(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "repo")
	r, src := history(t, dir, 1)
	other := filepath.Join(t.TempDir(), "other")
	for i := range 40 {
		change(t, other, uint64(1000+i))
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range 3 {
			change(t, other, uint64(2000+i))
			resticOn(t, dir, "backup", other)
		}
	}()
	for i := range 5 {
		change(t, src, uint64(3000+i))
		backupOf(t, r, src)
	}
	<-done
	if _, err := r.Prune(t.Context(), PruneOptions{}); err != nil {
		t.Error(err)
	}
	resticOn(t, dir, "check", "--read-data")
	checkSnapshotOf(t, r, src)
	checkSnapshotOf(t, r, other)
}

// checkSnapshotOf restores the newest snapshot of a folder.
func checkSnapshotOf(t *testing.T, r *Repository, src string) {
	t.Helper()
	all, err := r.Snapshots(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		if s.Paths[0] == src {
			target := filepath.Join(t.TempDir(), "target")
			restoreTo(t, r, &s, target)
			same(t, src, target)
			return
		}
	}
	t.Errorf("there is no snapshot of %s", src)
}

// Locks bar what they must, and those of the dead do not.
func TestLocks(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "repo")
	r := create(t, dir)
	shared, err := r.lock(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.lock(t.Context(), true); !errors.Is(err, ErrLocked) {
		t.Errorf("exclusive beside shared: %v", err)
	}
	again, err := r.lock(t.Context(), false)
	if err != nil {
		t.Errorf("shared beside shared: %v", err)
	}
	if err := errors.Join(again.release(), shared.release()); err != nil {
		t.Error(err)
	}
	exclusive, err := r.lock(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.lock(t.Context(), false); !errors.Is(err, ErrLocked) {
		t.Errorf("shared beside exclusive: %v", err)
	}
	if err := exclusive.release(); err != nil {
		t.Error(err)
	}
	// One that a dead process of this machine left, and one that nobody renews.
	for _, l := range []Lock{
		{Time: time.Now(), Exclusive: true, Hostname: r.host, Username: "ada", PID: 1<<22 + 1},
		{Time: time.Now().Add(-time.Hour), Exclusive: true, Hostname: "elsewhere", Username: "ada", PID: 1},
	} {
		h := &held{r: r, lock: l}
		if err := h.write(t.Context()); err != nil {
			t.Fatal(err)
		}
		mine, err := r.lock(t.Context(), true)
		if err != nil {
			t.Errorf("a lock of the dead bars: %v", err)
			continue
		}
		if err := mine.release(); err != nil {
			t.Error(err)
		}
	}
	if left, err := r.Locks(t.Context()); err != nil || len(left) > 0 {
		t.Errorf("%d locks are left, %v", len(left), err)
	}
}

// A lock that cannot be given up, because the destination is away, bars nobody
// here once that is back, though its process lives.
func TestLockThatCannotBeGivenUp(t *testing.T) {
	r := create(t, filepath.Join(t.TempDir(), "repo"))
	l, err := r.lock(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	there := r.store
	r.store = faulty.New(there, faulty.Fault{Op: faulty.Delete, Err: errBroken})
	if err := l.release(); !errors.Is(err, errBroken) {
		t.Fatal(err)
	}
	r.store = there
	again, err := r.lock(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	if locks, err := r.Locks(t.Context()); err != nil || len(locks) != 1 {
		t.Errorf("%d locks, %v", len(locks), err)
	}
	if err := again.release(); err != nil {
		t.Error(err)
	}
}

// A lock that cannot be read bars like any other: until it is old, or a person
// has it removed.
func TestDamagedLock(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "repo")
	r := create(t, dir)
	damage := func() string {
		h := &held{r: r, lock: Lock{Time: time.Now(), Hostname: "elsewhere", Username: "ada", PID: 1}}
		if err := h.write(t.Context()); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, nameOf(lockFile, h.lock.ID))
		flip(t, path, 30)
		return path
	}
	damage()
	if _, err := r.lock(t.Context(), false); !errors.Is(err, ErrLocked) {
		t.Errorf("beside a lock that cannot be read: %v", err)
	}
	if n, err := r.Unlock(t.Context(), false); n != 0 || err != nil {
		t.Errorf("%d young locks were removed, %v", n, err)
	}
	if n, err := r.Unlock(t.Context(), true); n != 1 || err != nil {
		t.Errorf("%d locks were removed, %v; want all, which is one", n, err)
	}
	path := damage()
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(path, old, old); err != nil {
		t.Fatal(err)
	}
	l, err := r.lock(t.Context(), true)
	if err != nil {
		t.Fatalf("an old lock that cannot be read bars: %v", err)
	}
	if err := l.release(); err != nil {
		t.Error(err)
	}
}

// An attribute that changes alone is noticed, although attributes of what did
// not change are not read.
func TestAttributesAlone(t *testing.T) {
	src, dir := filepath.Join(t.TempDir(), "src"), filepath.Join(t.TempDir(), "repo")
	write(t, filepath.Join(src, "file"), "content")
	if err := unix.Setxattr(filepath.Join(src, "file"), "user.a", []byte("1"), 0); err != nil {
		return // a file system without them has nothing to notice
	}
	r := create(t, dir)
	attribute := func() string {
		res := backupOf(t, r, src)
		l, err := r.Browse(t.Context(), &res.Snapshot)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		for e, err := range l.ReadDir(t.Context(), "") {
			if err != nil || len(e.Xattrs) != 1 {
				t.Fatalf("%+v, %v", e, err)
			}
			return string(e.Xattrs[0].Value)
		}
		return ""
	}
	// What changed just now would be read again anyway.
	r.now = func() time.Time { return time.Now().Add(2 * trusted) }
	for _, want := range []string{"1", "1", "2"} {
		if err := unix.Setxattr(filepath.Join(src, "file"), "user.a", []byte(want), 0); want != "1" && err != nil {
			t.Fatal(err)
		}
		if got := attribute(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// A run that is stopped in the middle of a large file goes on there, and not
// when the file changed meanwhile.
func TestResumeInAFile(t *testing.T) {
	const length = 48 << 20
	for _, changed := range []bool{false, true} {
		t.Run(fmt.Sprintf("changed %v", changed), func(t *testing.T) {
			src, dir := filepath.Join(t.TempDir(), "src"), filepath.Join(t.TempDir(), "repo")
			content := make([]byte, length)
			_, _ = rand.NewChaCha8([32]byte{1}).Read(content) // it cannot fail
			write(t, filepath.Join(src, "folder/large"), string(content))
			r := create(t, dir)
			aged(r)
			stopInFile(t, r, src, length/2)
			resticOn(t, dir, "check", "--read-data")
			if changed {
				content[5]++
				write(t, filepath.Join(src, "folder/large"), string(content))
			}
			var longest atomic.Int64
			r.watch.Handled = func(_, bytes int64) { longest.Store(max(longest.Load(), bytes)) }
			backupOf(t, r, src)
			if skipped := longest.Load(); (skipped >= length/4) == changed {
				t.Errorf("%d bytes of %d were not read again", skipped, length)
			}
			checkRestores(t, r, dir, src)
			if left, err := filepath.Glob(filepath.Join(r.cache, "half-*")); err != nil || len(left) > 0 {
				t.Errorf("left over: %q, %v", left, err)
			}
		})
	}
}

// stopInFile stops a backup after a checkpoint when so many bytes are read.
func stopInFile(t *testing.T, r *Repository, src string, after int64) {
	t.Helper()
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	watch := r.watch
	defer func() { r.watch = watch }()
	var read atomic.Int64
	r.watch.Handled = func(_, bytes int64) { read.Add(bytes) }
	r.watch.Wait = func(ctx context.Context) error {
		if read.Load() < after {
			return ctx.Err()
		}
		// Nothing is read on until a checkpoint knows of what was.
		for {
			if stored := storedHalf(r); ctx.Err() != nil || stored >= after-chunker.MaxSize-laterRead {
				cancel(errStop)
				return ctx.Err()
			}
		}
	}
	o := optionsFor(src)
	o.Checkpoint = time.Millisecond
	if _, err := r.Backup(ctx, o); !errors.Is(err, errStop) {
		t.Fatalf("the run ended with %v", err)
	}
}

// storedHalf is how much of a file is noted as stored.
func storedHalf(r *Repository) (size int64) {
	found, _ := filepath.Glob(filepath.Join(r.cache, "half-????????????????"))
	for _, p := range found {
		var t halvesText
		if text, err := os.ReadFile(p); err == nil && json.Unmarshal(text, &t) == nil && len(t.Files) == 1 {
			size = t.Files[0].Size
		}
	}
	return size
}

// While a long file is read at the very end, what came before it is made safe,
// in folders that are not whole too.
func TestCheckpointDuringTheLastFile(t *testing.T) {
	src, dir := filepath.Join(t.TempDir(), "src"), filepath.Join(t.TempDir(), "repo")
	for i := range 20 {
		write(t, filepath.Join(src, fmt.Sprintf("a/b/%02d", i)), fmt.Sprint("content ", i))
	}
	write(t, filepath.Join(src, "a/b/zz"), strings.Repeat("long ", 8<<20))
	r := create(t, dir)
	stopInFile(t, r, src, 20<<20)
	all, err := r.Snapshots(t.Context())
	if err != nil || len(all) != 1 || !all[0].IsPartial() {
		t.Fatalf("%d snapshots, %v", len(all), err)
	}
	target := filepath.Join(t.TempDir(), "target")
	restoreTo(t, r, &all[0], target)
	for i := range 20 {
		p := fmt.Sprintf("a/b/%02d", i)
		if got, err := os.ReadFile(filepath.Join(target, p)); err != nil || string(got) != fmt.Sprint("content ", i) {
			t.Errorf("%s: %q, %v", p, got, err)
		}
	}
}

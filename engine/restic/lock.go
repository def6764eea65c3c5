package restic

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/engine/restic/id"
	"github.com/varve-backup/varve/engine/zone"
)

// The times of restic's protocol (formats/restic.md section 12).
const (
	lockRefresh = 5 * time.Minute
	lockStale   = 30 * time.Minute
	// lockDoubt is when a lock that was not renewed must be proved first.
	lockDoubt = lockStale - lockRefresh*3/2
	// lockSettle is how long others get to see a new lock.
	lockSettle = 200 * time.Millisecond
	// lockLook is how often the clock on the wall is looked at: a timer stands
	// still while the machine sleeps.
	lockLook = 20 * time.Second
)

// Lock says who works on a repository.
type Lock struct {
	Time      time.Time `json:"time"`
	Exclusive bool      `json:"exclusive"`
	Hostname  string    `json:"hostname"`
	Username  string    `json:"username"`
	PID       int       `json:"pid"`
	UID       uint32    `json:"uid,omitempty"`
	GID       uint32    `json:"gid,omitempty"`

	ID id.ID `json:"-"`
	// Damaged: nobody can tell whose it is, so that it counts as exclusive.
	// Time is then that of the file.
	Damaged bool `json:"-"`
}

// String says who holds the lock, and since when.
func (l *Lock) String() string {
	if l.Damaged {
		return fmt.Sprintf("somebody, with a lock %s that cannot be read", l.ID.Short())
	}
	return fmt.Sprintf("%s on %s (process %d) since %s", l.Username, l.Hostname, l.PID, zone.Of(l.Time).Format(time.DateTime))
}

// held is a lock of ours. Its context ends when it is lost.
type held struct {
	r      *Repository
	ctx    context.Context //nolint:containedctx // of everything that is done under the lock
	cancel context.CancelCauseFunc
	done   sync.WaitGroup

	mu   sync.Mutex
	lock Lock // guarded by mu
}

// lock takes a lock, or ends with ErrLocked. Whoever works under it uses its
// context, and releases it.
func (r *Repository) lock(ctx context.Context, exclusive bool) (*held, error) {
	return r.lockBeside(ctx, exclusive, nil)
}

// lockBeside takes a lock that an own one does not bar.
func (r *Repository) lockBeside(ctx context.Context, exclusive bool, own *held) (*held, error) {
	if err := r.dropLeftovers(ctx); err != nil {
		return nil, err
	}
	h := &held{r: r, lock: r.newLock(exclusive)}
	if err := r.mayLock(ctx, &h.lock, own); err != nil {
		return nil, err
	}
	if err := h.write(ctx); err != nil {
		return nil, err
	}
	err := wait(ctx, lockSettle)
	if err == nil {
		err = r.mayLock(ctx, &h.lock, own)
	}
	if err != nil {
		return nil, errors.Join(err, h.delete())
	}
	h.ctx, h.cancel = context.WithCancelCause(ctx)
	h.done.Go(h.keep)
	return h, nil
}

func (r *Repository) newLock(exclusive bool) Lock {
	return Lock{
		Time: r.now().UTC(), Exclusive: exclusive, Hostname: r.host, Username: r.user, PID: os.Getpid(),
		UID: uint32(os.Getuid()), GID: uint32(os.Getgid()),
	}
}

// mayLock looks at the locks of others. Those whose owner is gone are removed.
func (r *Repository) mayLock(ctx context.Context, l *Lock, own *held) error {
	others, err := r.Locks(ctx)
	if err != nil {
		return err
	}
	for i := range others {
		o := &others[i]
		if o.ID == l.ID || own.is(o.ID) || !o.Exclusive && !l.Exclusive {
			continue
		}
		if !r.isStale(o) {
			return fmt.Errorf("%w: %s", ErrLocked, o)
		}
		r.watch.Notice("A lock was left behind by " + o.String() + ", and was removed.")
		if err := r.remove(ctx, lockFile, o.ID); err != nil {
			return err
		}
	}
	return nil
}

// isStale tells that nobody renews a lock any more.
func (r *Repository) isStale(l *Lock) bool {
	if r.now().Sub(l.Time) > lockStale && !l.Time.IsZero() {
		return true
	}
	return !l.Damaged && l.Hostname == r.host && l.PID != os.Getpid() && !processExists(l.PID)
}

// Locks lists the locks of everybody. A lock that goes away meanwhile is
// none, and neither is one that was never written to its end.
func (r *Repository) Locks(ctx context.Context) ([]Lock, error) {
	var all []Lock
	for f, err := range r.list(ctx, lockFile) {
		if err != nil {
			return nil, err
		}
		if f.Size == 0 {
			continue
		}
		text, err := r.load(ctx, lockFile, f.ID)
		if errors.Is(err, backends.ErrNotExist) {
			continue
		}
		if err != nil && !errors.Is(err, ErrDamaged) {
			return nil, fmt.Errorf("reading a lock: %w", err)
		}
		l := Lock{}
		if err != nil || json.Unmarshal(text, &l) != nil {
			l = Lock{Exclusive: true, Damaged: true, Time: f.ModTime}
		}
		l.ID = f.ID
		all = append(all, l)
	}
	return all, nil
}

// Unlock removes locks that nobody renews, or all of them. It returns how
// many it removed.
func (r *Repository) Unlock(ctx context.Context, all bool) (int, error) {
	locks, err := r.Locks(ctx)
	if err != nil {
		return 0, err
	}
	n := 0
	for i := range locks {
		if !all && !r.isStale(&locks[i]) {
			continue
		}
		if err := r.remove(ctx, lockFile, locks[i].ID); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

func (h *held) is(name id.ID) bool {
	if h == nil {
		return false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.lock.ID == name
}

// write stores the lock under a new name.
func (h *held) write(ctx context.Context) error {
	h.mu.Lock()
	l := h.lock
	h.mu.Unlock()
	text, err := json.Marshal(l)
	if err != nil {
		return err
	}
	sealed, err := h.r.sealText(text)
	if err != nil {
		return err
	}
	name := id.Of(sealed)
	// Known before it exists, so that a crash leaves nothing that nobody owns.
	if err := h.r.noteFlight(lockFile, name, len(sealed)); err != nil {
		return err
	}
	if err := h.r.put(ctx, nameOf(lockFile, name), backends.BytesSource(sealed)); err != nil {
		return fmt.Errorf("locking the repository: %w", err)
	}
	h.mu.Lock()
	h.lock.ID = name
	h.mu.Unlock()
	return nil
}

// keep renews the lock until it is released or lost.
func (h *held) keep() {
	ticker := time.NewTicker(lockLook)
	defer ticker.Stop()
	for {
		select {
		case <-h.ctx.Done():
			return
		case <-ticker.C:
		}
		h.mu.Lock()
		age := h.r.now().Sub(h.lock.Time)
		h.mu.Unlock()
		// A clock that was set back makes the lock look younger than it is.
		if age >= 0 && age < lockRefresh {
			continue
		}
		if err := h.renew(age); err != nil && (age > lockDoubt || errors.Is(err, ErrLockLost)) {
			h.cancel(fmt.Errorf("%w: %w", ErrLockLost, err))
			return
		}
	}
}

// renew replaces the lock by a younger one. After a long pause, as when the
// machine slept, somebody may have removed it and begun to work.
func (h *held) renew(age time.Duration) error {
	h.mu.Lock()
	old := h.lock.ID
	h.lock.Time = h.r.now().UTC()
	h.mu.Unlock()
	if age > lockDoubt {
		if _, err := h.r.store.Stat(h.ctx, nameOf(lockFile, old)); err != nil {
			return fmt.Errorf("%w: %w", ErrLockLost, err)
		}
	}
	if err := h.write(h.ctx); err != nil {
		return err
	}
	return errors.Join(h.r.remove(h.ctx, lockFile, old), h.r.landed(lockFile, old))
}

// release gives the lock up.
func (h *held) release() error {
	lost := context.Cause(h.ctx)
	h.cancel(nil)
	h.done.Wait()
	err := h.delete()
	if errors.Is(lost, ErrLockLost) {
		return errors.Join(lost, err)
	}
	return err
}

// deleteLimit is how long giving up a lock may take when everything else has
// been cancelled.
const deleteLimit = 30 * time.Second

func (h *held) delete() error {
	h.mu.Lock()
	name := h.lock.ID
	h.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), deleteLimit)
	defer cancel()
	if err := h.r.remove(ctx, lockFile, name); err != nil {
		return fmt.Errorf("unlocking the repository: %w", errors.Join(err, h.r.abandoned(lockFile, name)))
	}
	return h.r.landed(lockFile, name)
}

// wait lets time pass.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

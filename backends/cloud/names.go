package cloud

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	iofs "io/fs"
	"path"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/sync/semaphore"
)

// validName is fs.ValidPath for names that every service can have, by way of
// the library's own encoding, and that are not those of what is being stored.
func validName(name string) bool {
	return name != "." && iofs.ValidPath(name) && utf8.ValidString(name) && !strings.ContainsFunc(name, unicode.IsControl) && !isTemp(name)
}

// tempPrefix begins the names under which objects are stored first, where they
// could be seen before they are whole.
const tempPrefix = ".varve-put-"

func isTemp(name string) bool { return strings.HasPrefix(path.Base(name), tempPrefix) }

// tempName is a new name beside another.
func tempName(name string) string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails, says crypto/rand
	return path.Join(path.Dir(name), tempPrefix+hex.EncodeToString(b[:]))
}

// turns lets what changes a name happen alone, so that the look at what was
// stored sees that, and a size is that of the content behind it.
type turns struct {
	mu   sync.Mutex
	busy map[string]*turn // guarded by mu
}

// turn is one name's; the last who leaves takes it away.
type turn struct {
	room  *semaphore.Weighted
	users int // guarded by turns.mu
}

// crowd is how many may read at once.
const crowd = 1 << 20

// read waits for a turn to look at a name; change for one to change it. What
// they return ends the turn.
func (t *turns) read(ctx context.Context, name string) (func(), error) { return t.take(ctx, name, 1) }

func (t *turns) change(ctx context.Context, name string) (func(), error) {
	return t.take(ctx, name, crowd)
}

func (t *turns) take(ctx context.Context, name string, room int64) (func(), error) {
	t.mu.Lock()
	if t.busy == nil {
		t.busy = map[string]*turn{}
	}
	mine := t.busy[name]
	if mine == nil {
		mine = &turn{room: semaphore.NewWeighted(crowd)}
		t.busy[name] = mine
	}
	mine.users++
	t.mu.Unlock()
	if err := mine.room.Acquire(ctx, room); err != nil {
		t.leave(name, mine)
		return nil, err
	}
	return func() {
		mine.room.Release(room)
		t.leave(name, mine)
	}, nil
}

func (t *turns) leave(name string, mine *turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if mine.users--; mine.users == 0 {
		delete(t.busy, name)
	}
}

// cleanPath is the path of an address without slashes around it, nor doubled.
func cleanPath(p string) string {
	return strings.Trim(path.Clean("/"+p), "/")
}

package imap

import "sync"

// uploads remembers which names are being stored, and which of them were
// deleted meanwhile: then it is no fault of the server's that a mail is gone.
type uploads struct {
	mu     sync.Mutex
	byName map[string]*upload
}

type upload struct {
	users   int
	deleted bool
}

func (u *uploads) begin(name string) *upload {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.byName == nil {
		u.byName = make(map[string]*upload)
	}
	if u.byName[name] == nil {
		u.byName[name] = new(upload)
	}
	u.byName[name].users++
	return u.byName[name]
}

func (u *uploads) end(name string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if one := u.byName[name]; one.users > 1 {
		one.users--
	} else {
		delete(u.byName, name)
	}
}

func (u *uploads) noteDelete(name string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if one := u.byName[name]; one != nil {
		one.deleted = true
	}
}

func (u *uploads) wasDeleted(one *upload) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return one.deleted
}

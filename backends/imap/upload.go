package imap

import "sync"

// uploads remembers which names are being stored, and of which of them mails
// were taken away meanwhile, by a Delete or by another Put: then it is no fault
// of the server's that a mail is gone.
type uploads struct {
	mu     sync.Mutex
	byName map[string]*upload
}

type upload struct {
	users int
	taken bool
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

func (u *uploads) noteTaken(name string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if one := u.byName[name]; one != nil {
		one.taken = true
	}
}

func (u *uploads) wasTaken(one *upload) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return one.taken
}

package servers

import (
	"net/http"
	"strconv"
	"sync"
)

// stage is what all impostors have: a test may change it while they play.
type stage struct {
	mu   sync.Mutex // guards the impostor too
	full bool       // guarded by mu

	status int // what every request is answered with; 0: what it asks for; guarded by mu
}

// SetStatus makes the service answer everything with a status, as when it is
// overloaded; 0 ends that.
func (s *stage) SetStatus(status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status = status
}

// busy answers when the service is overloaded. s.mu is held.
func (s *stage) busy(w http.ResponseWriter) bool {
	if s.status != 0 {
		w.WriteHeader(s.status)
	}
	return s.status != 0
}

// SetFull makes the service refuse further files, as when a quota is reached.
func (s *stage) SetFull(full bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.full = full
}

// expiring is the stage of a service whose tokens end.
type expiring struct {
	stage
	access string // the token that is valid; guarded by mu
	fresh  int    // guarded by mu
}

// Expire makes the access token invalid.
func (s *expiring) Expire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fresh++
	s.access = "access-" + strconv.Itoa(s.fresh)
}

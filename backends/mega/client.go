package mega

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/transfer"
)

// client speaks MEGA's interface: commands in JSON, one after the other. A
// request that comes again with the same number is answered as before, so that
// one whose answer was lost is not done twice.
type client struct {
	web      *http.Client
	base     string
	user     string
	password string
	// code gets the code of the second factor; again: the last was refused.
	code func(ctx context.Context, again bool) (string, error)
	// keep, when not nil, is called with a session that a code was needed for.
	keep func(ctx context.Context, k kept) error

	turn   chan struct{} // held while a command goes on
	number uint64        // guarded by turn

	mu      sync.Mutex
	session string // guarded by mu
	master  []byte // guarded by mu
	logins  int    // guarded by mu
	lasts   bool   // the session is kept for the next time; guarded by mu
}

// kept is a session of an account with a second factor: a code is valid for half
// a minute, and nobody is there to be asked when a backup runs by itself.
type kept struct {
	Session string `json:"session"`
	Master  []byte `json:"master"`
}

// resume goes on with a session that was kept.
func (c *client) resume(k kept) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.session, c.master, c.lasts = k.Session, k.Master, true
}

func newClient(web *http.Client, base, user string) *client {
	return &client{web: web, base: base, user: strings.ToLower(user), turn: make(chan struct{}, 1), number: uint64(binary.BigEndian.Uint32(random(4)))}
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return b
}

// refusal is a number with which MEGA refuses.
type refusal int

// Those that mean something here.
const (
	errAgain      refusal = -3
	errFailed     refusal = -5
	errNotThere   refusal = -9
	errAccess     refusal = -11
	errNoSession  refusal = -15
	errBlocked    refusal = -16
	errQuota      refusal = -17
	errOverQuota  refusal = -24
	errWantsCode  refusal = -26
	errWantsEmail refusal = -13 // an account that was not confirmed
)

// Error implements error.
func (r refusal) Error() string { return fmt.Sprintf("MEGA refuses with its number %d", int(r)) }

// Unwrap says what it means for every store.
func (r refusal) Unwrap() error {
	switch r {
	case errNotThere:
		return backends.ErrNotExist
	case errAccess, errBlocked:
		return backends.ErrPermission
	case errNoSession, errWantsCode:
		return backends.ErrAuth
	case errQuota, errOverQuota:
		return backends.ErrFull
	}
	return backends.ErrTemporary
}

// command is what is asked for, in MEGA's words.
type command map[string]any

// call makes a call within the session, and begins another where that is over.
func (c *client) call(ctx context.Context, what command, into any) error {
	return c.within(ctx, func(session string) error { return c.request(ctx, session, what, into) })
}

// within runs a call with the name of the session.
func (c *client) within(ctx context.Context, call func(session string) error) error {
	c.mu.Lock()
	session, logins := c.session, c.logins
	c.mu.Unlock()
	err := call(session)
	if !errors.Is(err, errNoSession) {
		return err
	}
	c.mu.Lock()
	renewed := c.logins > logins
	c.mu.Unlock()
	if !renewed {
		if err := c.login(ctx); err != nil {
			return err
		}
	}
	c.mu.Lock()
	session = c.session
	c.mu.Unlock()
	return call(session)
}

// login begins a session.
func (c *client) login(ctx context.Context) error {
	if c.password == "" {
		return fmt.Errorf("%w: there is no password", backends.ErrAuth)
	}
	var before struct {
		Version int    `json:"v"`
		Salt    string `json:"s"`
	}
	if err := c.request(ctx, "", command{"a": "us0", "user": c.user}, &before); err != nil {
		return refused(err)
	}
	var salt []byte
	if before.Version != 1 {
		var err error
		if salt, err = decode(before.Salt); err != nil || len(salt) == 0 || before.Version != 2 {
			return fmt.Errorf("%w: accounts at MEGA of version %d", backends.ErrUnsupported, before.Version)
		}
	}
	opens, proof, err := fromPassword(c.user, c.password, salt)
	if err != nil {
		return err
	}
	var answer struct {
		Key     string `json:"k"`
		Private string `json:"privk"`
		Sealed  string `json:"csid"`
	}
	what := command{"a": "us", "user": c.user, "uh": proof}
	if salt != nil {
		what["sek"] = encode(random(block)) // for what a client keeps by itself; nothing here
	}
	coded, err := c.prove(ctx, what, &answer)
	if err != nil {
		return refused(err)
	}
	wrapped, err := decode(answer.Key)
	if err != nil || len(wrapped) != block {
		return fmt.Errorf("%w: %w", backends.ErrTemporary, errKeys)
	}
	master, err := unseal(opens, wrapped)
	if err != nil {
		return fmt.Errorf("%w: %w", backends.ErrTemporary, err)
	}
	session, err := openSession(master, answer.Private, answer.Sealed)
	if err != nil {
		return fmt.Errorf("%w: %w", backends.ErrTemporary, err)
	}
	lasts := coded && c.keep != nil
	c.mu.Lock()
	c.session, c.master, c.lasts = session, master, lasts
	c.logins++
	c.mu.Unlock()
	if lasts {
		return c.keep(ctx, kept{session, master})
	}
	return nil
}

// refused words a login that was: MEGA says the same of an account that there
// is not, and of a wrong password.
func refused(err error) error {
	switch {
	case errors.Is(err, errNotThere):
		return fmt.Errorf("%w: no such account, or another password", backends.ErrAuth)
	case errors.Is(err, errBlocked):
		return fmt.Errorf("%w: the account is blocked", err)
	case errors.Is(err, errWantsEmail):
		return fmt.Errorf("%w: the account was never confirmed", backends.ErrAuth)
	}
	return err
}

// prove shows the password's proof, and the code of the second factor where
// that is wanted. A wrong one is asked for again, twice at most.
func (c *client) prove(ctx context.Context, what command, into any) (coded bool, err error) {
	for asked := 0; ; asked++ {
		err := c.request(ctx, "", what, into)
		wrong := asked > 0 && errors.Is(err, errFailed)
		if !wrong && !errors.Is(err, errWantsCode) {
			return asked > 0, err
		}
		if asked == 3 {
			return true, fmt.Errorf("%w: the code of the second factor is another one", backends.ErrAuth)
		}
		if what["mfa"], err = c.code(ctx, wrong); err != nil {
			return true, err
		}
	}
}

// logout ends the session, where there is one that is not kept.
func (c *client) logout(ctx context.Context) error {
	c.mu.Lock()
	session, lasts := c.session, c.lasts
	c.mu.Unlock()
	if session == "" || lasts {
		return nil
	}
	var done int
	return c.request(ctx, session, command{"a": "sml"}, &done)
}

// masterKey opens the keys of files and folders.
func (c *client) masterKey() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.master
}

// A request is made so often, and pauses are so long at first.
const (
	tries = 3
	pause = 200 * time.Millisecond
)

// request makes a request of one command.
func (c *client) request(ctx context.Context, session string, what command, into any) error {
	body, err := json.Marshal([]command{what})
	if err != nil {
		return fmt.Errorf("%w: %w", backends.ErrInvalidName, err)
	}
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	c.number++
	address := fmt.Sprintf("%s/cs?id=%d", c.base, c.number)
	if session != "" {
		address += "&sid=" + session
	}
	wait := pause
	for try := 1; ; try++ {
		answer, err := c.send(ctx, address, body)
		if err == nil {
			err = read(answer, into)
		}
		if try == tries || !again(err) || ctx.Err() != nil {
			return err
		}
		if err := sleep(ctx, wait); err != nil {
			return err
		}
		wait *= 2
	}
}

// again tells of what may go well the next moment.
func again(err error) bool {
	if r, is := errors.AsType[refusal](err); is {
		return r == errAgain
	}
	_, busy := errors.AsType[*backends.BusyError](err)
	return errors.Is(err, backends.ErrTemporary) && !busy
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// largestAnswer bounds one: the largest is the list of all files.
const largestAnswer = 1 << 30

// send posts something, and works where that is wanted first.
func (c *client) send(ctx context.Context, address string, body []byte) ([]byte, error) {
	done := ""
	for worked := false; ; worked = true {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
		if err != nil {
			return nil, fmt.Errorf("%w: %w", backends.ErrConfig, bare(err))
		}
		r.Header.Set("Content-Type", "application/json")
		if done != "" {
			r.Header.Set(workHeader, done)
		}
		answer, err := c.do(r)
		if err != nil {
			return nil, err
		}
		b, err := io.ReadAll(io.LimitReader(answer.Body, largestAnswer))
		answer.Body.Close()
		if err != nil {
			return nil, broken(ctx, err)
		}
		if wanted := answer.Header.Get(workHeader); answer.StatusCode == http.StatusPaymentRequired && wanted != "" && !worked {
			if done, err = work(ctx, wanted); err != nil {
				return nil, err
			}
			continue
		}
		return b, transfer.Status(answer, "")
	}
}

// do makes a request. The caller closes the body.
func (c *client) do(r *http.Request) (*http.Response, error) {
	answer, err := c.web.Do(r)
	if err != nil {
		return nil, broken(r.Context(), err)
	}
	return answer, nil
}

// broken words an error of a connection: one that the context ended is the
// context's.
func broken(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return transfer.NetError(bare(err))
}

// bare is an error without the address of its request, which holds the session.
func bare(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

// read reads the answer to one command: what was asked for, or a number.
func read(answer []byte, into any) error {
	if r, is := asRefusal(answer); is {
		return r
	}
	var all []json.RawMessage
	if err := json.Unmarshal(answer, &all); err != nil || len(all) != 1 {
		return fmt.Errorf("%w: MEGA's answer is not understood", backends.ErrTemporary)
	}
	if r, is := asRefusal(all[0]); is {
		return r
	}
	if err := json.Unmarshal(all[0], into); err != nil {
		return fmt.Errorf("%w: MEGA's answer is not understood: %w", backends.ErrTemporary, err)
	}
	return nil
}

// asRefusal tells a number below nothing from an answer.
func asRefusal(answer []byte) (refusal, bool) {
	var n int
	if json.Unmarshal(answer, &n) == nil && n < 0 {
		return refusal(n), true
	}
	return 0, false
}

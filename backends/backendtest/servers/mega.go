package servers

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// MegaServer plays MEGA, as far as a client that stores, lists, renames and
// deletes needs it. As there, it knows neither names nor contents, two files may
// have one name, what goes wrong is told with a number below nothing, a request
// that comes again is answered as before, and what others change is told to
// whoever asks for it.
type MegaServer struct {
	*Impostor
	stage

	account  megaAccount
	sessions map[string]bool        // guarded by mu
	nodes    map[string]*megaNode   // by handle; guarded by mu
	order    []string               // of handles; guarded by mu
	uploads  map[string]*megaUpload // by what their addresses end with; guarded by mu
	whole    map[string]*megaUpload // by what stands for them when all is there; guarded by mu
	events   []any                  // guarded by mu
	news     chan struct{}          // closed when there are more; guarded by mu
	answers  map[string][]byte      // by session and number; guarded by mu
	next     int                    // guarded by mu

	failure    int    // what every command is answered with; guarded by mu
	code       string // of the second factor; guarded by mu
	work       bool   // the client has to work first; guarded by mu
	cuts       int    // how many transfers, and then how many answers, break off; guarded by mu
	forgetful  int    // how many answers to commands get lost; guarded by mu
	lie, spoil bool   // guarded by mu
	logins     int    // guarded by mu
}

// megaNode is a file or a folder, as the service describes it.
type megaNode struct {
	Handle string `json:"h"`
	Parent string `json:"p"`
	Owner  string `json:"u"`
	Type   int    `json:"t"`
	Attr   string `json:"a"`
	Key    string `json:"k"`
	Time   int64  `json:"ts"`
	Size   int64  `json:"s,omitempty"`

	body []byte
}

// megaUpload is a file on its way.
type megaUpload struct {
	size  int64
	parts map[int64][]byte
}

// Where the service is, and where contents are.
const (
	megaAPI     = "g.api.mega.co.nz"
	megaStorage = "gfs270n100.userstorage.mega.co.nz"
)

// Mega starts it, with an account as they are now (2) or were until 2018 (1).
func Mega(t testing.TB, version int) *MegaServer {
	t.Helper()
	s := &MegaServer{
		account: newMegaAccount(t, version), sessions: map[string]bool{}, nodes: map[string]*megaNode{}, uploads: map[string]*megaUpload{},
		whole: map[string]*megaUpload{}, news: make(chan struct{}), answers: map[string][]byte{},
	}
	for kind := 2; kind <= 4; kind++ {
		s.add(&megaNode{Type: kind})
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /cs", s.commands)
	mux.HandleFunc("POST /sc", s.changes)
	mux.HandleFunc("GET /wait/{number}", s.wait)
	mux.HandleFunc("POST /ul/{upload}/{offset}", s.upload)
	mux.HandleFunc("GET /dl/{handle}/{range}", s.download)
	s.Impostor = NewImpostor(t, mux, megaAPI, megaStorage)
	return s
}

// SetFailure makes the service answer every command with a number; 0 ends that.
func (s *MegaServer) SetFailure(number int) { s.set(func() { s.failure = number }) }

// SetCode gives the account a second factor; "" takes it away.
func (s *MegaServer) SetCode(code string) { s.set(func() { s.code = code }) }

// SetWork makes the client work before it is answered.
func (s *MegaServer) SetWork(work bool) { s.set(func() { s.work = work }) }

// Cut breaks so many of the next transfers off.
func (s *MegaServer) Cut(transfers int) { s.set(func() { s.cuts = transfers }) }

// Forget loses the answers to so many of the next commands, which are done.
func (s *MegaServer) Forget(answers int) { s.set(func() { s.forgetful = answers }) }

// SetLie makes the service store less than it was sent.
func (s *MegaServer) SetLie(lie bool) { s.set(func() { s.lie = lie }) }

// SetSpoil makes the service send something else than was stored.
func (s *MegaServer) SetSpoil(spoil bool) { s.set(func() { s.spoil = spoil }) }

// EndSessions ends them, as the page of the account does.
func (s *MegaServer) EndSessions() { s.set(func() { clear(s.sessions) }) }

// Sessions counts those that are open, and how often somebody logged in.
func (s *MegaServer) Sessions() (open, logins int) {
	s.set(func() { open, logins = len(s.sessions), s.logins })
	return open, logins
}

// Files counts the files, wherever they lie.
func (s *MegaServer) Files() (n int) {
	s.set(func() {
		for _, node := range s.nodes {
			if node.Type == 0 {
				n++
			}
		}
	})
	return n
}

func (s *MegaServer) set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

// megaNo is how it refuses.
type megaNo int

func (e megaNo) Error() string { return strconv.Itoa(int(e)) }

// What it refuses with.
const (
	megaArguments megaNo = -2
	megaFailed    megaNo = -5
	megaNotThere  megaNo = -9
	megaSession   megaNo = -15
	megaQuota     megaNo = -17
	megaSecond    megaNo = -26
)

// megaCommand holds what the commands may have.
type megaCommand struct {
	Name    string          `json:"a"`
	User    string          `json:"user"`
	Proof   string          `json:"uh"`
	Code    string          `json:"mfa"`
	Nodes   json.RawMessage `json:"n"`
	To      string          `json:"t"`
	Size    int64           `json:"s"`
	Attr    string          `json:"attr"`
	request *http.Request
}

// handle is the node that a command is about.
func (c *megaCommand) handle() string {
	var h string
	_ = json.Unmarshal(c.Nodes, &h) // one without is not found
	return h
}

func (s *MegaServer) commands(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client has gone
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.busy(w) {
		return
	}
	if s.work && !megaWorked(r) {
		w.Header().Set("X-Hashcash", "1:"+megaEase+":1700000000:"+megaToken)
		w.WriteHeader(http.StatusPaymentRequired)
		return
	}
	answer := s.answered(r, body)
	if s.forgetful > 0 {
		s.forgetful--
		panic(http.ErrAbortHandler)
	}
	_, _ = w.Write(answer) // the client may have gone
}

// answered is the answer to a request, the same one to the same request.
func (s *MegaServer) answered(r *http.Request, body []byte) []byte {
	if s.failure != 0 {
		return fmt.Append(nil, s.failure)
	}
	number := r.URL.Query().Get("sid") + " " + r.URL.Query().Get("id")
	if s.answers[number] == nil {
		s.answers[number] = s.all(r, body)
	}
	return s.answers[number]
}

// all answers the commands of a request.
func (s *MegaServer) all(r *http.Request, body []byte) []byte {
	var commands []*megaCommand
	if json.Unmarshal(body, &commands) != nil {
		return fmt.Append(nil, int(megaArguments))
	}
	answers := []any{}
	for _, c := range commands {
		c.request = r
		answer, no := s.one(c)
		if no == megaSession {
			return fmt.Append(nil, int(no))
		}
		if no != 0 {
			answer = int(no)
		}
		answers = append(answers, answer)
	}
	text, _ := json.Marshal(answers) // always possible
	return text
}

func (s *MegaServer) one(c *megaCommand) (any, megaNo) {
	switch c.Name {
	case "us0":
		return s.before(c)
	case "us":
		return s.login(c)
	}
	if sid := c.request.URL.Query().Get("sid"); !s.sessions[sid] {
		return nil, megaSession
	}
	call := map[string]func(*megaCommand) (any, megaNo){
		"f": s.tree, "u": s.begin, "p": s.put, "g": s.get, "d": s.remove, "a": s.rename, "m": s.move, "uq": s.quota, "sml": s.logout,
	}[c.Name]
	if call == nil {
		return nil, megaArguments
	}
	return call(c)
}

func (s *MegaServer) before(c *megaCommand) (any, megaNo) {
	switch {
	case c.User != MegaUser:
		return nil, megaNotThere
	case s.account.version == 1:
		return map[string]any{"v": 1}, 0
	}
	return map[string]any{"v": 2, "s": megaText(s.account.salt)}, 0
}

func (s *MegaServer) login(c *megaCommand) (any, megaNo) {
	switch {
	case c.User != MegaUser || c.Proof != s.account.proof:
		return nil, megaNotThere
	case s.code != "" && c.Code == "":
		return nil, megaSecond
	case s.code != c.Code && s.code != "":
		return nil, megaFailed
	}
	id, sealed := s.account.session()
	s.sessions[id] = true
	s.logins++
	return map[string]any{"u": megaOwner, "k": s.account.wrapped, "privk": s.account.private, "csid": sealed, "ach": 1}, 0
}

func (s *MegaServer) logout(c *megaCommand) (any, megaNo) {
	delete(s.sessions, c.request.URL.Query().Get("sid"))
	return 0, 0
}

func (s *MegaServer) tree(*megaCommand) (any, megaNo) {
	nodes := []*megaNode{}
	for _, h := range s.order {
		nodes = append(nodes, s.nodes[h])
	}
	return map[string]any{"f": nodes, "ok": []any{}, "s": []any{}, "u": []any{}, "sn": s.sn()}, 0
}

// sn is how much of what changed somebody knows who knows all.
func (s *MegaServer) sn() string { return fmt.Sprintf("%011d", len(s.events)) }

func (s *MegaServer) add(n *megaNode) {
	s.next++
	n.Handle, n.Owner, n.Time = fmt.Sprintf("h%07d", s.next), megaOwner, time.Now().Unix()
	s.nodes[n.Handle] = n
	s.order = append(s.order, n.Handle)
}

// tell tells of a change.
func (s *MegaServer) tell(event map[string]any) {
	s.events = append(s.events, event)
	close(s.news)
	s.news = make(chan struct{})
}

func (s *MegaServer) begin(c *megaCommand) (any, megaNo) {
	if s.full {
		return nil, megaQuota
	}
	s.next++
	id := fmt.Sprintf("u%d", s.next)
	s.uploads[id] = &megaUpload{size: c.Size, parts: map[int64][]byte{}}
	return map[string]any{"p": "https://" + megaStorage + "/ul/" + id}, 0
}

// megaBounds tells that a place in a file is one between the pieces that it is
// summed by.
func megaBounds(at, size int64) bool {
	if at == size {
		return true
	}
	var place int64
	for i := int64(1); place < at; i++ {
		place += min(i, 8) << 17
	}
	return place == at
}

// upload takes a piece of a file. Which of them is the last, the service finds
// out.
func (s *MegaServer) upload(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client has gone
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cut()
	if s.busy(w) {
		return
	}
	u := s.uploads[r.PathValue("upload")]
	at, err := strconv.ParseInt(r.PathValue("offset"), 10, 64)
	switch {
	case u == nil:
		_, _ = io.WriteString(w, "-8") // the client may have gone; and below
		return
	case err != nil, !megaBounds(at, u.size), !megaBounds(at+int64(len(body)), u.size):
		_, _ = io.WriteString(w, "-7")
		return
	}
	u.parts[at] = body
	have := int64(0)
	for _, p := range u.parts {
		have += int64(len(p))
	}
	if have == u.size {
		s.next++
		token := fmt.Sprintf("%036d", s.next)
		s.whole[token] = u
		delete(s.uploads, r.PathValue("upload"))
		_, _ = io.WriteString(w, token)
	}
}

// cut breaks a transfer off, where that is wanted.
func (s *MegaServer) cut() {
	if s.cuts > 0 {
		s.cuts--
		panic(http.ErrAbortHandler)
	}
}

// put makes a file of what was uploaded, or a folder.
func (s *MegaServer) put(c *megaCommand) (any, megaNo) {
	var wanted []struct {
		Handle string `json:"h"`
		Type   int    `json:"t"`
		Attr   string `json:"a"`
		Key    string `json:"k"`
	}
	if json.Unmarshal(c.Nodes, &wanted) != nil || len(wanted) != 1 {
		return nil, megaArguments
	}
	n := &megaNode{Parent: c.To, Type: wanted[0].Type, Attr: wanted[0].Attr, Key: megaOwner + ":" + wanted[0].Key}
	switch parent := s.nodes[c.To]; {
	case parent == nil, parent.Type == 0:
		return nil, megaNotThere
	case n.Type == 1:
	case s.full:
		return nil, megaQuota
	default:
		u := s.whole[wanted[0].Handle]
		if u == nil {
			return nil, megaNotThere
		}
		n.body = u.content()
		if s.lie && len(n.body) > 0 {
			n.body = n.body[1:]
		}
		n.Size = int64(len(n.body))
	}
	s.add(n)
	s.tell(map[string]any{"a": "t", "t": map[string]any{"f": []*megaNode{n}}, "ou": megaOwner})
	return map[string]any{"f": []*megaNode{n}}, 0
}

func (u *megaUpload) content() (body []byte) {
	for _, at := range slices.Sorted(func(yield func(int64) bool) {
		for at := range u.parts {
			if !yield(at) {
				return
			}
		}
	}) {
		body = append(body, u.parts[at]...)
	}
	return body
}

func (s *MegaServer) get(c *megaCommand) (any, megaNo) {
	n := s.nodes[c.handle()]
	if n == nil || n.Type != 0 {
		return nil, megaNotThere
	}
	return map[string]any{"g": "https://" + megaStorage + "/dl/" + n.Handle, "s": n.Size, "at": n.Attr}, 0
}

func (s *MegaServer) download(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cut()
	if s.busy(w) {
		return
	}
	n := s.nodes[r.PathValue("handle")]
	first, last, _ := strings.Cut(r.PathValue("range"), "-")
	from, err := strconv.Atoi(first)
	to, err2 := strconv.Atoi(last)
	if n == nil || cmp.Or(err, err2) != nil || from < 0 || from > to || to >= len(n.body) {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	body := slices.Clone(n.body[from : to+1])
	if s.spoil {
		body[0] ^= 1
	}
	_, _ = w.Write(body) // the client may have gone
}

// remove deletes a node, and what is in it.
func (s *MegaServer) remove(c *megaCommand) (any, megaNo) {
	n := s.nodes[c.handle()]
	if n == nil {
		return nil, megaNotThere
	}
	s.drop(n.Handle)
	s.tell(map[string]any{"a": "d", "n": n.Handle, "ou": megaOwner})
	return 0, 0
}

func (s *MegaServer) drop(handle string) {
	delete(s.nodes, handle)
	s.order = slices.DeleteFunc(s.order, func(h string) bool { return h == handle })
	for _, n := range s.nodes {
		if n.Parent == handle {
			s.drop(n.Handle)
		}
	}
}

func (s *MegaServer) rename(c *megaCommand) (any, megaNo) {
	n := s.nodes[c.handle()]
	if n == nil {
		return nil, megaNotThere
	}
	n.Attr = c.Attr
	s.tell(map[string]any{"a": "u", "n": n.Handle, "u": megaOwner, "at": n.Attr, "ts": n.Time})
	return 0, 0
}

func (s *MegaServer) move(c *megaCommand) (any, megaNo) {
	n, to := s.nodes[c.handle()], s.nodes[c.To]
	if n == nil || to == nil || to.Type == 0 {
		return nil, megaNotThere
	}
	n.Parent = to.Handle
	s.tell(map[string]any{"a": "d", "n": n.Handle, "m": 1, "ou": megaOwner})
	s.tell(map[string]any{"a": "t", "t": map[string]any{"f": []*megaNode{n}}, "ou": megaOwner})
	return 0, 0
}

func (s *MegaServer) quota(*megaCommand) (any, megaNo) {
	var used int64
	for _, n := range s.nodes {
		used += n.Size
	}
	return map[string]any{"mstrg": int64(megaSpace), "cstrg": used}, 0
}

// changes tells what changed since somebody asked, or where to wait for it.
func (s *MegaServer) changes(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.busy(w) {
		return
	}
	known, err := strconv.Atoi(r.URL.Query().Get("sn"))
	switch {
	case s.failure != 0:
		_, _ = fmt.Fprint(w, s.failure) // the client may have gone; and below
	case !s.sessions[r.URL.Query().Get("sid")]:
		_, _ = fmt.Fprint(w, int(megaSession))
	case err != nil || known > len(s.events):
		_, _ = fmt.Fprint(w, int(megaArguments))
	case known == len(s.events):
		reply(w, http.StatusOK, map[string]any{"w": "https://" + megaAPI + "/wait/" + s.sn()})
	default:
		reply(w, http.StatusOK, map[string]any{"a": s.events[known:], "sn": s.sn()})
	}
}

// wait ends when something changes.
func (s *MegaServer) wait(_ http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	news, seen := s.news, s.sn()
	s.mu.Unlock()
	if seen != r.PathValue("number") {
		return
	}
	select {
	case <-news:
	case <-r.Context().Done():
	}
}

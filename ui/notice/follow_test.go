package notice

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/session"
)

// world is a session and a desktop as a test wants them.
type world struct {
	mu       sync.Mutex
	states   map[int64]session.JobState
	choice   string
	rest     time.Time
	told     map[int64]settings.Told
	watching bool
	listener func()

	shown   map[uint32]Notice
	last    uint32
	fail    error
	log     []string // what was shown and taken back
	answers chan Answer
}

func newWorld() *world {
	return &world{states: map[int64]session.JobState{}, told: map[int64]settings.Told{}, shown: map[uint32]Notice{}, answers: make(chan Answer)}
}

func (w *world) Jobs(context.Context) (all []session.JobState, _ error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(w.states)) {
		all = append(all, w.states[id])
	}
	return all, nil
}

func (w *world) PausedUntil(context.Context) time.Time                  { return w.rest }
func (w *world) Preference(_ context.Context, _ string) (string, error) { return w.choice, nil }
func (w *world) Listen(f func())                                        { w.listener = f }

func (w *world) Told(context.Context) (all []settings.Told, _ error) {
	for _, t := range w.told {
		all = append(all, t)
	}
	return all, nil
}

func (w *world) SetTold(_ context.Context, t settings.Told) error {
	if t.State == "" {
		delete(w.told, t.Job)
	} else {
		w.told[t.Job] = t
	}
	return nil
}

func (w *world) Tell(_ context.Context, before uint32, n Notice) (uint32, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fail != nil {
		return 0, w.fail
	}
	delete(w.shown, before)
	w.last++
	w.shown[w.last] = n
	w.log = append(w.log, n.Title)
	return w.last, nil
}

func (w *world) Withdraw(_ context.Context, id uint32) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if n, ok := w.shown[id]; ok {
		w.log = append(w.log, "- "+n.Title)
	}
	delete(w.shown, id)
	return nil
}

func (w *world) Answers() <-chan Answer { return w.answers }

func (w *world) note(what string) func(int64, string) {
	return func(job int64, token string) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.log = append(w.log, fmt.Sprintf("%s %d %s", what, job, token))
	}
}

func (w *world) config() Config {
	return Config{Jobs: w, Service: w, Watching: func() bool { return w.watching }, BackUp: w.note("back up"), Show: w.note("show")}
}

// set changes a job.
func (w *world) set(id int64, h session.Health) {
	w.mu.Lock()
	w.states[id] = session.JobState{
		Job: settings.Job{ID: id, Name: fmt.Sprintf("Job%d", id)}, Health: h, LastGood: time.Now(), Runs: []settings.Run{{Sentence: "The place is full."}},
	}
	w.mu.Unlock()
}

// follow runs Follow in a bubble of synctest. expect waits, and compares what
// happened since the last call.
func (w *world) follow(t *testing.T) (expect func(want ...string), end func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		Follow(ctx, w.config())
	}()
	synctest.Wait()
	return func(want ...string) {
			t.Helper()
			w.listener()
			synctest.Wait()
			w.mu.Lock() // Follow wakes up by itself, too
			defer w.mu.Unlock()
			if !slices.Equal(w.log, want) {
				t.Errorf("got  %q\nwant %q", w.log, want)
			}
			w.log = nil
		}, func() {
			cancel()
			<-done
		}
}

func (w *world) press(a Act) {
	w.answers <- Answer{ID: w.last, Act: a, Token: "token"}
	synctest.Wait()
}

// A change is told once, across restarts, and taken back when it is over.
func TestChangesAreTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.set(1, session.Protected)
		w.set(2, session.Protected)
		expect, end := w.follow(t)
		expect()
		w.set(1, session.Unprotected)
		expect("Job1 is not protected")
		w.set(1, session.Busy)
		expect()
		w.set(1, session.Unprotected)
		expect()
		end()
		if len(w.shown) > 0 {
			t.Errorf("%v is shown when nobody hears its buttons any more", w.shown)
		}
		w.log = nil
		expect, end = w.follow(t)
		expect()
		w.set(2, session.Damaged)
		expect("What is stored of Job2 is damaged")
		w.set(1, session.Protected)
		expect("Job1 is protected again")
		delete(w.states, 2)
		expect("- What is stored of Job2 is damaged")
		w.choice = string(None)
		expect("- Job1 is protected again")
		w.set(1, session.Unprotected)
		expect()
		w.choice = string(All)
		expect() // it counts as told
		end()
	})
}

// What a start of the machine mends by itself is not told.
func TestLatenessIsToldWithPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.set(1, session.Late)
		expect, end := w.follow(t)
		defer end()
		time.Sleep(patience - time.Second)
		expect()
		w.set(1, session.Protected)
		expect()
		w.set(1, session.Late)
		time.Sleep(patience + lookAgain)
		expect("Job1 is late")
		w.set(1, session.Protected)
		expect("Job1 is protected again")
	})
}

func TestButtons(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.set(1, session.Unprotected)
		expect, end := w.follow(t)
		defer end()
		w.press("nonsense of another program")
		expect("Job1 is not protected", "- Job1 is not protected", "show 1 token")
		w.press(BackUp) // of a notice that is gone
		expect()
		w.set(1, session.Protected)
		expect("Job1 is protected again")
		w.set(1, session.Unprotected)
		expect("Job1 is not protected")
		w.press(BackUp)
		expect("- Job1 is not protected", "back up 1 token")
		w.set(1, session.Damaged)
		expect("What is stored of Job1 is damaged")
		w.press(Later)
		expect("- What is stored of Job1 is damaged")
		time.Sleep(laterFor - time.Minute)
		expect()
		time.Sleep(2 * time.Minute)
		expect("What is stored of Job1 is damaged")
		time.Sleep(2 * laterFor)
		expect()
		w.press("") // it was closed
		w.set(1, session.Protected)
		expect("Job1 is protected again")
		w.press(Later)
		expect("- Job1 is protected again")
		time.Sleep(2 * laterFor)
		expect()
	})
}

// A service that does not take a notice gets it later.
func TestServiceThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.fail = errors.New("no such service")
		w.set(1, session.Unprotected)
		expect, end := w.follow(t)
		defer end()
		expect()
		w.fail = nil
		expect()
		time.Sleep(pauseAfterFailure + lookAgain)
		expect("Job1 is not protected")
		w.answers <- Answer{Lost: true}
		synctest.Wait()
		w.set(1, session.Protected)
		w.watching = true
		expect() // there is nothing to take back any more
	})
}

func TestCompose(t *testing.T) {
	now := time.Now()
	j := session.JobState{Job: settings.Job{Name: "Let\x1bters\xff", Held: "No version was made for 5 weeks."}, LastGood: now.Add(-12 * time.Minute)}
	j.Proof.Sentence = "A file is gone."
	for s, want := range map[State]string{
		Late:        "is late|Nothing was saved since ",
		Passphrase:  "waits for its passphrase|Nothing is saved before",
		Unprotected: "is not protected|The last run did not make a version. Last version 12 minutes ago.",
		Question:    "were not removed|No version was made for 5 weeks.",
		Damaged:     "is damaged|A file is gone.",
		Again:       "is protected again|Last version 12 minutes ago.",
	} {
		n := Compose(&j, s, now)
		if got := n.Title + "|" + n.Body; !strings.Contains(got, want) || strings.Contains(got, "\x1b") || !utf8.ValidString(got) {
			t.Errorf("%s: got %q, want %q", s, got, want)
		}
		if !slices.ContainsFunc(n.Buttons, func(b Button) bool { return b.Act == Show }) {
			t.Errorf("%s: there is nothing to show it", s)
		}
	}
	j.Runs, j.LastGood = []settings.Run{{Sentence: "The place is full."}}, time.Time{}
	if got := Compose(&j, Unprotected, now).Body; got != "The place is full. There is no version yet." {
		t.Errorf("got %q", got)
	}
}

// FuzzFollow lets jobs, persons and desktops do anything, and holds the notices
// to their promises.
func FuzzFollow(f *testing.F) {
	f.Add([]byte("unprotected, fine, late, restart"))
	f.Add([]byte{1, 9, 17, 1, 60, 61, 62, 63, 30, 31, 200, 7, 7, 130})
	f.Fuzz(play)
}

// TestFollowAtRandom is the same without being told where to look.
func TestFollowAtRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		moves := make([]byte, 200)
		for i := range moves {
			moves[i] = byte(r.Uint32())
			if r.IntN(3) > 0 { // states change most of the time
				moves[i] = byte(r.IntN(16))
			}
		}
		play(t, moves)
	}
}

func play(t *testing.T, moves []byte) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		fo := newFollower(w.config())
		for _, m := range moves[:min(len(moves), 200)] {
			if w.move(t.Context(), fo, m) {
				fo.part(t.Context())
				fo = newFollower(w.config())
			}
			told := maps.Clone(w.told)
			w.log = nil
			fo.look(t.Context())
			w.check(t, fo, told)
		}
	})
}

// move does one of the things that may happen, and tells whether the program is
// started anew.
func (w *world) move(ctx context.Context, fo *follower, m byte) (restart bool) {
	job := int64(1 + m%2)
	switch what := m >> 1; {
	case what < 64:
		w.set(job, session.Health(what%8))
		if what >= 32 {
			j := w.states[job]
			j.Held = "Look."
			w.states[job] = j
		}
	case what < 70:
		delete(w.states, job)
	case what < 76:
		w.watching = !w.watching
	case what < 82:
		w.choice = []string{"", "all", "problems", "none"}[what%4]
	case what < 88:
		w.fail = nil
		if job == 2 {
			w.fail = errors.New("no such service")
		}
	case what < 94:
		w.shown = map[uint32]Notice{}
		fo.answer(ctx, Answer{Lost: true})
	case what < 106:
		time.Sleep(time.Duration(what-93) * 30 * time.Minute)
	case what < 124:
		a := Answer{ID: fo.live[job], Act: []Act{BackUp, Show, Later, ""}[what%4]}
		if a.Act == "" {
			delete(w.shown, a.ID)
		}
		fo.answer(ctx, a)
	default:
		return true
	}
	return false
}

// check holds what is shown to the promises: one notice at most for a job, which
// is true; none while the person looks or wants none; and none that was told
// already, unless the person wanted it later.
func (w *world) check(t *testing.T, fo *follower, told map[int64]settings.Told) {
	t.Helper()
	of := map[string]Notice{}
	for _, n := range w.shown {
		for id := range 3 {
			name := fmt.Sprintf("Job%d", id)
			if !strings.Contains(n.Title, name) {
				continue
			}
			if before, double := of[name]; double {
				t.Fatalf("two notices for a job: %q and %q", before.Title, n.Title)
			}
			of[name] = n
			j, there := w.states[int64(id)]
			s := fo.told[int64(id)].State
			if want := Compose(&j, cmp.Or(s, Again), time.Now()).Title; !there || n.Title != want {
				t.Fatalf("%q is shown, and %q is so", n.Title, s)
			}
		}
	}
	for _, title := range w.log {
		if strings.HasPrefix(title, "- ") {
			continue
		}
		if w.watching || w.choice == string(None) {
			t.Fatalf("%q was shown to somebody who looks or does not want it", title)
		}
		for id, before := range told {
			j := w.states[id]
			if j.ID != 0 && title == Compose(&j, State(before.State), time.Now()).Title && (before.Again.IsZero() || before.Again.After(time.Now())) {
				t.Fatalf("%q was told twice", title)
			}
		}
	}
	if w.choice == string(None) && len(w.shown) > 0 {
		t.Fatalf("%v are shown to somebody who wants none", w.shown)
	}
	for id, s := range fo.told {
		if kept := w.told[id]; kept.State != string(s.State) || !kept.Again.Equal(s.Again) {
			t.Fatalf("%+v is kept of job %d, want %+v", kept, id, s)
		}
	}
}

package tray

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"github.com/varve-backup/varve/engine/schedule"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/session"
)

// panel is an application with a tray that shows nothing.
type panel struct {
	fyne.App
	tray    *Tray
	now     time.Time
	opened  chan struct{}
	menu    *fyne.Menu
	icon    string
	tooltip string
	built   int
	icons   int
}

func (p *panel) SetSystemTrayMenu(m *fyne.Menu)    { p.menu, p.built = m, p.built+1 }
func (p *panel) SetSystemTrayIcon(r fyne.Resource) { p.icon, p.icons = r.Name(), p.icons+1 }
func (p *panel) SetSystemTrayWindow(_ fyne.Window) {}
func (p *panel) labels() []string {
	var out []string
	for _, i := range p.menu.Items {
		switch {
		case i.IsSeparator:
			out = append(out, "-")
		case i.Disabled:
			out = append(out, "("+i.Label+")")
		default:
			out = append(out, i.Label)
		}
	}
	return out
}

// choose clicks a line of the menu.
func (p *panel) choose(t *testing.T, label string) {
	t.Helper()
	at := slices.IndexFunc(p.menu.Items, func(i *fyne.MenuItem) bool { return i.Label == label })
	if at < 0 {
		t.Fatalf("the menu has no %q: %v", label, p.labels())
	}
	p.menu.Items[at].Action()
}

// jobs is a session that does nothing but tell what it was asked.
type jobs struct {
	states    []session.JobState
	err       error
	rest      time.Time
	listeners []func()
	asked     []string
}

func (j *jobs) Jobs(context.Context) ([]session.JobState, error) { return j.states, j.err }
func (j *jobs) Listen(f func())                                  { j.listeners = append(j.listeners, f) }
func (j *jobs) PausedUntil(context.Context) time.Time            { return j.rest }

func (j *jobs) Pause(id int64, paused bool) {
	j.asked = append(j.asked, fmt.Sprint("pause ", id, " ", paused))
}

func (j *jobs) PauseAll(_ context.Context, until time.Time) error {
	j.rest = until
	j.asked = append(j.asked, "pause until "+until.Format("15:04"))
	j.set(j.states...)
	return j.err
}

// set changes the states and tells of it.
func (j *jobs) set(states ...session.JobState) {
	j.states = states
	for _, f := range j.listeners {
		f()
	}
}

// now is noon.
var now = time.Date(2026, 11, 21, 12, 0, 0, 0, time.Local)

func state(id int64, name string, h session.Health) session.JobState {
	return session.JobState{Job: settings.Job{ID: id, Name: name}, Health: h, LastGood: now.Add(-12 * time.Minute)}
}

func show(t *testing.T, j *jobs) *panel {
	t.Helper()
	p := &panel{App: test.NewTempApp(t), now: now, opened: make(chan struct{})}
	p.tray = Show(p, Config{
		Jobs: j, Context: t.Context(), Do: func(f func()) { f() },
		Beside:  func(f func()) { f() },
		Open:    func() { j.asked = append(j.asked, "open") },
		BackUp:  func(id int64) { j.asked = append(j.asked, fmt.Sprint("back up ", id)) },
		Quit:    func() { j.asked = append(j.asked, "quit") },
		Fail:    func(err error) { j.asked = append(j.asked, "fail "+err.Error()) },
		Tooltip: func(s string) { p.tooltip = s },
		Opened:  p.opened,
		Now:     func() time.Time { return p.now },
	})
	return p
}

func TestMenuFollowsTheJobs(t *testing.T) {
	letters := func(h session.Health) session.JobState { return state(1, "Letters", h) }
	films := func(h session.Health) session.JobState { return state(2, "Films_2", h) }
	const pauses = "|-|Pause for 1 hour|Pause until tomorrow|-|Open Varve|Quit"
	for _, row := range []struct {
		name string
		jobs []session.JobState
		rest time.Time
		menu string
	}{
		{"none", nil, time.Time{}, "No backup is set up yet|-|Open Varve|Quit"},
		{"one", []session.JobState{letters(session.Protected)}, time.Time{}, "Protected · last version 12 minutes ago|-|Back up Letters" + pauses},
		{"running", []session.JobState{letters(session.Busy)}, time.Time{}, "Backing up · last version 12 minutes ago|-|(Back up Letters)" + pauses},
		{
			"a run halted",
			[]session.JobState{letters(session.Paused)},
			time.Time{},
			"The backup is paused · last version 12 minutes ago|-|(Back up Letters)|Go on with Letters" + pauses,
		},
		{
			"two",
			[]session.JobState{letters(session.Late), films(session.Busy)},
			time.Time{},
			"Backing up Films__2 · last version 12 minutes ago|-|Back up Letters|(Back up Films__2)" + pauses,
		},
		{
			"all paused",
			[]session.JobState{letters(session.Late), films(session.Paused)},
			now.Add(time.Hour),
			"Paused until 13:00 · last version 12 minutes ago|-|Back up Letters|(Back up Films__2)|-|Go on|-|Open Varve|Quit",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			j := &jobs{rest: row.rest}
			p := show(t, j)
			j.set(row.jobs...)
			if got := strings.Join(p.labels(), "|"); got != row.menu {
				t.Errorf("got  %s\nwant %s", got, row.menu)
			}
		})
	}
}

func TestShapeAndWordsTellTheWorst(t *testing.T) {
	letters := func(h session.Health) session.JobState { return state(1, "Letters", h) }
	films := func(h session.Health) session.JobState {
		j := state(2, "Films", h)
		j.LastGood = now.Add(-72 * time.Hour)
		return j
	}
	with := func(j session.JobState, change func(*session.JobState)) session.JobState {
		change(&j)
		return j
	}
	waiting := func(w schedule.Wait) func(*session.JobState) {
		return func(j *session.JobState) { j.Timing.Cause, j.Timing.Waits = schedule.Slot, []schedule.Wait{w} }
	}
	for _, row := range []struct {
		name        string
		jobs        []session.JobState
		err         error
		rest        time.Time
		shape, line string
	}{
		{"none", nil, nil, time.Time{}, "idle", "No backup is set up yet"},
		{"all fine", []session.JobState{films(session.Protected), letters(session.Protected)}, nil, time.Time{}, "idle", "Protected · last version 12 minutes ago"},
		{
			"exceptions",
			[]session.JobState{letters(session.Protected), films(session.Attention)},
			nil,
			time.Time{},
			"late", "Films is protected, with exceptions · last version Wed 18 Nov 12:00",
		},
		{"not finished", []session.JobState{letters(session.Unfinished)}, nil, time.Time{}, "late", "Not finished · last version 12 minutes ago"},
		{"late", []session.JobState{films(session.Late)}, nil, time.Time{}, "late", "Late · last version Wed 18 Nov 12:00"},
		{
			"waits",
			[]session.JobState{with(films(session.Protected), waiting(schedule.Drive))},
			nil,
			time.Time{},
			"late", "Protected, and waiting · last version Wed 18 Nov 12:00",
		},
		{
			"waits for its own run",
			[]session.JobState{with(films(session.Protected), waiting(schedule.Running))},
			nil,
			time.Time{},
			"idle", "Protected · last version Wed 18 Nov 12:00",
		},
		{
			"a question",
			[]session.JobState{with(letters(session.Protected), func(j *session.JobState) { j.Held = "Look." })},
			nil,
			time.Time{},
			"late", "Protected, and a question waits · last version 12 minutes ago",
		},
		{
			"unprotected",
			[]session.JobState{letters(session.Attention), with(films(session.Unprotected), func(j *session.JobState) { j.LastGood = time.Time{} })},
			nil,
			time.Time{},
			"broken", "Films is not protected · no version yet",
		},
		{
			"damaged while another runs",
			[]session.JobState{films(session.Busy), letters(session.Damaged)},
			nil,
			time.Time{},
			"broken", "What is stored of Letters is damaged · last version 12 minutes ago",
		},
		{
			"a run halted while another runs",
			[]session.JobState{films(session.Busy), letters(session.Paused)},
			nil,
			time.Time{},
			"paused", "The backup of Letters is paused · last version 12 minutes ago",
		},
		{
			"paused until tomorrow",
			[]session.JobState{with(letters(session.Late), waiting(schedule.Paused))},
			nil, session.Tomorrow(now),
			"paused", "Paused until tomorrow at 06:00 · last version 12 minutes ago",
		},
		{"paused for good", []session.JobState{letters(session.Paused)}, nil, session.ForGood(), "paused", "Paused until you go on · last version 12 minutes ago"},
		{"runs in a pause", []session.JobState{letters(session.Busy)}, nil, session.ForGood(), "running-1", "Backing up · last version 12 minutes ago"},
		{"broken in a pause", []session.JobState{letters(session.Unprotected)}, nil, session.ForGood(), "broken", "Not protected · last version 12 minutes ago"},
		{"no settings", nil, errors.New("the settings are gone"), time.Time{}, "broken", "The settings cannot be read"},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := show(t, &jobs{states: row.jobs, err: row.err, rest: row.rest})
			if got := p.icon; got != "tray-"+row.shape+".svg" {
				t.Errorf("got %s, want %s", got, row.shape)
			}
			if got := p.labels()[0]; got != row.line || p.tooltip != "Varve: "+row.line {
				t.Errorf("got  %s\nand  %s\nwant %s", got, p.tooltip, row.line)
			}
		})
	}
}

func TestMenuDoesWhatItSays(t *testing.T) {
	j := &jobs{states: []session.JobState{state(7, "Letters", session.Protected)}}
	p := show(t, j)
	p.choose(t, "Protected · last version 12 minutes ago")
	p.choose(t, "Open Varve")
	p.choose(t, "Back up Letters")
	j.set(state(7, "Letters", session.Paused))
	p.choose(t, "Go on with Letters")
	p.choose(t, "Pause for 1 hour")
	p.choose(t, "Go on")
	p.choose(t, "Pause until tomorrow")
	p.choose(t, "Quit")
	want := []string{"open", "open", "back up 7", "pause 7 false", "pause until 13:00", "pause until 00:00", "pause until 06:00", "quit"}
	if !slices.Equal(j.asked, want) {
		t.Errorf("asked %q, want %q", j.asked, want)
	}
	j.err = errors.New("the disk is full")
	j.rest = time.Time{}
	j.set(state(7, "Letters", session.Protected))
	j.asked = nil
	p.tray.pause(now)
	if !slices.Contains(j.asked, "fail the disk is full") {
		t.Errorf("asked %q when a pause fails", j.asked)
	}
}

// A menu that is open closes when it is replaced.
func TestMenuIsNotReplacedByItsLike(t *testing.T) {
	j := &jobs{states: []session.JobState{state(1, "Letters", session.Protected)}}
	p := show(t, j)
	builds := func(n int, when string) {
		t.Helper()
		if p.built != n {
			t.Errorf("the menu was built %d times %s, want %d", p.built, when, n)
		}
	}
	j.set(state(1, "Letters", session.Protected))
	builds(1, "without a change")
	j.set(state(1, "Post", session.Protected))
	builds(2, "after a change")
	p.tray.opened = p.now
	p.now, j.states[0].LastGood = p.now.Add(25*time.Second), now.Add(-time.Hour)
	p.tray.update()
	builds(2, "for an age, when it may be open")
	if want := "Varve: Protected · last version 60 minutes ago"; p.tooltip != want {
		t.Errorf("the tooltip is %q then, want %q", p.tooltip, want)
	}
	p.now = p.now.Add(10 * time.Second)
	p.tray.update()
	builds(3, "for an age, later")
}

// The icon moves while something runs, at most twice a second, and ages grow.
func TestIconMovesWhileSomethingRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &jobs{states: []session.JobState{state(1, "Letters", session.Protected)}}
		ctx, end := context.WithCancel(t.Context())
		p := &panel{opened: make(chan struct{})}
		var mu sync.Mutex // is the main loop
		do := func(f func()) {
			mu.Lock()
			defer mu.Unlock()
			f()
		}
		p.tray = Show(p, Config{Jobs: j, Context: ctx, Do: do, Opened: p.opened})
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			p.tray.Follow()
		}()
		pass := func(d time.Duration) (icons, builds int, icon string) {
			do(func() { icons, builds = p.icons, p.built })
			time.Sleep(d)
			synctest.Wait()
			do(func() { icons, builds, icon = p.icons-icons, p.built-builds, p.icon })
			return icons, builds, icon
		}
		pass(time.Second)
		if icons, _, _ := pass(10 * time.Second); icons > 0 {
			t.Errorf("the icon was set %d times with nothing to do", icons)
		}
		j.set(state(1, "Letters", session.Busy))
		seen := map[string]bool{}
		for range 12 {
			icons, _, icon := pass(500 * time.Millisecond)
			if icons > 1 {
				t.Errorf("%d pictures in half a second", icons)
			}
			seen[icon] = true
		}
		if len(seen) != 3 {
			t.Errorf("it showed %v while something ran", seen)
		}
		j.set(state(1, "Letters", session.Protected))
		if icons, _, icon := pass(10 * time.Second); icons > 0 || icon != "tray-idle.svg" {
			t.Errorf("the icon was set %d times afterwards, and is %s", icons, icon)
		}
		do(func() { j.states[0].LastGood = time.Now().Add(-time.Minute) })
		if _, builds, _ := pass(5 * time.Minute); builds < 5 {
			t.Errorf("the age was told %d times in 5 minutes", builds)
		}
		p.opened <- struct{}{}
		synctest.Wait()
		if p.tray.opened.IsZero() {
			t.Error("it does not know that the menu was opened")
		}
		end()
		<-ended
	})
}

// The driver without a screen has no tray.
func TestApplicationWithoutTray(t *testing.T) {
	j := &jobs{}
	Show(struct{ fyne.App }{test.NewTempApp(t)}, Config{Jobs: j, Context: t.Context()}).Follow()
	if len(j.listeners) > 0 {
		t.Error("it listens for nothing")
	}
}

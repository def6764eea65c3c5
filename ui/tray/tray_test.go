package tray

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/session"
)

// panel is an application with a tray that shows nothing.
type panel struct {
	fyne.App
	menu  *fyne.Menu
	icon  string
	built int
}

func (p *panel) SetSystemTrayMenu(m *fyne.Menu)    { p.menu, p.built = m, p.built+1 }
func (p *panel) SetSystemTrayIcon(r fyne.Resource) { p.icon = r.Name() }
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
	listeners []func()
	asked     []string
}

func (j *jobs) Jobs(context.Context) ([]session.JobState, error) { return j.states, j.err }
func (j *jobs) Listen(f func())                                  { j.listeners = append(j.listeners, f) }
func (j *jobs) Pause(id int64, paused bool) {
	j.asked = append(j.asked, fmt.Sprint("pause ", id, " ", paused))
}

// set changes the states and tells of it.
func (j *jobs) set(states ...session.JobState) {
	j.states = states
	for _, f := range j.listeners {
		f()
	}
}

func state(id int64, name string, h session.Health) session.JobState {
	return session.JobState{Job: settings.Job{ID: id, Name: name}, Health: h}
}

func show(t *testing.T, j *jobs) *panel {
	t.Helper()
	p := &panel{App: test.NewTempApp(t)}
	Show(p, Config{
		Jobs: j, Context: t.Context(), Do: func(f func()) { f() },
		Open:   func() { j.asked = append(j.asked, "open") },
		BackUp: func(id int64) { j.asked = append(j.asked, fmt.Sprint("back up ", id)) },
		Quit:   func() { j.asked = append(j.asked, "quit") },
	})
	return p
}

func TestMenuFollowsTheJobs(t *testing.T) {
	letters := func(h session.Health) session.JobState { return state(1, "Letters", h) }
	films := func(h session.Health) session.JobState { return state(2, "Films", h) }
	for _, row := range []struct {
		name string
		jobs []session.JobState
		menu string
	}{
		{"none", nil, "Open Varve|-|Quit"},
		{"one", []session.JobState{letters(session.Protected)}, "Open Varve|-|Back up now|-|Quit"},
		{"running", []session.JobState{letters(session.Busy)}, "Open Varve|-|(Back up now)|Pause|-|Quit"},
		{"paused", []session.JobState{letters(session.Paused)}, "Open Varve|-|Continue|-|Quit"},
		{"two", []session.JobState{letters(session.Unfinished), films(session.Busy)},
			"Open Varve|-|Back up Letters now|(Back up Films now)|Pause Films|-|Quit"},
	} {
		t.Run(row.name, func(t *testing.T) {
			j := &jobs{}
			p := show(t, j)
			j.set(row.jobs...)
			if got := strings.Join(p.labels(), "|"); got != row.menu {
				t.Errorf("got %s, want %s", got, row.menu)
			}
		})
	}
}

func TestIconShowsWhatMattersMost(t *testing.T) {
	for _, row := range []struct {
		states []session.Health
		err    error
		want   string
	}{
		{nil, nil, "idle"},
		{[]session.Health{session.Protected, session.Protected}, nil, "idle"},
		{[]session.Health{session.Protected, session.Attention}, nil, "late"},
		{[]session.Health{session.Unfinished}, nil, "late"},
		{[]session.Health{session.Protected, session.Late}, nil, "late"},
		{[]session.Health{session.Attention, session.Unprotected}, nil, "broken"},
		{[]session.Health{session.Unprotected, session.Paused}, nil, "paused"},
		{[]session.Health{session.Paused, session.Busy, session.Unprotected}, nil, "running"},
		{nil, errors.New("the settings are gone"), "broken"},
	} {
		j := &jobs{err: row.err}
		for i, h := range row.states {
			j.states = append(j.states, state(int64(i), "x", h))
		}
		if got := show(t, j).icon; got != "tray-"+row.want+".svg" {
			t.Errorf("%v, %v: got %s, want %s", row.states, row.err, got, row.want)
		}
	}
}

func TestMenuDoesWhatItSays(t *testing.T) {
	j := &jobs{states: []session.JobState{state(7, "Letters", session.Protected)}}
	p := show(t, j)
	p.choose(t, "Open Varve")
	p.choose(t, "Back up now")
	j.set(state(7, "Letters", session.Busy))
	p.choose(t, "Pause")
	j.set(state(7, "Letters", session.Paused))
	p.choose(t, "Continue")
	p.choose(t, "Quit")
	want := []string{"open", "back up 7", "pause 7 true", "pause 7 false", "quit"}
	if !slices.Equal(j.asked, want) {
		t.Errorf("asked %q, want %q", j.asked, want)
	}
}

// A menu that is open closes when it is replaced.
func TestMenuIsNotReplacedByItsLike(t *testing.T) {
	j := &jobs{states: []session.JobState{state(1, "Letters", session.Protected)}}
	p := show(t, j)
	j.set(state(1, "Letters", session.Protected))
	if p.built != 1 {
		t.Errorf("the menu was built %d times, want once", p.built)
	}
	j.set(state(1, "Post", session.Protected))
	if p.built != 2 {
		t.Errorf("the menu was built %d times after a change, want twice", p.built)
	}
}

// The driver without a screen has no tray.
func TestApplicationWithoutTray(t *testing.T) {
	j := &jobs{}
	Show(struct{ fyne.App }{test.NewTempApp(t)}, Config{Jobs: j, Context: t.Context()})
	if len(j.listeners) > 0 {
		t.Error("it listens for nothing")
	}
}

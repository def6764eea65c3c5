package ui

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/session"
)

// activityScenes are states of the activity.
var activityScenes = []scene{
	{"activity-skipped", skipping, func(s *stage) { s.u.Show(Activity) }},
	{"activity-german", func() *fake {
		f := skipping()
		f.jobs[0].Progress = running(false).Progress
		return f
	}, func(s *stage) {
		s.german()
		s.u.Show(Activity)
	}},
	{"problems-many", manyProblems, func(s *stage) {
		s.u.Show(Activity)
		s.tap("9 items were left out")
	}},
	{"problems-german", manyProblems, func(s *stage) {
		s.german()
		s.u.Show(Activity)
		s.tap("9 Objekte fehlen")
	}},
}

// skipping is Ada's, who was on the train at six.
func skipping() *fake {
	f := withJobs(adasJob(session.Protected), excepted())()
	f.jobs[0].Timing.Skipped = []settings.Skip{
		{Job: 1, Slot: now.Add(-time.Hour), Sentence: "The computer ran on battery, at 24 %."}, {Job: 1, Slot: daysAgo(1.3), Sentence: "The drive was not connected."},
	}
	return f
}

// manyProblems are of several causes.
func manyProblems() *fake {
	j := excepted()
	j.Runs[0].Problems = 9
	f := &fake{jobs: []session.JobState{j}, events: []settings.RunEvent{
		{Path: "mixes/session.lock", Text: "Vanished while it was looked at: no such file or directory"},
		{Path: "mixes/current.wav", Text: "Changed while it was read: size grew from 41.2 MB to 41.9 MB"},
		{Path: "Live/broken.flac", Text: "Cannot be read; an older version of it is kept: input/output error"},
	}}
	for _, name := range []string{"01", "02", "03", "04", "05", "06"} {
		f.events = append(f.events, settings.RunEvent{Path: "Live/concert " + name + ".flac", Text: "Cannot be read; an older version of it is kept: open concert: permission denied"})
	}
	return f
}

// At its beginning the runs before tell how long a run takes, and later its own
// pace does.
func TestTimeLeft(t *testing.T) {
	took := func(minutes ...int) (runs []settings.Run) {
		for _, m := range minutes {
			runs = append(runs, settings.Run{Outcome: settings.Fine, Started: now, Ended: now.Add(time.Duration(m) * time.Minute)})
		}
		return runs
	}
	counted := func(done int64, elapsed time.Duration) engine.Progress {
		return engine.Progress{Phase: engine.Working, Bytes: done, TotalBytes: 100, Counted: true, Elapsed: elapsed}
	}
	for _, c := range []struct {
		what string
		p    engine.Progress
		runs []settings.Run
		want string
	}{
		{"nothing is known", engine.Progress{Phase: engine.Working, Elapsed: time.Second}, nil, ""},
		{"too few runs", engine.Progress{Phase: engine.Working, Elapsed: time.Second}, took(5, 5, 5), ""},
		{"as always", engine.Progress{Phase: engine.Working, Elapsed: time.Second}, took(5, 6, 5, 6, 90), "about 4–6 minutes left"},
		{"only its pace", counted(50, 10*time.Minute), nil, "about 8–14 minutes left"},
		{"the pace has the last word", counted(99, 99*time.Minute), took(300, 300, 300, 300), "about 2–4 minutes left"},
		{"longer than ever", counted(50, 40*time.Minute), took(5, 5, 5, 5), "about 32–53 minutes left"},
		{"much longer than ever, nothing counted", engine.Progress{Phase: engine.Working, Elapsed: time.Hour}, took(5, 5, 5, 5), ""},
		{"hours", counted(10, time.Hour), nil, "about 7–12 hours left"},
		{"soon", counted(90, time.Minute), nil, "less than a minute left"},
		{"halted", engine.Progress{Paused: true}, took(5, 5, 5, 5), "Paused."},
	} {
		if got := remaining(c.p, c.runs); got != c.want {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
	}
	failed := took(1, 1, 1, 1, 1)
	for i := range failed {
		failed[i].Outcome = settings.Failed
	}
	if _, ok := usual(failed); ok {
		t.Error("runs that failed tell how long one takes")
	}
}

func TestSkippedRunsAreTold(t *testing.T) {
	s := newStage(t, "light", skipping())
	s.u.Show(Activity)
	s.settle()
	for _, want := range []string{"Did not run", "The computer ran on battery, at 24 %. Made up for at 09:59.", "The drive was not connected. Made up for at 11:39."} {
		if !s.says(want) {
			t.Errorf("it does not say %q", want)
		}
	}
}

// What went wrong is told by cause, each with its mend.
func TestProblemsByCause(t *testing.T) {
	f := manyProblems()
	s := newStage(t, "light", f)
	s.u.Show(Activity)
	s.tap("9 items were left out")
	for _, want := range []string{
		"You may not read 6 items", "1 item could not be read", "1 item changed while it was read", "1 item vanished meanwhile", "Live/concert 05.flac", "1 more",
	} {
		if !s.says(want) {
			t.Errorf("it does not say %q", want)
		}
	}
	if s.says("concert 06") || s.button("Leave it out") == nil {
		t.Error("all of a long group stand in the window, or one cannot be left out")
	}
	s.tap("1 more")
	if !s.says("concert 06") {
		t.Error("the rest does not come")
	}
	s.tap("Leave these out")
	if len(f.changed) != 6 || f.changed[5] != session.FolderRule("/home/ada/Music/Live/concert 06.flac", false) || !slices.Equal(f.folders, []string{"/home/ada/Music"}) {
		t.Errorf("the rules are %+v of %v", f.changed, f.folders)
	}
	if !s.says("The next backup leaves this out.") {
		t.Error("it does not say that it did")
	}
}

// A file that is its owner's is made readable; for another's, it says what to
// type.
func TestReadingIsAllowed(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "diary's end.txt")
	if err := os.WriteFile(path, []byte("x"), 0o200); err != nil {
		t.Fatal(err)
	}
	f := manyProblems()
	f.jobs[0].Folders = []string{dir}
	f.events = []settings.RunEvent{{Path: "diary's end.txt", Text: "Cannot be read; an older version of it is kept: permission denied"}}
	s := newStage(t, "light", f)
	s.u.Show(Activity)
	s.tap("9 items were left out")
	s.tap("Allow reading")
	s.q.until(t, "the answer", func() bool { return s.says("You may read it now.") })
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("its mode is %v, %v", info.Mode(), err)
	}
	if got, want := allowCommand([]string{path}), `'\''s end.txt'`; !strings.HasPrefix(got, "sudo setfacl -R -m u:\"$USER\":rX -- '/") || !strings.HasSuffix(got, want) {
		t.Errorf("it says to type %s", got)
	}
	if err := os.Symlink(path, filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if err := allowReading(filepath.Join(dir, "link")); !errors.Is(err, os.ErrPermission) {
		t.Errorf("what a link leads to is changed: %v", err)
	}
}

// Only what changes in every run is left out for changing.
func TestWhatAlwaysChanges(t *testing.T) {
	f := manyProblems()
	s := newStage(t, "light", f)
	for runs, want := range map[int]bool{2: false, 3: true} {
		p := &problems{ui: s.u, job: &f.jobs[0].Job}
		if err := p.read(t.Context(), f.jobs[0].Runs[:runs]); err != nil {
			t.Fatal(err)
		}
		if got := p.always[f.events[1].Path]; got != want {
			t.Errorf("of what changed in %d runs: %v", runs, got)
		}
	}
}

// What a run found changed is one click away.
func TestWhatARunChanged(t *testing.T) {
	f := withJobs(adasJob(session.Protected))()
	f.Past(session.Archive{}) // Ada's
	lines, err := f.past.Lines(t.Context())
	if err != nil || len(lines) == 0 {
		t.Fatal(lines, err)
	}
	versions, err := f.past.Versions(t.Context(), lines[0].ID)
	if err != nil || len(versions) < 2 {
		t.Fatal(versions, err)
	}
	f.jobs[0].Runs = f.jobs[0].Runs[:2]
	f.jobs[0].Runs[0].Version = versions[0].Time
	f.jobs[0].Runs[1].Version = versions[len(versions)-1].Time
	s := newStage(t, "light", f)
	s.u.Show(Activity)
	s.settle()
	s.tapFirst("What changed")
	s.q.until(t, "the changes", func() bool { return s.says("Back to the files") })
	s.u.Show(Activity)
	s.settle()
	s.tapLast("What changed")
	s.q.until(t, "a word about the first version", func() bool { return s.says("There is no older version to compare this one with") })
}

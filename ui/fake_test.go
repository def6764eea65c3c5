package ui

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"strings"
	"time"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/folderform"
	"github.com/varve-backup/varve/ui/restorepage/pasttest"
	"github.com/varve-backup/varve/ui/session"
)

// now is when the pictures are taken.
var now = time.Date(2026, 11, 21, 10, 12, 0, 0, time.Local)

func daysAgo(n float64) time.Time { return now.Add(-time.Duration(n * 24 * float64(time.Hour))) }

// fake is a session of a person called Ada.
type fake struct {
	jobs       []session.JobState
	events     []settings.RunEvent
	found      engine.Found
	tested     engine.Tested
	testing    func(ctx context.Context) error // what a test does, nil nothing
	choices    []session.Choice                // that were tested
	taken      []session.Choice                // that a restore was opened from
	questions  session.Questions
	opens      error
	past       *pasttest.Past
	learning   session.Learning
	learnt     int // how often learning was asked for
	reading    error
	keyring    error
	answering  chan struct{} // closed when the keyring answers, nil for at once
	disk       chan struct{} // closed when the disk answers, nil for at once
	added      []session.NewJob
	restored   []engine.RestorePlan
	restoring  *fakeWork
	forgotten  []string
	backedUp   []int64
	removed    []int64
	stopped    []int64
	backUpFail error
	fakeRetention
	fakeTimings
	fakeSources
	fakeAdoption
	fakeCopies
	fakeRelocation
	fakeFolders
	fakeProofs
	fakeUndos
	fakeSample
	fakeMeeting fakeMeeting
	fakeSettings
	fakeLanguage
	fakeMoving
	fakeServer
	fakeUnlocking
	fakePassphrases
	fakeRepairing
	login fakeLogin
}

func (f *fake) Jobs(context.Context) ([]session.JobState, error) { return f.jobs, nil }

func (f *fake) AddJob(_ context.Context, n session.NewJob) (int64, error) {
	f.added = append(f.added, n)
	return int64(len(f.added)), nil
}

func (f *fake) RemoveJob(_ context.Context, id int64, _ bool) error {
	f.removed = append(f.removed, id)
	return nil
}

func (f *fake) Events(ctx context.Context, _ int64) ([]settings.RunEvent, error) {
	f.awaitDisk(ctx)
	return f.events, ctx.Err()
}

// awaitDisk waits until the disk answers.
func (f *fake) awaitDisk(ctx context.Context) {
	if f.disk == nil {
		return
	}
	select {
	case <-f.disk:
	case <-ctx.Done():
	}
}

func (f *fake) Listen(func()) {}

func (f *fake) BackUp(id int64) error {
	f.backedUp = append(f.backedUp, id)
	return f.backUpFail
}

func (f *fake) StopRun(id int64)  { f.stopped = append(f.stopped, id) }
func (f *fake) Pause(int64, bool) {}

func (f *fake) Progress(id int64) (engine.Progress, bool) {
	for _, j := range f.jobs {
		if j.ID == id && j.Progress != nil {
			return *j.Progress, true
		}
	}
	return engine.Progress{}, false
}

func (f *fake) Inspect(ctx context.Context, _ session.Choice) (engine.Found, error) {
	if f.testing != nil {
		return f.found, f.testing(ctx)
	}
	return f.found, nil
}

func (f *fake) Take(_ context.Context, c session.Choice, _, encrypted bool) (session.Archive, error) {
	f.taken = append(f.taken, c)
	return session.Archive{Name: "Elsewhere", URL: c.Destination, Encrypted: encrypted}, nil
}

func (f *fake) Opens(context.Context, session.Choice, string) error { return f.opens }

// LogIn shows a page, and gives out a token.
func (f *fake) LogIn(_ context.Context, kind string, _ map[string]string, page func(url string) error) (string, error) {
	return "token of " + kind, page("http://127.0.0.1:53682/auth")
}

func (f *fake) Answer(q session.Questions) { f.questions = q }
func (f *fake) Forget(url string)          { f.forgotten = append(f.forgotten, url) }

func (f *fake) Test(ctx context.Context, c session.Choice) (engine.Tested, error) {
	f.choices = append(f.choices, c)
	if f.testing == nil {
		return f.tested, nil
	}
	return f.tested, f.testing(ctx)
}

func (f *fake) Past(session.Archive) session.Past {
	if f.past == nil {
		f.past = pasttest.Adas(now)
	}
	return f.past
}

func (f *fake) Learn(session.Archive, bool)               { f.learnt++ }
func (f *fake) StopLearning(session.Archive)              {}
func (f *fake) Learning(session.Archive) session.Learning { return f.learning }

func (f *fake) ReadFile(_ context.Context, _ session.Archive, v engine.Version, path string, _ bool, out io.Writer) error {
	if f.reading != nil {
		return f.reading
	}
	_, err := out.Write(pasttest.Content(path, v.ID))
	return err
}

func (f *fake) Restore(_ session.Archive, plans ...engine.RestorePlan) session.Work {
	f.restored = append(f.restored, plans...)
	return f.restoring
}

func (f *fake) Keyring(context.Context) error {
	if f.answering != nil {
		<-f.answering
	}
	return f.keyring
}

// fakeWork is a restore that ends when it is told to.
type fakeWork struct {
	progress engine.Progress
	events   []engine.Event
	end      chan struct{}
	err      error
}

func (w *fakeWork) Run(ctx context.Context, watch func(engine.Event)) error {
	select {
	case <-w.end:
	case <-ctx.Done():
		return &engine.Error{Op: "restoring", Kind: engine.Cancelled, Err: ctx.Err()}
	}
	for _, e := range w.events {
		watch(e)
	}
	return w.err
}

func (w *fakeWork) Progress() engine.Progress { return w.progress }
func (w *fakeWork) Pause()                    { w.progress.Paused = true }
func (w *fakeWork) Resume()                   { w.progress.Paused = false }

// adas is Ada's computer.
type adas struct{}

func (adas) Usual() []string { return []string{"/home/ada/Documents", "/home/ada/Pictures"} }

func (adas) Drives() []Drive {
	return []Drive{{"/media/ada/Lake", 412_000_000_000, 1_000_000_000_000}, {"/media/ada/Stick", 8_900_000_000, 32_000_000_000}}
}

func (adas) Folder(p string) error {
	switch {
	case strings.HasPrefix(p, "/root"):
		return fs.ErrPermission
	case strings.Contains(p, "nowhere"):
		return fs.ErrNotExist
	case strings.HasSuffix(p, ".txt"):
		return folderform.ErrNoFolder
	}
	return nil
}

func (adas) Room(p string) Room {
	if strings.HasPrefix(p, "/media/ada/Lake") {
		return Room{412_000_000_000, true, 2}
	}
	return Room{8_000_000_000, !strings.HasPrefix(p, "/usr"), 1}
}

// adasJob is a backup with a history.
func adasJob(health session.Health) session.JobState {
	j := session.JobState{
		Job: settings.Job{
			ID: 1, Name: "Documents and Pictures", Folders: []string{"/home/ada/Documents", "/home/ada/Pictures"},
			Destination: "file:///media/ada/Lake/Varve", Encryption: settings.Passphrase,
		},
		Health: health, LastGood: daysAgo(0.009), Files: 41_230, Bytes: 18_010_000_000,
	}
	j.Timing = adasTiming()
	for i := range 38 {
		r := settings.Run{
			ID: int64(100 - i), Started: daysAgo(0.009 + float64(i)*0.93), Outcome: settings.Fine, Files: j.Files, Bytes: j.Bytes,
			Stored: int64(2_400_000 * (1 + (i*i*37)%29)), Changed: int64(14 + (i*53)%200),
		}
		if i == 11 || i == 12 {
			r.Outcome, r.Stored = settings.Failed, 0
			r.Sentence = "The destination is not there. Connect the drive or check the network, and try again."
		}
		if i == 37 {
			r.Stored, r.Changed = 11_240_000_000, 41_100
		}
		r.Ended = r.Started.Add(time.Duration(20+i) * time.Second)
		r.Version = r.Started
		j.Runs = append(j.Runs, r)
	}
	return j
}

// running is a job in mid-run.
func running(paused bool) session.JobState {
	j := adasJob(session.Busy)
	if paused {
		j.Health = session.Paused
	}
	j.Runs = append([]settings.Run{{ID: 200, Started: now, Outcome: settings.Running}}, j.Runs...)
	j.Progress = &engine.Progress{
		Phase: engine.Working, Files: 12_804, Bytes: 7_930_000_000, TotalFiles: 41_230, TotalBytes: 18_010_000_000, Counted: true,
		Elapsed: 190 * time.Second, Current: "Pictures/2025/Summer at the lake/IMG_20250714_191204.jpg", Paused: paused, Stored: 5_100_000_000,
	}
	return j
}

// failing, with its reason.
func failing() session.JobState {
	j := adasJob(session.Unprotected)
	j.LastGood = daysAgo(2.1)
	j.Runs = append([]settings.Run{{
		ID: 201, Started: daysAgo(0.01), Ended: daysAgo(0.009), Outcome: settings.Failed,
		Sentence: session.Explain(&engine.Error{Kind: engine.NoSpace, Err: errors.New("full")}).Sentence,
	}}, j.Runs...)
	return j
}

// excepted left something out.
func excepted() session.JobState {
	j := adasJob(session.Attention)
	j.ID, j.Name, j.Destination = 2, "Music", "file:///home/ada/Backups"
	j.Folders = []string{"/home/ada/Music"}
	j.Runs = j.Runs[:9]
	j.Runs[0].Outcome, j.Runs[0].Problems = settings.Warnings, 3
	j.Files, j.Bytes = 3_127, 21_400_000_000
	return j
}

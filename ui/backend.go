package ui

import (
	"context"
	"time"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/retention"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/restorepage"
	"github.com/varve-backup/varve/ui/session"
	"github.com/varve-backup/varve/ui/settingspage"
)

// Backend is what the pages show and ask for; a *session.Session is one. Its
// methods may be called from several goroutines.
type Backend interface {
	Jobs
	Runs
	Archives
	RemoteFolders
	Choices
	Retention
	Adoption
	Copies
	Proofs
	Undoing
	Timings
	Sources
	Samples
	Passphrases
	PublicKeys
	settingspage.Limiting
	settingspage.Secrets
	settingspage.Speaking
	settingspage.Moving
}

// Jobs are the backups that are set up.
type Jobs interface {
	Jobs(ctx context.Context) ([]session.JobState, error)
	AddJob(ctx context.Context, n session.NewJob) (int64, error)
	RemoveJob(ctx context.Context, id int64, passphrase bool) error
	// Relocate makes a job go on at another address of what it stored, from the
	// version that was agreed to after a session.OlderThere.
	Relocate(ctx context.Context, id int64, c session.Choice, keepLogin bool, agreed time.Time) error
	// Unlock takes the passphrase of a job once it has opened what is stored.
	Unlock(ctx context.Context, job int64, passphrase string, keep bool) error
	Events(ctx context.Context, run int64) ([]settings.RunEvent, error)
	// Listen calls f after every change, from any goroutine.
	Listen(f func())
}

// Passphrases are what opens what jobs stored.
type Passphrases interface {
	PassphraseFacts(ctx context.Context, j *settings.Job) (session.PassphraseFacts, error)
	// KeptInVolumes tells, from this computer alone, that a passphrase stays.
	KeptInVolumes(ctx context.Context, j *settings.Job) (bool, error)
	ChangePassphrase(ctx context.Context, job int64, c session.PassphraseChange) (others int, err error)
}

// Runs are backups in the background.
type Runs interface {
	BackUp(job int64) error
	StopRun(job int64)
	Pause(job int64, paused bool)
	Progress(job int64) (p engine.Progress, ok bool)
	// Speeds are how fast a run went since it began, in bytes in a second.
	Speeds(job int64) []float64
}

// Archives are what versions are restored from.
type Archives interface {
	restorepage.Backend
	Inspect(ctx context.Context, c session.Choice) (engine.Found, error)
	// Take makes a backup at a destination one to restore from.
	Take(ctx context.Context, c session.Choice, keep, encrypted bool) (session.Archive, error)
	// Test proves that a destination can be used.
	Test(ctx context.Context, c session.Choice) (engine.Tested, error)
	// LogIn has the person log in to a kind of service in a browser.
	LogIn(ctx context.Context, kind string, options map[string]string, page func(url string) error) (token string, err error)
	Opens(ctx context.Context, c session.Choice, passphrase string) error
	Restore(a session.Archive, plans ...engine.RestorePlan) session.Work
	// Meet compares what a restore would meet.
	Meet(a session.Archive, plans ...engine.RestorePlan) session.Work
}

// RemoteFolders are those at a destination that is about to be chosen.
type RemoteFolders interface {
	// Explore returns who goes through them. Nothing is asked before its first
	// question.
	Explore(c session.Choice) session.Explorer
}

// Choices are what a person chose for the whole program.
type Choices interface {
	Preference(ctx context.Context, name string) (string, error)
	SetPreference(ctx context.Context, name, value string) error
	// Answer says who is asked what destinations want to know.
	Answer(q session.Questions)
}

// Copies are second places that what a job stored is copied to.
type Copies interface {
	// AddCopy adds one, and begins to copy there.
	AddCopy(ctx context.Context, job int64, c session.Choice, keepLogin bool) (int64, error)
	// MoveCopy makes it another place, or one that is opened in another way.
	MoveCopy(ctx context.Context, id int64, c session.Choice, keepLogin bool) error
	RemoveCopy(ctx context.Context, id int64) error
	// CopyNow copies in the background. insist: what is in the way is right.
	CopyNow(id int64, insist bool) error
	StopCopy(id int64)
	PauseCopy(id int64, paused bool)
	CopyProgress(id int64) (p engine.Progress, ok bool)
}

// Retention is how long versions stay.
type Retention interface {
	KnownVersions(ctx context.Context, j *settings.Job) ([]retention.Version, error)
	PlanRetention(ctx context.Context, job int64, text string) (session.Removal, error)
	Frees(ctx context.Context, job int64, text string) (int64, error)
	SetRetention(ctx context.Context, job int64, k session.Keeping, ask bool) error
	RemoveVersions(ctx context.Context, job int64, seen []session.Going) (int, error)
}

// Adoption finds backups that nobody here set up, and goes on with them.
type Adoption interface {
	Seek(ctx context.Context, folder string, tell func(session.Sighting)) (whole bool, err error)
	Origin(ctx context.Context, a session.Archive, passphrase string) (session.Origin, error)
}

// Proofs are checks that read back what is stored.
type Proofs interface {
	SetChecking(ctx context.Context, job int64, everyDays, minutes int) error
	// Drill tries out a restore, and SetDrilling says every how many days one is.
	Drill(job int64) error
	SetDrilling(ctx context.Context, job int64, everyDays int) error
	// Prove begins a check that takes so many minutes at most, 0 for as long as
	// it takes.
	Prove(ctx context.Context, job int64, minutes int) error
	// Repair mends what is damaged, as far as that is possible.
	Repair(job int64) error
}

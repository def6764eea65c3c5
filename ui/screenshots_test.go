package ui

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/destination"
	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/restorepage/pasttest"
	"github.com/varve-backup/varve/ui/session"
)

// stage is the window on a fake session.
type stage struct {
	*desk
	f *fake
}

// newStage opens the window of Ada.
func newStage(t *testing.T, variant string, f *fake) *stage {
	t.Helper()
	t.Setenv("HOME", "/home/ada")
	t.Setenv("USER", "ada")
	f.theme = variant
	d := &desk{t: t, q: make(queue, 1000)}
	d.u = New(Config{App: test.NewTempApp(t), Session: f, Context: t.Context(), Do: d.q.do, Now: func() time.Time { return now }, Computer: adas{}, Login: &f.login, Machine: "ada-laptop", Version: "1.0", Logs: "/home/ada/.local/state/varve"})
	s := &stage{d, f}
	t.Cleanup(func() { d.u.shown.Content = nil })
	s.settle()
	return s
}

// scene is a page, and how a person gets there.
type scene struct {
	name string
	f    func() *fake
	act  func(s *stage)
}

func withJobs(jobs ...session.JobState) func() *fake {
	return func() *fake { return &fake{jobs: jobs} }
}

func nothing() *fake { return &fake{} }

func (s *stage) toWhere(place string) {
	s.tap("Start backing up")
	s.tap("Continue")
	s.tap("Continue")
	s.entry("Folder for the backup").SetText(place)
	s.settle()
}

func (s *stage) toProtection() {
	s.toWhere("/media/ada/Lake/Varve")
	s.tap("Continue")
}

// toThesis goes to a folder by clicking.
func (s *stage) toThesis() {
	s.u.Show(Restore)
	s.settle()
	s.item("Documents")
	s.item("Thesis")
}

// search types a query.
func (s *stage) search(query string) {
	s.entry("Search every version").SetText(query)
	s.q.until(s.t, "the end of the search", func() bool { return s.says(" found") })
	s.preview()
}

// preview waits until a file was read.
func (s *stage) preview() {
	s.settle()
	s.q.until(s.t, "the preview", func() bool { return !s.says("Reading…") })
	s.settle()
}

func (s *stage) toQuestion() {
	s.toThesis()
	s.tickItem("chapter-3.odt")
	s.tickItem("figures")
	s.tap("Restore 2 items…")
}

// toNotes finds the notes that were deleted.
func (s *stage) toNotes() {
	s.u.Show(Restore)
	s.settle()
	s.search("notes")
	s.item("notes.txt")
	s.preview()
}

func lakeFound() engine.Found {
	return engine.Found{Exists: false, Free: -1, Total: -1}
}

// restoring is a restore in its middle, that ends as told.
func restoring(err error, events ...engine.Event) func() *fake {
	return func() *fake {
		return &fake{jobs: []session.JobState{adasJob(session.Protected)}, restoring: &fakeWork{
			progress: engine.Progress{Phase: engine.Working, Files: 212, Bytes: 840_000_000, TotalFiles: 400, TotalBytes: 1_610_000_000, Counted: true, Elapsed: 9 * time.Second, Current: "Documents/Thesis/figures/cross-section-7.tiff"},
			events:   events, err: err, end: make(chan struct{}),
		}}
	}
}

func (s *stage) toResult() {
	s.toQuestion()
	s.tap("Restore now")
	close(s.f.restoring.end)
	s.q.until(s.t, "the result", func() bool { return !s.u.restore.running })
}

// toS3 fills the form of a bucket in.
func (s *stage) toS3() {
	s.tap("Start backing up")
	s.tap("Continue")
	s.tap("Continue")
	s.tile("S3 and compatible")
	s.titled("Bucket").(*look.Field).SetText("photos")
	s.titled("Folder in the bucket").(*look.Field).SetText("laptop")
	s.titled("Access key").(*look.Field).SetText("AKIAIOSFODNN7EXAMPLE")
	s.titled("Secret key").(*look.Field).SetText("not a real key")
	s.settle()
}

// toSFTP fills the form of a server in.
func (s *stage) toSFTP() {
	s.tap("Start backing up")
	s.tap("Continue")
	s.tap("Continue")
	s.fillSFTP()
}

// fillSFTP fills that form in, from the cards on.
func (s *stage) fillSFTP() {
	s.tile(sshKind(s.u.Kinds).Title)
	s.titled("Server").(*look.Field).SetText("nas.local")
	s.titled("User").(*look.Field).SetText("ada")
	s.titled("Password").(*look.Field).SetText("not a real password")
	s.titled("Folder").(*look.Field).SetText("backup/laptop")
	s.settle()
}

// toSeveral lists a drive and a server.
func (s *stage) toSeveral() {
	s.tap("Start backing up")
	s.tap("Continue")
	s.tap("Continue")
	s.tile("Several destinations")
	s.tap("Add a destination…")
	s.entry("Folder for the backup").SetText("/media/ada/Lake/Varve")
	s.tap("Add to the list")
	s.tap("Add a destination…")
	s.fillSFTP()
	s.tap("Add to the list")
}

// elsewhere goes to where a backup is looked for.
func (s *stage) elsewhere() {
	s.tap("Restore from a backup")
}

// sshKind is the one for servers with SSH.
func sshKind(kinds []destination.Kind) destination.Kind {
	return kinds[slices.IndexFunc(kinds, func(k destination.Kind) bool { return k.Name == "sftp" })]
}

func roomy() engine.Tested {
	return engine.Tested{
		Found: engine.Found{Exists: true, Writable: true, Free: 1_840_000_000_000, Total: 4_000_000_000_000}, Answer: 14 * time.Millisecond,
		Upload: 11_200_000, Download: 38_400_000,
	}
}

// whileWaiting is a test that does not end by itself.
func whileWaiting(ctx context.Context) error {
	<-ctx.Done()
	return &engine.Error{Kind: engine.Cancelled, Err: ctx.Err()}
}

func failed(err error) func(context.Context) error {
	return func(context.Context) error { return err }
}

func wrongPassword() error {
	return &engine.Error{Op: "testing the destination", Kind: engine.LoginRefused, Err: errors.New("opening sftp://ada@nas.local/backup/laptop: the destination did not accept the login: password and publickey were tried")}
}

func oneOfTwo() error { return &session.MembersError{Errs: []error{nil, wrongPassword()}} }

func neverMet() error {
	return &engine.Error{Op: "testing the destination", Kind: engine.NotTheServer, Err: fmt.Errorf("opening sftp://ada@nas.local/backup/laptop: %w: nas.local %w; it shows the key SHA256:Kf3qvWk1n7YxQ2m0sVnJr8gT4hLw9ZpEoBdCaXuRy5M (ssh-ed25519); nothing was sent", destination.ErrHostKey, destination.ErrNeverMet)}
}

func changedKey() error {
	return &engine.Error{Op: "testing the destination", Kind: engine.NotTheServer, Err: fmt.Errorf("opening sftp://ada@nas.local/backup/laptop: %w: nas.local shows the key SHA256:Kf3qvWk1n7YxQ2m0sVnJr8gT4hLw9ZpEoBdCaXuRy5M (ssh-ed25519), which is not the one in /home/ada/.ssh/known_hosts, line 12; nothing was sent", destination.ErrHostKey)}
}

// remote is a job whose destination is elsewhere.
func remote() session.JobState {
	j := adasJob(session.Protected)
	j.Destination = "sftp://ada@nas.local/backup/laptop"
	return j
}

// scrollUp shows what is a little above.
func (s *stage) scrollUp(by float32) {
	each(s.u.window, func(o fyne.CanvasObject) {
		if c, ok := o.(*container.Scroll); ok && c.Offset.Y > 0 {
			c.ScrollToOffset(fyne.NewPos(0, max(0, c.Offset.Y-by)))
		}
	})
	s.settle()
}

// scrollToTop shows the beginning of the wizard's page.
func (s *stage) scrollToTop() {
	each(s.u.window, func(o fyne.CanvasObject) {
		if c, ok := o.(*container.Scroll); ok {
			c.ScrollToTop()
		}
	})
	s.settle()
}

// scrollToEnd shows the end of the wizard's page.
func (s *stage) scrollToEnd() {
	each(s.u.window, func(o fyne.CanvasObject) {
		if c, ok := o.(*container.Scroll); ok {
			c.ScrollToBottom()
		}
	})
	s.settle()
}

var came = engine.Finished{Summary: engine.Summary{Files: 41, Bytes: 18_400_000, Items: 46}}

var scenes = []scene{
	{"welcome", nothing, func(*stage) {}},
	{"wizard-what", nothing, func(s *stage) { s.tap("Start backing up") }},
	{"wizard-where", func() *fake { return &fake{found: lakeFound()} }, func(s *stage) { s.toWhere("/media/ada/Lake/Varve") }},
	{"wizard-where-refused", func() *fake { return &fake{found: lakeFound()} }, func(s *stage) { s.toWhere("/home/ada/Documents/backup") }},
	{"wizard-where-tight", func() *fake { return &fake{found: engine.Found{Exists: true, Writable: true, Foreign: 14}} }, func(s *stage) { s.toWhere("/home/ada/Backups") }},
	{"wizard-where-search", func() *fake { return &fake{found: lakeFound()} }, func(s *stage) {
		s.tap("Start backing up")
		s.tap("Continue")
		s.tap("Continue")
		s.entry("Search, such as").SetText("wasabi")
	}},
	{"wizard-where-kinds", nothing, func(s *stage) {
		s.tap("Start backing up")
		s.tap("Continue")
		s.tap("Continue")
		s.scrollToEnd()
	}},
	{"wizard-s3", nothing, (*stage).toS3},
	{"wizard-sftp-works", func() *fake { return &fake{tested: roomy()} }, func(s *stage) {
		s.toSFTP()
		s.tap("Test")
	}},
	{"wizard-s3-region", nothing, func(s *stage) {
		s.toS3()
		s.combo("Region").TypedRune('f')
		s.settle()
		s.entry("Search, or type").SetText("frank")
	}},
	{"wizard-sftp", func() *fake { return &fake{testing: whileWaiting} }, func(s *stage) {
		s.toSFTP()
		s.tap("Test")
	}},
	{"wizard-sftp-new-key", func() *fake { return &fake{testing: whileWaiting} }, func(s *stage) {
		s.toSFTP()
		s.tap("Test")
		s.u.showHostKey(destination.HostKey{Host: "nas.local", Type: "ssh-ed25519", Fingerprint: "SHA256:Kf3qvWk1n7YxQ2m0sVnJr8gT4hLw9ZpEoBdCaXuRy5M"}, make(chan bool, 1))
	}},
	{"wizard-sftp-changed-key", func() *fake { return &fake{testing: failed(changedKey())} }, func(s *stage) {
		s.toSFTP()
		s.tap("Test")
	}},
	{"wizard-sftp-refused", func() *fake { return &fake{testing: failed(wrongPassword())} }, func(s *stage) {
		s.toSFTP()
		s.tap("Test")
	}},
	{"wizard-sftp-check", func() *fake { return &fake{tested: roomy()} }, func(s *stage) {
		s.toSFTP()
		s.tap("Test")
		s.tap("Continue")
		s.entry("Passphrase").SetText("nine green boats at night")
		s.entry("The same again").SetText("nine green boats at night")
		s.tap("Continue")
		s.tap("Continue")
		s.tap("Continue")
	}},
	{"wizard-sftp-more", nothing, func(s *stage) {
		s.toSFTP()
		s.tap("More options")
	}},
	{"wizard-sftp-unknown", func() *fake { return &fake{testing: failed(neverMet())} }, func(s *stage) {
		s.toSFTP()
		s.tap("Test")
		s.scrollUp(56) // whole fields: the test's painter does not cut their texts
	}},
	{"adoption", sightings, (*stage).toAdoption},
	{"adoption-looking", func() *fake {
		f := sightings()
		f.wait = true
		return f
	}, (*stage).toAdoption},
	{"adoption-nothing", func() *fake { return &fake{} }, (*stage).toAdoption},
	{"adoption-passphrase", withLockedBackup, func(s *stage) {
		s.toAdoption()
		s.tapFirst("Go on with it")
		s.typePassphrase("seven red boats")
		s.tap("Continue")
	}},
	{"adoption-what", sightings, func(s *stage) {
		s.toAdoption()
		s.tapFirst("Go on with it")
	}},
	{"wizard-several-empty", nothing, func(s *stage) {
		s.tap("Start backing up")
		s.tap("Continue")
		s.tap("Continue")
		s.tile("Several destinations")
		s.tap("Test")
	}},
	{"wizard-several", func() *fake { return &fake{found: lakeFound()} }, (*stage).toSeveral},
	{"wizard-several-add", func() *fake { return &fake{found: lakeFound()} }, func(s *stage) {
		s.toSeveral()
		s.tap("Add a destination…")
	}},
	{"wizard-several-member", func() *fake { return &fake{found: lakeFound()} }, func(s *stage) {
		s.toSeveral()
		s.tap("Change…") // the server
		s.tap("More options")
		s.scrollToTop()
	}},
	{"wizard-several-works", func() *fake { return &fake{found: lakeFound(), tested: roomy()} }, func(s *stage) {
		s.toSeveral()
		s.tap("Test")
	}},
	{"wizard-several-failed", func() *fake { return &fake{found: lakeFound()} }, func(s *stage) {
		s.toSeveral()
		s.f.testing = failed(oneOfTwo())
		s.tap("Test")
	}},
	{"wizard-several-more", func() *fake { return &fake{found: lakeFound()} }, func(s *stage) {
		s.toSeveral()
		s.tap("More options")
		s.scrollToTop()
	}},
	{"restore-elsewhere", nothing, (*stage).elsewhere},
	{"restore-elsewhere-server", func() *fake {
		return &fake{found: engine.Found{Exists: true, Writable: true, Versions: 38, Encrypted: true, Free: -1}}
	}, func(s *stage) {
		s.elsewhere()
		s.fillSFTP()
		s.tap("Look there")
	}},
	{"restore-elsewhere-nothing", func() *fake { return &fake{found: engine.Found{Exists: true, Free: -1}} }, func(s *stage) {
		s.elsewhere()
		s.fillSFTP()
		s.tap("Look there")
	}},
	{"wizard-dropbox", nothing, func(s *stage) {
		s.tap("Start backing up")
		s.tap("Continue")
		s.tap("Continue")
		s.tile("Dropbox")
		s.titled("Folder").(*look.Field).SetText("laptop")
	}},
	{"password", withJobs(adasJob(session.Protected)), func(s *stage) {
		r := destination.SecretRequest{Account: "sftp://ada@nas.local", Prompt: "Password for sftp://ada@nas.local", Again: true}
		s.u.showSecretQuestion(r, look.NewCheck(lang.T("Keep it in this computer's keyring"), nil), true, make(chan string, 1))
	}},
	{"overview-remote", withJobs(remote()), func(*stage) {}},
	{"wizard-protection", nothing, func(s *stage) {
		s.toProtection()
		s.entry("Passphrase").SetText("nine green boats at night")
		s.entry("The same again").SetText("nine green boats at night")
	}},
	{"wizard-protection-existing", func() *fake {
		return &fake{found: engine.Found{Exists: true, Writable: true, Versions: 12, Encrypted: true}, opens: &engine.Error{Kind: engine.WrongPassphrase, Err: errors.New("bad session key")}}
	}, func(s *stage) {
		s.toProtection()
		s.entry("Passphrase").SetText("not this one")
		s.tap("Continue")
	}},
	{"wizard-check", nothing, func(s *stage) {
		s.toProtection()
		s.entry("Passphrase").SetText("nine green boats at night")
		s.entry("The same again").SetText("nine green boats at night")
		s.tap("Continue")
		s.tap("Continue")
		s.tap("Continue")
	}},
	{"overview", withJobs(adasJob(session.Protected), excepted()), func(*stage) {}},
	{"overview-running", withJobs(running(false), excepted()), func(*stage) {}},
	{"overview-paused", func() *fake {
		f := withJobs(running(true), excepted())()
		f.paused = session.Tomorrow(now)
		return f
	}, func(*stage) {}},
	{"sidebar-pause", withJobs(adasJob(session.Protected)), func(s *stage) { s.tap("Pause all") }},
	{"closing", withJobs(adasJob(session.Protected)), func(s *stage) {
		s.f.theme = "" // it was never told
		s.u.ExplainClosing(true, func() {}, func() {})
	}},
	{"overview-failed", withJobs(failing()), func(*stage) {}},
	{"activity", withJobs(running(false), excepted()), func(s *stage) { s.u.Show(Activity) }},
	{"activity-empty", nothing, func(s *stage) { s.u.Show(Activity) }},
	{"problems", func() *fake {
		return &fake{jobs: []session.JobState{excepted()}, events: []settings.RunEvent{
			{Path: "Live/concert 2019.flac", Text: "Cannot be read; an older version of it is kept: permission denied"},
			{Path: "mixes/session.lock", Text: "Vanished while it was looked at: no such file or directory"},
			{Path: "mixes/current.wav", Text: "Changed while it was read: size grew from 41.2 MB to 41.9 MB"},
		}}
	}, func(s *stage) {
		s.u.Show(Activity)
		s.tap("3 items were left out")
	}},
	{"restore", withJobs(adasJob(session.Protected), excepted()), func(s *stage) {
		s.u.Show(Restore)
		s.settle()
		s.item("Documents")
		s.preview()
	}},
	{"restore-file", withJobs(adasJob(session.Protected)), func(s *stage) {
		s.toThesis()
		s.item("references.bib")
		s.preview()
	}},
	{"restore-calendar", withJobs(adasJob(session.Protected)), func(s *stage) {
		s.u.Show(Restore)
		s.settle()
		s.item("Documents")
		s.preview()
		s.press(look.IconCalendar.In(look.Quiet))
	}},
	{"restore-deleted", withJobs(adasJob(session.Protected), excepted()), func(s *stage) {
		s.u.Show(Restore)
		s.settle()
		s.search("notes")
		s.item("notes.txt")
		s.preview()
	}},
	{"restore-picture", withJobs(adasJob(session.Protected)), func(s *stage) {
		s.u.Show(Restore)
		s.settle()
		s.item("Pictures")
		s.item("lake at dawn.png")
		s.preview()
	}},
	{"restore-ticked", withJobs(adasJob(session.Protected)), func(s *stage) {
		s.toThesis()
		s.tickItem("chapter-3.odt")
		s.tickItem("outline.md")
		s.preview()
	}},
	{"restore-moment", withJobs(adasJob(session.Protected)), func(s *stage) {
		s.toThesis()
		s.tap("Everything ever seen")
	}},
	{"restore-as-of", withJobs(adasJob(session.Protected)), func(s *stage) {
		s.toThesis()
		s.tap("Everything ever seen")
		s.item("As of Mon 9 Nov 10:12")
		s.preview()
	}},
	{"restore-keep", withJobs(adasJob(session.Protected)), func(s *stage) {
		s.toThesis()
		s.item("references.bib")
		s.preview()
		s.tap("Keep…")
	}},
	{"restore-kept", withPin, func(s *stage) {
		s.toThesis()
		s.item("references.bib")
		s.preview()
	}},
	{"restore-keep-change", withPin, func(s *stage) {
		s.toThesis()
		s.item("references.bib")
		s.preview()
		s.tap("Keep…")
	}},
	{"compare-text", withJobs(adasJob(session.Protected)), func(s *stage) {
		s.toNotes()
		s.tap("Compare…")
		s.q.until(s.t, "the comparison", func() bool { return s.says("removed (−)") })
	}},
	{"compare-picture", withJobs(adasJob(session.Protected)), func(s *stage) {
		s.u.Show(Restore)
		s.settle()
		s.item("Pictures")
		s.item("lake at dawn.png")
		s.tap("Compare…")
		s.q.until(s.t, "the comparison", func() bool { return !s.says("Reading both versions") })
	}},
	{"changes", withJobs(adasJob(session.Protected)), func(s *stage) {
		s.u.Show(Restore)
		s.item("Documents")
		s.preview()
		for range 5 {
			s.press(look.IconBefore)
		}
		s.tap("Compare…")
	}},
	{"restore-learning", func() *fake {
		return &fake{jobs: []session.JobState{adasJob(session.Protected)}, learning: session.Learning{Running: true, Done: 11, Total: 40}}
	}, func(s *stage) {
		s.u.Show(Restore)
		s.preview()
	}},
	{"restore-first-look", func() *fake {
		return &fake{jobs: []session.JobState{adasJob(session.Protected)}, past: &pasttest.Past{}, learning: session.Learning{Running: true, Total: 40}}
	}, func(s *stage) {
		s.u.Show(Restore)
		s.settle()
	}},
	{"restore-away", func() *fake {
		away := &engine.Error{Op: "listing versions", Path: "/media/ada/Lake/Varve", Kind: engine.Offline, Err: errors.New("no such file or directory")}
		return &fake{jobs: []session.JobState{adasJob(session.Protected)}, learning: session.Learning{Err: away}, reading: away}
	}, func(s *stage) {
		s.toThesis()
		s.item("references.bib")
		s.preview()
	}},
	{"restore-nothing-found", withJobs(adasJob(session.Protected)), func(s *stage) {
		s.u.Show(Restore)
		s.settle()
		s.search("xylophone")
	}},
	{"restore-error", func() *fake {
		return &fake{jobs: []session.JobState{adasJob(session.Protected)}, past: &pasttest.Past{}, learning: session.Learning{
			Err: &engine.Error{Op: "listing versions", Path: "/media/ada/Lake/Varve", Kind: engine.Offline, Err: errors.New("no such file or directory")},
		}}
	}, func(s *stage) {
		s.u.Show(Restore)
		s.settle()
		s.u.update()
	}},
	{"restore-other", withJobs(adasJob(session.Protected), excepted()), func(s *stage) {
		s.u.Show(Restore)
		s.settle()
		s.u.Open(s.u.backupsPage())
	}},
	{"restore-ask", withJobs(adasJob(session.Protected)), (*stage).toQuestion},
	{"restore-running", restoring(nil), func(s *stage) {
		s.toQuestion()
		s.tap("Restore now")
	}},
	{"restore-done", restoring(nil, came), (*stage).toResult},
	{"restore-problems", restoring(&engine.Error{Op: "restoring", Kind: engine.Damaged, Err: errors.New("volume 7 is cut short")},
		engine.FileProblem{Path: "Documents/Thesis/figures/cross-section-7.tiff", Problem: repository.NotRestored, Err: errors.New("volume 7 is cut short")}, came), (*stage).toResult},
	{"passphrase", withJobs(adasJob(session.Protected)), func(s *stage) {
		s.u.showQuestion("file:///media/ada/Lake/Varve", make(chan string, 1))
	}},
	{"remove", withJobs(adasJob(session.Protected)), func(s *stage) { s.u.confirmRemoval(adasJob(session.Protected)) }},
}

// everyScene is every page and state.
func everyScene() []scene {
	return slices.Concat(scenes, keepingScenes, copyScenes, relocationScenes, checkingScenes, timingScenes, clashScenes, homeScenes, settingsScenes, languageScenes, overviewScenes, folderScenes, basketScenes, sourcesScenes, undoScenes, firstScenes, keysScenes, pastScenes, folderSheetScenes, wayOutScenes, rephrasingScenes, bucketSheetScenes, driveSheetScenes, stepsScenes, repairScenes, readingScenes)
}

// TestPictures draws every page and holds it to its room; with VARVE_SCREENSHOTS
// it keeps the pictures in that folder, in light and dark, for docs/. VARVE_SCREENSHOTS_LARGE keeps
// those of a dense screen, of a small window and of large letters.
func TestPictures(t *testing.T) {
	variants := []string{"light"} // what is dark stands where what is light does
	if os.Getenv("VARVE_SCREENSHOTS") != "" {
		variants = append(variants, "dark")
	}
	for _, sc := range everyScene() {
		for _, variant := range variants {
			t.Run(sc.name+"-"+variant, func(t *testing.T) {
				s := newStage(t, variant, sc.f())
				sc.act(s)
				s.settle()
				s.fits(1080, 720)
				s.keep("VARVE_SCREENSHOTS", sc.name+"-"+variant, 1)
				if variant == "dark" {
					return
				}
				s.fits(800, 600)
				s.large(variant)
				if os.Getenv("VARVE_SCREENSHOTS_LARGE") == "" {
					return
				}
				s.keep("VARVE_SCREENSHOTS_LARGE", sc.name+"-small", 1)
				s.u.window.Resize(fyne.NewSize(1080, 720))
				s.keep("VARVE_SCREENSHOTS_LARGE", sc.name+"-2x", 2)
				s.u.App.Settings().SetTheme(&look.Theme{Variant: variant, Letters: 2})
				s.keep("VARVE_SCREENSHOTS_LARGE", sc.name+"-letters", 1)
				s.u.window.Resize(fyne.NewSize(800, 600))
				s.keep("VARVE_SCREENSHOTS_LARGE", sc.name+"-letters-small", 1)
			})
		}
	}
}

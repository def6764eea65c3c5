package ui

import (
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"github.com/varve-backup/varve/engine/topics"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
)

// toRules goes to the second step.
func (s *stage) toRules() {
	s.tap("Start backing up")
	s.tap("Continue")
	s.settle()
}

// pattern adds one of a person's own.
func (d *desk) pattern(text string, includes bool) {
	d.t.Helper()
	d.tap("Add a pattern")
	var last *look.Field
	var does *look.Combo
	each(d.u.window, func(o fyne.CanvasObject) {
		switch o := o.(type) {
		case *look.Field:
			if o.PlaceHolder == "**/*.iso" {
				last = o
			}
		case *look.Combo:
			does = o
		}
	})
	last.SetText(text)
	if includes {
		does.Set(lang.T("Keep"))
		does.OnChanged(lang.T("Keep"))
	}
	d.settle()
}

// showAt scrolls the page of the wizard.
func (s *stage) showAt(y float32) {
	s.fits(1080, 720)
	each(s.u.window, func(o fyne.CanvasObject) {
		if c, ok := o.(*container.Scroll); ok && c.Size().Height > 400 && c.Content.MinSize().Height > c.Size().Height {
			c.ScrollToOffset(fyne.NewPos(0, min(y, c.Content.MinSize().Height-c.Size().Height)))
		}
	})
	s.settle()
}

// toPartly ticks some of Pictures.
func (s *stage) toPartly() {
	s.u.window.Resize(fyne.NewSize(1080, 1200)) // all rows are in sight
	s.tap("Start backing up")
	s.item("Pictures")
	s.tickItem("Raw")
	s.tickItem("Old letters")
	s.item("Old letters")
	s.settle()
}

func keepsOfAda() session.JobState {
	j := adasJob(session.Protected)
	j.Rules = []settings.Rule{
		{Kind: "glob", Include: true, Pattern: "/home/ada/Documents/keep.iso"},
		{Kind: "glob", Pattern: "**/*.iso"},
		session.LeaveOut(topics.Caches), session.LeaveOut(topics.Builds), session.LeaveOut(topics.Trash), session.FolderRule("/home/ada/Pictures/Raw", false),
	}
	return j
}

var sourcesScenes = []scene{
	{"wizard-what-partly", nothing, (*stage).toPartly},
	{"wizard-what-hidden", nothing, func(s *stage) {
		s.tap("Start backing up")
		s.check("Show hidden folders")
	}},
	{"wizard-rules", nothing, (*stage).toRules},
	{"wizard-rules-counting", func() *fake { return &fake{fakeSources: fakeSources{counting: true}} }, (*stage).toRules},
	{"wizard-rules-patterns", nothing, func(s *stage) {
		s.toPartly()
		s.tap("Continue")
		s.pattern("/home/ada/Documents/keep.iso", true)
		s.pattern("**/*.iso", false)
		s.pattern("*.bak", false)
		s.q.until(s.t, "the new numbers", func() bool { return s.says("Leaves out 3 files") })
		s.showAt(190)
	}},
	{"wizard-rules-preview", nothing, func(s *stage) {
		s.toPartly()
		s.tap("Continue")
		s.pattern("**/*.iso", false)
		s.q.until(s.t, "the new numbers", func() bool { return s.says("Leaves out 3 files") })
		s.item("Documents")
		s.showAt(2000)
	}},
	{"kept-folders", withJobs(keepsOfAda()), func(s *stage) { s.u.openSources(keepsOfAda().Job) }},
	{"kept-rules", withJobs(keepsOfAda()), func(s *stage) {
		s.u.openSources(keepsOfAda().Job)
		s.settle()
		s.tap("Rules")
		s.check("Trash")
		s.q.rest(300 * time.Millisecond) // the new numbers come after a pause
	}},
}

// What is chosen in the wizard is what the job keeps.
func TestWizardTakesFoldersAndRules(t *testing.T) {
	f := &fake{}
	s := newStage(t, "light", f)
	s.toPartly()
	s.tap("Continue")
	s.q.until(t, "the numbers", func() bool { return s.says("1\u2009204 files, 2.30 GB") })
	s.check("Trash")
	s.check("Virtual machines")
	s.pattern("**/*.iso", false)
	s.pattern("*.bak", false)
	if !s.says("begins with / for one place") || !s.button("Continue").Disabled() {
		t.Error("a pattern that does nothing is taken")
	}
	s.pattern("**/*.bak", true)
	each(s.u.window, func(o fyne.CanvasObject) {
		if e, ok := o.(*look.Field); ok && e.Text == "*.bak" {
			e.SetText("")
		}
	})
	s.settle()
	s.q.until(t, "the sum", func() bool { return s.says("without caches of programs, ") })
	s.tap("Continue")
	s.entry("Folder for the backup").SetText("/media/ada/Lake/Varve")
	s.settle()
	s.tap("Continue")
	s.entry("Passphrase").SetText("nine green boats at night")
	s.entry("The same again").SetText("nine green boats at night")
	for range 3 {
		s.tap("Continue")
	}
	if !s.says("2 patterns and 1 folder.") {
		t.Error("the last page does not say what is left out")
	}
	s.tap("Start the first backup")
	s.q.until(t, "the job", func() bool { return len(f.added) == 1 })
	n := f.added[0]
	want := []settings.Rule{
		{Kind: "glob", Pattern: "**/*.iso"},
		{Kind: "glob", Include: true, Pattern: "**/*.bak"},
		session.LeaveOut(topics.Browsers), session.LeaveOut(topics.Packages),
		session.LeaveOut(topics.Builds), session.LeaveOut(topics.Caches), session.LeaveOut(topics.Temporary), session.LeaveOut(topics.Machines),
		session.FolderRule("/home/ada/Pictures/Raw", false),
	}
	if !slices.Equal(n.Rules, want) || !slices.Equal(n.Folders, []string{"/home/ada/Documents", "/home/ada/Old letters", "/home/ada/Pictures"}) {
		t.Errorf("the job keeps %q with %+v", n.Folders, n.Rules)
	}
}

// What a job keeps can be changed, and nothing is lost by looking.
func TestKeptIsChanged(t *testing.T) {
	j := keepsOfAda()
	f := &fake{jobs: []session.JobState{j}}
	s := newStage(t, "light", f)
	s.u.window.Resize(fyne.NewSize(1080, 1200))
	s.u.openSources(j.Job)
	s.settle()
	if !s.button("Save").Disabled() || s.u.shown.Unsaved() != "" {
		t.Error("nothing was changed, and yet it could be saved")
	}
	s.tickItem("Raw")
	s.tickItem("Music")
	s.tap("Rules")
	s.check("Trash")
	if s.u.shown.Unsaved() == "" {
		t.Error("a change would be lost without a word")
	}
	s.tap("Save")
	s.q.until(t, "the change", func() bool { return f.folders != nil })
	if want := j.Rules[:4]; !slices.Equal(f.changed, want) && !slices.Equal(f.folders, []string{"/home/ada/Documents", "/home/ada/Music", "/home/ada/Pictures"}) {
		t.Errorf("it keeps %q with %+v", f.folders, f.changed)
	}
}

// The tree is gone through with the keyboard alone.
func TestTreeByKeyboard(t *testing.T) {
	s := newStage(t, "light", &fake{})
	s.tap("Start backing up")
	s.q.until(t, "the usual folders", func() bool { return s.says("~/Documents") && s.says("Downloads") })
	list, ok := s.u.window.Canvas().Focused().(*look.List)
	if !ok {
		s.t.Fatal("the tree does not have the keyboard")
	}
	press := func(keys ...fyne.KeyName) {
		for _, k := range keys {
			list.TypedKey(&fyne.KeyEvent{Name: k})
			s.settle()
		}
	}
	press(fyne.KeyHome, fyne.KeyDown, fyne.KeyDown, fyne.KeySpace) // Documents, which is ticked
	s.q.until(t, "the space key to tick", func() bool { return !s.says("~/Documents") && s.says("~/Pictures") })
	press(fyne.KeyRight)
	s.q.until(t, "the right arrow to open", func() bool { return s.says("Thesis") })
	press(fyne.KeyDown, fyne.KeyLeft, fyne.KeyLeft)
	if s.says("Thesis") {
		t.Error("the left arrow does not lead back and close")
	}
}

// What the window said of the rules that were made in it is what the real
// restic finds in the archive.
func TestRulesMadeInTheWindow(t *testing.T) {
	d := newDesk(t, "light")
	for _, name := range []string{"home/Documents/web/node_modules/left-pad", "home/Documents/Raw"} {
		if err := os.MkdirAll(d.path(name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	d.write("home/Documents/web/node_modules/left-pad/index.js", "module")
	d.write("home/Documents/web/page.html", "<p>")
	d.write("home/Documents/system.iso", "a disk")
	d.write("home/Documents/keep.iso", "a keepsake")
	d.write("home/Documents/Raw/1.raw", "large")
	d.u.window.Resize(fyne.NewSize(1080, 1200))
	d.tap("Start backing up")
	d.item("Documents")
	d.tickItem("Raw")
	d.tap("Continue")
	d.pattern("**/keep.iso", true)
	d.pattern("**/*.iso", false)
	for _, said := range []string{"Kept: 5 files, ", "Left out: 3 files, ", "Keeps 1 file, ", "Leaves out 1 file, ", "All of it is kept."} {
		d.q.until(t, "the window to say "+said, func() bool { return d.says(said) })
	}
	d.tap("Continue")
	d.entry("Folder for the backup").SetText(d.path("home/Lake"))
	d.settle()
	d.tap("Continue")
	d.entry("Passphrase").SetText("seven quiet boats drift home")
	d.entry("The same again").SetText("seven quiet boats drift home")
	for range 3 {
		d.tap("Continue")
	}
	d.tap("Start the first backup")
	job := d.firstVersion()
	if got, want := d.restic("/home"), []string{"Documents/Thesis/chapter-3.odt", "Documents/keep.iso", "Documents/notes.txt", "Documents/web/page.html", "Pictures/lake.jpg"}; !slices.Equal(got, want) || job.Files != 5 {
		t.Errorf("restic finds %q, want %q; the job counts %d", got, want, job.Files)
	}
	// And once more, with another choice.
	d.u.openSources(job.Job)
	d.tickItem("Raw")
	d.tap("Save")
	d.q.until(t, "the change", func() bool {
		jobs, err := d.s.Jobs(t.Context())
		return err == nil && !slices.ContainsFunc(jobs[0].Rules, session.IsFolderRule)
	})
	d.backUp(job.ID)
	if got := d.restic("/home"); !slices.Contains(got, "Documents/Raw/1.raw") || len(got) != 6 {
		t.Errorf("after the change restic finds %q", got)
	}
}

// restic lists the files of the newest version, below a folder.
func (d *desk) restic(below string) (files []string) {
	d.t.Helper()
	cmd := exec.CommandContext(d.t.Context(), "restic", "--no-cache", "-r", d.path("home/Lake"), "ls", "latest", "--json")
	cmd.Env = append(os.Environ(), "RESTIC_PASSWORD=seven quiet boats drift home")
	out, err := cmd.Output()
	if err != nil {
		d.t.Fatalf("restic (Debian package restic): %v", err)
	}
	for line := range strings.Lines(string(out)) {
		var item struct{ Type, Path string }
		if err := json.Unmarshal([]byte(line), &item); err != nil {
			d.t.Fatal(err)
		}
		if item.Type == "file" {
			files = append(files, strings.TrimPrefix(item.Path, d.dir+below+"/"))
		}
	}
	slices.Sort(files)
	return files
}

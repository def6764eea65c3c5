package ui

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
)

// stepOf finds a step in the list at the left.
func (s *stage) stepOf(title string) (found *look.Step) {
	s.t.Helper()
	each(s.u.window, func(o fyne.CanvasObject) {
		if step, ok := o.(*look.Step); ok && step.Title == lang.T(title) {
			found = step
		}
	})
	if found == nil {
		s.t.Fatalf("there is no step %q", title)
	}
	return found
}

// leads names the steps that lead somewhere, in their order.
func (s *stage) leads() (titles string) {
	each(s.u.window, func(o fyne.CanvasObject) {
		if step, ok := o.(*look.Step); ok && !step.Disabled() {
			titles += step.Title + ";"
		}
	})
	return titles
}

// visit goes to a step by the list.
func (s *stage) visit(title string) {
	s.t.Helper()
	test.Tap(s.stepOf(title))
	s.settle()
}

// toCheck answers all steps.
func (s *stage) toCheck() {
	s.toProtection()
	s.entry("Passphrase").SetText("nine green boats at night")
	s.entry("The same again").SetText("nine green boats at night")
	s.tap("Continue")
	s.tap("Continue")
	s.tap("Continue")
}

// What was answered can be looked at again from wherever one is, and what was
// typed is there still.
func TestStepsAreRevisited(t *testing.T) {
	s := newStage(t, "light", &fake{found: lakeFound()})
	s.toProtection()
	if got := s.leads(); got != "What;Rules;Where;" {
		t.Errorf("at Protection one may go to %s", got)
	}
	s.visit("What")
	if got := s.leads(); got != "Rules;Where;Protection;" || !s.says("Which folders shall be kept?") {
		t.Errorf("back at What, one may go to %s", got)
	}
	s.visit("Protection")
	s.entry("Passphrase").SetText("nine green boats at night")
	s.visit("Where")
	if got := s.entry("Folder for the backup").Text; got != "/media/ada/Lake/Varve" {
		t.Errorf("the folder became %q", got)
	}
	s.visit("Protection")
	if got := s.entry("Passphrase").Text; got != "nine green boats at night" {
		t.Errorf("the passphrase became %q", got)
	}
}

// No step is passed over that lacks an answer.
func TestStepsAreNotPassedOver(t *testing.T) {
	s := newStage(t, "light", &fake{found: lakeFound()})
	s.toCheck()
	if got := s.leads(); got != "What;Rules;Where;Protection;When;How long;" {
		t.Errorf("at Check one may go to %s", got)
	}
	s.visit("Protection")
	s.entry("The same again").SetText("another")
	if got := s.leads(); got != "What;Rules;Where;" {
		t.Errorf("with a passphrase that was mistyped one may go to %s", got)
	}
	s.entry("The same again").SetText("nine green boats at night")
	s.visit("Where")
	s.entry("Folder for the backup").SetText("relative")
	s.settle()
	s.visit("Rules")
	if got := s.leads(); got != "What;Where;" {
		t.Errorf("without a place one may go to %s", got)
	}
	s.visit("Where")
	s.entry("Folder for the backup").SetText("/media/ada/Lake/Varve")
	s.settle()
	s.visit("Check")
	if !s.says("Is this right?") {
		t.Error("when all is answered again, the last step does not open")
	}
}

// A folder that is taken in later may be the one around the place.
func TestPlaceInsideWhatIsTakenInLater(t *testing.T) {
	s := newStage(t, "light", &fake{found: lakeFound()})
	s.toCheck()
	s.visit("Where")
	s.entry("Folder for the backup").SetText("/media/ada/Lake/Varve")
	s.settle()
	s.visit("What")
	s.entry("Path of a folder").SetText("/media/ada")
	s.tap("Add")
	if got := s.leads(); got != "Rules;Where;" {
		t.Errorf("one may go to %s", got)
	}
	s.visit("Where")
	if !s.says("This lies inside a folder that is backed up.") {
		t.Error("it is not said what is wrong with the place")
	}
}

// Of a backup that goes on, the passphrase is tried again once it is another.
func TestPassphraseIsTriedBeforeStepsAfterIt(t *testing.T) {
	s := newStage(t, "light", &fake{found: engine.Found{Exists: true, Writable: true, Versions: 12, Encrypted: true}})
	s.toProtection()
	s.entry("Passphrase").SetText("the right one")
	s.tap("Continue")
	s.visit("What")
	if got := s.leads(); got != "Rules;Where;Protection;When;" {
		t.Errorf("with a passphrase that was tried one may go to %s", got)
	}
	s.visit("Protection")
	s.entry("Passphrase").SetText("the wrong one")
	s.visit("What")
	if got := s.leads(); got != "Rules;Where;Protection;" {
		t.Errorf("with one that was not tried one may go to %s", got)
	}
}

// A test that runs is stopped as the step is left, and leads nowhere later.
func TestLeavingTheStepStopsTheTest(t *testing.T) {
	s := newStage(t, "light", &fake{testing: whileWaiting})
	s.toSFTP()
	s.tap("Test")
	s.visit("What")
	s.visit("Where")
	if s.says("Connecting to") || s.button("Test").Disabled() {
		t.Error("the test goes on")
	}
	if got := s.titled("Folder").(*look.Field).Text; got != "backup/laptop" {
		t.Errorf("the folder became %q", got)
	}
}

// With letters so large that the list has no room, the line beside the heading
// offers the same steps.
func TestStepsAreRevisitedWithLargeLetters(t *testing.T) {
	s := newStage(t, "light", &fake{found: lakeFound()})
	s.toProtection()
	s.dress("light", 2)
	s.settle()
	s.tap("Step 4 of 7")
	for _, key := range []fyne.KeyName{fyne.KeyDown, fyne.KeyDown, fyne.KeyReturn} {
		s.key(key)
	}
	if s.button("Step 2 of 7") == nil {
		t.Error("the keys do not lead to the second step")
	}
}

// stepsScenes are those of the list of steps.
var stepsScenes = []scene{
	{"wizard-steps", func() *fake { return &fake{found: lakeFound()} }, func(s *stage) {
		s.toCheck()
		s.visit("Where")
	}},
}

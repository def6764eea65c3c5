package ui

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/destination"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
)

// someKinds are such as the real ones look like.
func someKinds() []destination.Kind {
	return []destination.Kind{
		{Name: "file", Title: "Folder or drive", Schemes: []string{"file"}, Form: "file://[/]folder"},
		{Name: "sftp", Title: "SSH server", Schemes: []string{"sftp"}, Form: "sftp://[user[:password]@]host[:port]/[/]folder", Options: []destination.Option{
			{Name: "key-file", Title: "Key file", Type: destination.Path}, {Name: "slow", Title: "Slowly", Type: destination.Switch, Default: "false", Advanced: true},
		}},
		{Name: "s3", Title: "S3", Schemes: []string{"s3", "s3+http"}, Form: "s3://host[:port]/bucket[/prefix] or s3+http://bucket[/prefix]", Options: []destination.Option{
			{Name: "provider", Title: "Provider", Closed: true, Choices: []destination.Choice{{Value: "AWS", Help: "Amazon"}, {Value: "Other", Help: "Any"}}},
			{Name: "secret-access-key", Title: "Secret key", Secret: true},
			{Name: "class", Title: "Class", Only: "provider=AWS"},
		}},
		{Name: "dpbx", Title: "Dropbox", Schemes: []string{"dpbx"}, Form: "dpbx://[/]folder", Options: []destination.Option{{Name: "token", Title: "Login", Secret: true}}},
	}
}

func newFormStage(t *testing.T, f *fake) *stage {
	t.Helper()
	s := newStage(t, "light", f)
	s.u.Kinds = someKinds()
	s.tap("Start backing up")
	s.tap("Continue")
	s.tap("Continue")
	return s
}

// type types into the field with that title.
func (s *stage) fill(title, text string) {
	s.t.Helper()
	s.titled(title).(*look.Field).SetText(text)
	s.settle()
}

func (s *stage) toServer() {
	s.t.Helper()
	s.tile("SSH server")
	s.fill("Server", "nas.local")
	s.fill("User", "ada")
	s.fill("Password", "hidden")
	s.fill("Folder", "/srv/backup")
}

func (s *stage) canContinue() bool { return !s.button("Continue").Disabled() }

// Only what was tested is taken, and only as it was tested.
func TestContinueAfterATest(t *testing.T) {
	s := newFormStage(t, &fake{tested: roomy()})
	s.toServer()
	if s.canContinue() {
		t.Error("the next step opens without a test")
	}
	s.tap("Test")
	if !s.canContinue() || !s.says("It works.") || !s.says("14 ms") || !s.says("1.84 TB are free") {
		t.Error("a test that passed does not show, or does not lead on")
	}
	want := session.Choice{Destination: "sftp://ada@nas.local//srv/backup", Options: map[string]string{}, Login: session.Login{Password: "hidden", Typed: true, Options: map[string]string{}}}
	if got := s.f.choices; len(got) != 1 || !reflect.DeepEqual(got[0], want) {
		t.Errorf("tested were %+v", got)
	}
	s.fill("Folder", "elsewhere")
	if s.canContinue() || s.says("It works.") {
		t.Error("a test counts for another folder")
	}
}

// What is missing is said at its place, and nothing is tested.
func TestMissingIsNamed(t *testing.T) {
	s := newFormStage(t, &fake{})
	s.tile("SSH server")
	s.tap("Test")
	if !s.says("This is needed.") || len(s.f.choices) > 0 {
		t.Errorf("%d tests", len(s.f.choices))
	}
	if s.u.window.Canvas().Focused() != s.titled("Server") {
		t.Error("the keyboard is not where something is missing")
	}
	s.fill("Server", "nas.local")
	s.fill("Port", "many")
	if !s.says("from 1 to 65535") {
		t.Error("a port that is none is not refused")
	}
	s.tap("Test")
	if len(s.f.choices) > 0 {
		t.Error("it was tested with a port that is none")
	}
}

// Each failure says what is safe and leads to what helps.
func TestFailedTests(t *testing.T) {
	for _, row := range []struct {
		name string
		err  error
		says []string
		at   string // the title of the field with the keyboard
	}{
		{"login", wrongPassword(), []string{"The login was refused.", "Nothing was stored", "This was refused."}, "Password"},
		{"offline", &engine.Error{Kind: engine.Offline, Err: errors.New("no route")}, []string{"no answer from nas.local", "Test again", "no route"}, ""},
		{"full", &engine.Error{Kind: engine.NoSpace, Err: errors.New("quota")}, []string{"no room left", "as it was"}, ""},
		{"option", &engine.Error{Kind: engine.NoSuchDestination, Err: errors.New("slow cannot be fast")}, []string{"not right", "slow cannot be fast"}, ""},
		{"not confirmed", &engine.Error{Kind: engine.NotTheServer, Err: errors.Join(destination.ErrHostKey, session.ErrNotTrusted)}, []string{"did not confirm", "not even a password", "Test again"}, ""},
		{"never met", &engine.Error{Kind: engine.NotTheServer, Err: errors.Join(destination.ErrHostKey, destination.ErrNeverMet)}, []string{"does not know nas.local yet", "not even a password", "Options of ssh", "Test again"}, ""},
		{"certificate", &engine.Error{Kind: engine.NotTheServer, Err: destination.ErrCertificate}, []string{"certificate", "Choose its certificate"}, ""},
		{"anything", errors.New("sparks"), []string{"did not come to its end", "sparks"}, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := newFormStage(t, &fake{testing: failed(row.err)})
			s.toServer()
			s.tap("Test")
			for _, text := range row.says {
				if !s.says(text) {
					t.Errorf("the window does not say %q", text)
				}
			}
			if row.at != "" && s.u.window.Canvas().Focused() != s.titled(row.at) {
				t.Errorf("the keyboard is not at %s", row.at)
			}
			if s.canContinue() {
				t.Error("the next step opens")
			}
		})
	}
}

// From a key that was changed there is no way on by a click.
func TestChangedKeyIsNotClickedAway(t *testing.T) {
	s := newFormStage(t, &fake{testing: failed(changedKey())})
	s.toServer()
	s.tap("Test")
	if !s.says("Stop. This may not be nas.local.") || !s.says("line 12") {
		t.Error("the alarm does not show")
	}
	for _, label := range []string{"Trust this server", "Test again"} {
		if s.button(label) != nil {
			t.Errorf("there is a button %q", label)
		}
	}
	s.tap("Close")
	if s.canContinue() {
		t.Error("the next step opens")
	}
}

// A test that takes long is stopped where it is shown.
func TestStopOfATest(t *testing.T) {
	ended := make(chan struct{})
	s := newFormStage(t, &fake{testing: func(ctx context.Context) error {
		<-ctx.Done()
		close(ended)
		return ctx.Err()
	}})
	s.toServer()
	s.tap("Test")
	if !s.says("Connecting to nas.local") {
		t.Error("nothing tells that it is tested")
	}
	s.tap("Stop")
	<-ended
	if s.says("Connecting to") || s.button("Test").Disabled() {
		t.Error("it looks as if it were still tested")
	}
}

// Leaving a form and coming back loses nothing, nor does a step back.
func TestFormsKeepWhatWasTyped(t *testing.T) {
	s := newFormStage(t, &fake{tested: roomy()})
	s.toServer()
	s.tap("Test")
	s.tap("Other places")
	if s.canContinue() {
		t.Error("the next step opens without a destination")
	}
	s.tile("S3")
	s.tap("Back")
	s.tile("SSH server")
	if got := s.titled("Folder").(*look.Field).Text; got != "/srv/backup" || !s.canContinue() {
		t.Errorf("the folder is %q", got)
	}
}

// Where one logs in with a browser, that is a button, and what it brings is
// kept where secrets are.
func TestLogInWithTheBrowser(t *testing.T) {
	s := newFormStage(t, &fake{tested: roomy()})
	s.tile("Dropbox")
	s.fill("Folder", "backup")
	s.tap("Log in with the browser")
	if !s.says("You are logged in.") {
		t.Error("nothing tells that the login is there")
	}
	s.tap("Test")
	want := session.Login{Options: map[string]string{"token": "token of dpbx"}}
	if c := s.f.choices[0]; c.Destination != "dpbx:///backup" || !reflect.DeepEqual(c.Login, want) {
		t.Errorf("tested was %+v", c)
	}
	if !s.canContinue() {
		t.Error("the next step does not open")
	}
}

// Enter tests what is typed.
func TestEnterTests(t *testing.T) {
	s := newFormStage(t, &fake{tested: roomy()})
	s.toServer()
	s.u.typed(&fyne.KeyEvent{Name: fyne.KeyReturn})
	s.settle()
	if len(s.f.choices) != 1 || !s.canContinue() {
		t.Errorf("%d tests", len(s.f.choices))
	}
}

// What is chosen brings and takes fields.
func TestProviderChangesTheForm(t *testing.T) {
	s := newFormStage(t, &fake{})
	s.tile("S3")
	if s.says("Server") || !s.says("Class") {
		t.Error("Amazon's form is not right")
	}
	s.combo("Provider").Tapped(nil)
	s.settle()
	s.item("Other")
	if !s.says("Server") || s.says("Class") {
		t.Error("the form for another provider is not right")
	}
}

func TestMoreOptions(t *testing.T) {
	s := newFormStage(t, &fake{tested: roomy()})
	s.toServer()
	if s.says("Timeout") {
		t.Error("what hardly anybody needs is in the way")
	}
	s.tap("More options")
	s.fill("Timeout", "soon")
	if !s.says("whole number") {
		t.Error("a timeout that is none is not refused")
	}
	s.fill("Timeout", "60")
	each(s.u.window, func(o fyne.CanvasObject) {
		if c, ok := o.(*look.Check); ok && reads(c.Text, "Slowly") {
			c.SetChecked(true)
		}
	})
	s.tap("Fewer options")
	s.tap("Test")
	if got := s.f.choices[0].Options; got["timeout"] != "60" || got["slow"] != "true" || len(got) != 2 {
		t.Errorf("the options are %v", got)
	}
}

// A whole address is taken too; a password in it goes where passwords go.
func TestAnotherAddress(t *testing.T) {
	s := newFormStage(t, &fake{tested: roomy()})
	s.tile("Another address…")
	s.fill("Address", "gopher://x/y")
	if !s.says("knows no kind") {
		t.Error("an unknown kind is not refused")
	}
	s.fill("Address", "sftp://ada:hidden@nas.local/x")
	if !s.says("Key file") {
		t.Error("the options of the kind do not come")
	}
	s.tap("Test")
	if c := s.f.choices[0]; c.Destination != "sftp://ada@nas.local/x" || c.Login.Password != "hidden" {
		t.Errorf("tested was %+v", c)
	}
}

// The job that is set up has the address without a password, and the login
// apart.
func TestJobWithARemoteDestination(t *testing.T) {
	s := newFormStage(t, &fake{tested: roomy()})
	s.tile("S3")
	s.fill("Bucket", "photos")
	s.fill("Secret key", "hidden")
	s.tap("Test")
	s.tap("Continue")
	s.entry("Passphrase").SetText("nine green boats at night")
	s.entry("The same again").SetText("nine green boats at night")
	s.tap("Continue")
	if !s.says("bucket photos at S3") {
		t.Error("the destination has no name in the last step")
	}
	s.tap("Continue")
	s.tap("Continue")
	s.tap("Start the first backup")
	n := s.f.added[0]
	if n.Destination != "s3+http://photos" || n.Options["provider"] != "AWS" || n.Options["secret-access-key"] != "" || n.Login.Options["secret-access-key"] != "hidden" || !n.KeepLogin {
		t.Errorf("set up was %+v", n)
	}
}

// ask runs a question beside the main loop, until it is in the window.
func ask[T any](s *stage, title string, question func() (T, error)) func() (T, error) {
	s.t.Helper()
	var value T
	var err error
	done := make(chan struct{})
	go func() {
		value, err = question()
		close(done)
	}()
	s.q.until(s.t, "the question", func() bool { return s.says(title) })
	return func() (T, error) {
		<-done
		return value, err
	}
}

func TestAskTrust(t *testing.T) {
	k := destination.HostKey{Host: "nas.local:2222", Type: "ssh-ed25519", Fingerprint: "SHA256:abc"}
	for label, want := range map[string]bool{"Trust this server": true, "Cancel": false} {
		s := newStage(t, "light", &fake{})
		answer := ask(s, "Is this the right server?", func() (bool, error) { return s.f.questions.Trust(t.Context(), k) })
		for _, text := range []string{"nas.local:2222", "Ed25519", "SHA256:abc"} {
			if !s.says(text) {
				t.Errorf("the question does not say %q", text)
			}
		}
		s.u.typed(&fyne.KeyEvent{Name: fyne.KeyReturn}) // answers nothing
		s.tap(label)
		if got, err := answer(); got != want || err != nil {
			t.Errorf("%s: got %v, %v", label, got, err)
		}
	}
}

// A question that nobody waits for any more goes away.
func TestAskTrustIsTakenBack(t *testing.T) {
	s := newStage(t, "light", &fake{})
	ctx, stop := context.WithCancel(t.Context())
	answer := ask(s, "Is this the right server?", func() (bool, error) { return s.u.AskTrust(ctx, destination.HostKey{Host: "h"}) })
	stop()
	if got, err := answer(); got || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, %v", got, err)
	}
	s.settle()
	if s.says("Is this the right server?") {
		t.Error("the question stays")
	}
}

func TestAskSecret(t *testing.T) {
	for _, row := range []struct {
		name    string
		request destination.SecretRequest
		title   string
		keep    bool
	}{
		{"password", destination.SecretRequest{Prompt: "Password for sftp://ada@nas.local"}, "Password needed", true},
		{"again", destination.SecretRequest{Prompt: "Password for sftp://ada@nas.local", Again: true}, "was refused", true},
		{"key", destination.SecretRequest{Kind: destination.KeyPassphrase, Prompt: "Passphrase of /home/ada/.ssh/id"}, "Passphrase of a key needed", true},
		{"code", destination.SecretRequest{Kind: destination.OneTimeCode, Prompt: "Code"}, "Code needed", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := newStage(t, "light", &fake{})
			var keep bool
			answer := ask(s, row.title, func() (got string, err error) {
				got, keep, err = s.u.AskSecret(t.Context(), row.request)
				return got, err
			})
			if !s.says(strings.TrimSuffix(row.request.Prompt, ":")) {
				t.Error("the question does not say what it is for")
			}
			s.entry("").SetText("an answer")
			s.settle()
			s.tap("Continue")
			if got, err := answer(); got != "an answer" || err != nil || keep != row.keep {
				t.Errorf("got %q, %v, keep %v", got, err, keep)
			}
		})
	}
}

// An address in the field for folders leads to where addresses are typed.
func TestAddressInTheFieldForFolders(t *testing.T) {
	s := newFormStage(t, &fake{})
	s.entry("Folder for the backup").SetText("sftp://nas.local/x")
	s.settle()
	if !s.says("This is an address.") || s.canContinue() {
		t.Error("an address counts as a folder")
	}
}

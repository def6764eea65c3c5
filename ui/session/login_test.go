package session

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/destination"
	"github.com/varve-backup/varve/ui/destform"
)

// asker is a person who is asked about destinations.
type asker struct {
	answer string
	trusts bool
	asked  []destination.SecretRequest
}

func (a *asker) questions() Questions {
	return Questions{
		Secret: func(_ context.Context, r destination.SecretRequest) (string, bool, error) {
			a.asked = append(a.asked, r)
			return a.answer, true, nil
		},
		Trust: func(context.Context, destination.HostKey) (bool, error) { return a.trusts, nil },
	}
}

const nas = "sftp://ada@nas.local"

func (p *person) find(ctx context.Context, r destination.SecretRequest) (string, error) {
	t, err := p.s.findSecret(ctx, r)
	return t.Reveal(), err
}

// A person is asked once, and again when the answer was refused.
func TestPasswordIsAskedForOnce(t *testing.T) {
	p, a := newPerson(t), &asker{answer: "wrong"}
	p.s.Answer(a.questions())
	r := destination.SecretRequest{Account: nas}
	for range 2 {
		if got, err := p.find(t.Context(), r); got != "wrong" || err != nil {
			t.Fatalf("got %q, %v", got, err)
		}
	}
	a.answer, r.Again = "right", true
	if got, err := p.find(t.Context(), r); got != "right" || err != nil || len(a.asked) != 2 {
		t.Fatalf("got %q, %v after %d questions", got, err, len(a.asked))
	}
	r.Again = false
	if got, _ := p.find(t.Context(), r); got != "right" || len(a.asked) != 2 {
		t.Errorf("got %q after %d questions", got, len(a.asked))
	}
}

// A code that is valid once is asked for each time.
func TestCodesAreNotRemembered(t *testing.T) {
	p, a := newPerson(t), &asker{answer: "123456"}
	p.s.Answer(a.questions())
	for range 2 {
		if _, err := p.find(t.Context(), destination.SecretRequest{Kind: destination.OneTimeCode, Account: nas}); err != nil {
			t.Fatal(err)
		}
	}
	if len(a.asked) != 2 {
		t.Errorf("%d questions for two codes", len(a.asked))
	}
}

// In the background nobody is asked, and no server is trusted.
func TestNobodyIsAskedForALoginInTheBackground(t *testing.T) {
	p, a := newPerson(t), &asker{answer: "x", trusts: true}
	p.s.Answer(a.questions())
	ctx := context.WithValue(t.Context(), unasked{}, true)
	if _, err := p.find(ctx, destination.SecretRequest{Account: nas}); !errors.Is(err, errUnasked) || !errors.Is(err, destination.ErrAuth) || len(a.asked) > 0 {
		t.Errorf("got %v after %d questions", err, len(a.asked))
	}
	if yes, err := p.s.trust(ctx, destination.HostKey{}); yes || !errors.Is(err, errUnasked) {
		t.Errorf("got %v, %v", yes, err)
	}
}

func TestTrust(t *testing.T) {
	p, a := newPerson(t), &asker{}
	if yes, err := p.s.trust(t.Context(), destination.HostKey{}); yes || err == nil {
		t.Errorf("nobody can be asked: got %v, %v", yes, err)
	}
	p.s.Answer(a.questions())
	if yes, err := p.s.trust(t.Context(), destination.HostKey{}); yes || !errors.Is(err, ErrNotTrusted) {
		t.Errorf("a no: got %v, %v", yes, err)
	}
	a.trusts = true
	if yes, err := p.s.trust(t.Context(), destination.HostKey{}); !yes || err != nil {
		t.Errorf("a yes: got %v, %v", yes, err)
	}
}

// What was typed for a test is used for that account, and a refusal is shown
// where it was typed instead of asked about.
func TestTypedPasswordIsTried(t *testing.T) {
	p, a := newPerson(t), &asker{answer: "asked"}
	p.s.Answer(a.questions())
	c := Choice{Destination: nas + "/backup", Login: Login{Password: "typed", Typed: true}}
	ctx := withLogin(t.Context(), c)
	if got, err := p.find(ctx, destination.SecretRequest{Account: nas}); got != "typed" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := p.find(ctx, destination.SecretRequest{Account: nas, Again: true}); !errors.Is(err, destination.ErrAuth) || len(a.asked) > 0 {
		t.Errorf("after a refusal: %v, %d questions", err, len(a.asked))
	}
	if got, err := p.find(ctx, destination.SecretRequest{Kind: destination.KeyPassphrase, Account: "/home/ada/.ssh/id"}); got != "asked" || err != nil {
		t.Errorf("for a key: got %q, %v", got, err)
	}
	c.Login.Password = ""
	if _, err := p.find(withLogin(t.Context(), c), destination.SecretRequest{Account: nas}); !errors.Is(err, errNotTyped) {
		t.Errorf("without one: %v", err)
	}
	c.Login.Typed = false
	if got, err := p.find(withLogin(t.Context(), c), destination.SecretRequest{Account: nas}); got != "asked" || err != nil {
		t.Errorf("where there was no place to type it: got %q, %v", got, err)
	}
}

// Options that are secret are given to the engine and to nobody else.
func TestSecretOptions(t *testing.T) {
	p := newPerson(t)
	const url = "s3://minio.local/photos"
	id, err := p.s.AddJob(t.Context(), NewJob{
		Folders: []string{filepath.Join(p.dir, "Letters")}, Choice: Choice{
			Destination: url, Options: map[string]string{"region": "x"},
			Login: Login{Password: "word", Options: map[string]string{"secret-access-key": "hidden"}},
		}, Encrypted: true, Passphrase: "p",
	})
	if err != nil {
		t.Fatal(err)
	}
	j, err := p.s.store.Job(t.Context(), id)
	if err != nil || len(j.Options) != 1 || j.Options["region"] != "x" {
		t.Errorf("kept are %v, %v", j.Options, err)
	}
	d := p.s.reach(t.Context(), ArchiveOf(&j))
	if d.Options["secret-access-key"] != "hidden" || d.Options["region"] != "x" {
		t.Errorf("the engine is given %v", d.Options)
	}
	if j.Options["secret-access-key"] != "" {
		t.Error("the secret got among the options of the job")
	}
	if got, err := p.find(t.Context(), destination.SecretRequest{Account: destform.Account(url, nil)}); got != "word" || err != nil {
		t.Errorf("the password is %q, %v", got, err)
	}
}

// Without a keyring, what shall be kept is refused before anything is set up.
func TestLoginThatCannotBeKept(t *testing.T) {
	p := newPerson(t)
	_, err := p.s.AddJob(t.Context(), NewJob{Folders: []string{p.dir}, Choice: Choice{Destination: nas, Login: Login{Password: "x"}}, KeepLogin: true})
	if !errors.Is(err, ErrNotKept) {
		t.Errorf("got %v", err)
	}
	if jobs, err := p.s.store.Jobs(t.Context()); len(jobs) > 0 || err != nil {
		t.Errorf("got %v, %v", jobs, err)
	}
}

func TestTestOfAFolder(t *testing.T) {
	p := newPerson(t)
	found, err := p.s.Test(t.Context(), Choice{Destination: filepath.Join(p.dir, "100% new")})
	if err != nil || !found.Writable || found.Upload <= 0 {
		t.Errorf("got %+v, %v", found, err)
	}
	_, err = p.s.Test(t.Context(), Choice{Destination: "gopher://x/y"})
	if e, ok := errors.AsType[*engine.Error](err); !ok || e.Kind != engine.NoSuchDestination {
		t.Errorf("got %v", err)
	}
}

func TestPathOfAnAddress(t *testing.T) {
	for url, want := range map[string]string{"file:///a%25b": "/a%b", "sftp://h/a%25b": "sftp://h/a%25b", "/plain": "/plain"} {
		if got := Path(url); got != want || URL(got) != url && url[0] != '/' {
			t.Errorf("%s: got %s, and back %s", url, got, URL(got))
		}
	}
}

// What a person is told differs where what helps does.
func TestExplainsLogins(t *testing.T) {
	said := map[string]bool{}
	for _, err := range []error{errUnasked, errNotTyped, errRefused} {
		said[Explain(&engine.Error{Kind: engine.LoginRefused, Err: err}).Sentence] = true
	}
	for _, err := range []error{ErrNotTrusted, destination.ErrNeverMet, destination.ErrCertificate, destination.ErrHostKey} {
		said[Explain(&engine.Error{Kind: engine.NotTheServer, Err: err}).Sentence] = true
	}
	if len(said) != 7 {
		t.Errorf("got %d sentences for 7 cases: %v", len(said), said)
	}
}

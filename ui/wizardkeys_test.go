package ui

import (
	"errors"
	"slices"
	"testing"

	"github.com/varve-backup/varve/engine"
)

const (
	adasKey = "5A3F9C0E7B1D2A4688F0C1D2E3F4A5B6C7D8E9F0"
	bensKey = "0123456789ABCDEF0123456789ABCDEF01234567"
)

func adasKeys() *fake {
	f := &fake{}
	f.keys = []engine.PublicKey{
		{Fingerprint: bensKey, User: "Ben Harper <ben@example.org>", Encrypts: true},
		{Fingerprint: "FFFF", User: "Signs only", Secret: true, Signs: true},
		{Fingerprint: adasKey, User: "Ada Larsen <ada@example.org>", Secret: true, Encrypts: true, Signs: true},
	}
	return f
}

// toKeys chooses keys in the step of protection.
func (s *stage) toKeys() {
	s.toProtection()
	s.pick("OpenPGP keys")
	s.q.until(s.t, "the keys", func() bool { return !s.says("Looking for your keys…") })
}

var keysScenes = []scene{
	{"wizard-keys", adasKeys, (*stage).toKeys},
	{"wizard-keys-others", adasKeys, func(s *stage) {
		s.toKeys()
		s.check("Ada Larsen <ada@example.org>")
		s.check("Ben Harper <ben@example.org>")
	}},
	{"wizard-keys-none", nothing, (*stage).toKeys},
	{"wizard-keys-failed", func() *fake {
		f := nothing()
		f.keysErr = errors.New("listing OpenPGP keys: the program gpg is needed and is not there")
		return f
	}, (*stage).toKeys},
}

// Who chooses keys needs no passphrase, and reads what is lost without them.
func TestWizardTakesKeys(t *testing.T) {
	f := adasKeys()
	s := newStage(t, "light", f)
	s.toKeys()
	if s.button("Continue").Disabled() || !s.says("E3F4 A5B6 C7D8 E9F0") || !s.says("It is on this computer: keep a copy of it elsewhere") {
		t.Error("the key with a secret part is not chosen already")
	}
	s.check("Ada Larsen <ada@example.org>")
	if !s.button("Continue").Disabled() {
		t.Error("one goes on without a key")
	}
	s.check("Ben Harper <ben@example.org>")
	if !s.says("nothing can be restored or proved here") || s.says("Sign what is stored") {
		t.Error("it is not said that Ben's key cannot open it here")
	}
	s.check("Ada Larsen <ada@example.org>")
	s.check("Sign what is stored")
	if !s.says("encrypted for the key of Ben Harper and Ada Larsen") {
		t.Error("the sum does not name the keys")
	}
	for range 3 {
		s.tap("Continue")
	}
	if !s.says("Without its secret part nothing can be restored") {
		t.Error("the last step does not say what is lost without the keys")
	}
	s.tap("Start the first backup")
	s.q.until(t, "the job", func() bool { return len(f.added) == 1 })
	n := f.added[0]
	if !slices.Equal(n.Recipients, []string{bensKey, adasKey}) || n.SignKey != adasKey || !n.Encrypted || n.Passphrase != "" {
		t.Errorf("added %+v", n)
	}
}

// Who goes back to a passphrase has no keys.
func TestWizardForgetsKeys(t *testing.T) {
	f := adasKeys()
	s := newStage(t, "light", f)
	s.toKeys()
	s.pick("A passphrase")
	if !s.button("Continue").Disabled() {
		t.Error("one goes on without a passphrase")
	}
	s.entry("Passphrase").SetText("nine green boats at night")
	s.entry("The same again").SetText("nine green boats at night")
	for range 3 {
		s.tap("Continue")
	}
	s.tap("Start the first backup")
	s.q.until(t, "the job", func() bool { return len(f.added) == 1 })
	if n := f.added[0]; len(n.Recipients) > 0 || n.SignKey != "" || n.Passphrase == "" {
		t.Errorf("added %+v", n)
	}
}

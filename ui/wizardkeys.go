package ui

import (
	"context"
	"slices"
	"strings"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/words"
)

// PublicKeys are the OpenPGP keys of a person.
type PublicKeys interface {
	PublicKeys(ctx context.Context) ([]engine.PublicKey, error)
}

// The ways to protect a new backup.
const (
	byPassphrase = iota
	byKeys
)

// keysStep chooses OpenPGP keys, in place of a passphrase.
type keysStep struct {
	wizard *wizard
	way    *choice
	asked  bool
	over   bool
	err    error
	known  []engine.PublicKey // that encrypt
	ticked map[string]bool    // by fingerprint
	sign   *look.Check
	boxes  map[string]*look.Check // that are shown, by fingerprint
}

func newKeysStep(w *wizard) *keysStep {
	k := &keysStep{wizard: w, ticked: map[string]bool{}, boxes: map[string]*look.Check{}}
	k.way = newChoice(func() { w.show() }, byPassphrase, item{byPassphrase, lang.T("A passphrase")}, item{byKeys, lang.T("OpenPGP keys")})
	k.sign = look.NewCheck(lang.T("Sign what is stored"), func(bool) { w.showSum() })
	return k
}

// chosen tells that keys are wanted, and not a passphrase.
func (k *keysStep) chosen() bool {
	return k.way.value == byKeys && !k.wizard.open.Checked && !k.wizard.continues() && !k.wizard.opened()
}

// recipients are the fingerprints of what was ticked.
func (k *keysStep) recipients() (all []string) {
	if !k.chosen() {
		return nil
	}
	for _, key := range k.known {
		if k.ticked[key.Fingerprint] {
			all = append(all, key.Fingerprint)
		}
	}
	return all
}

// signer is the key that signs, nil for none: the first that is ticked and can.
func (k *keysStep) signer() *engine.PublicKey {
	i := slices.IndexFunc(k.known, func(key engine.PublicKey) bool { return k.ticked[key.Fingerprint] && key.Signs })
	if i < 0 || !k.chosen() {
		return nil
	}
	return &k.known[i]
}

// signKey is its fingerprint, "" where nothing is to be signed.
func (k *keysStep) signKey() string {
	if s := k.signer(); s != nil && k.sign.Checked {
		return s.Fingerprint
	}
	return ""
}

// summary says it in a few words.
func (k *keysStep) summary() string {
	var names []string
	for _, key := range k.known {
		if k.ticked[key.Fingerprint] {
			name, _, _ := strings.Cut(ownerOf(&key), " <") // without the address of mail
			names = append(names, name)
		}
	}
	return lang.T("encrypted for the key of %s", words.List(names))
}

// ownerOf names whose key it is.
func ownerOf(k *engine.PublicKey) string {
	if k.User == "" {
		return grouped(k.Fingerprint)
	}
	return words.Printable(k.User)
}

// grouped is the end of a fingerprint, as people compare it.
func grouped(fingerprint string) string {
	const shown = 16
	s := fingerprint[max(0, len(fingerprint)-shown):]
	var groups []string
	for i := 0; i < len(s); i += 4 {
		groups = append(groups, s[i:min(i+4, len(s))])
	}
	return strings.Join(groups, " ")
}

// ask asks gpg, once.
func (k *keysStep) ask() {
	if k.asked {
		return
	}
	k.asked = true
	w := k.wizard
	var all []engine.PublicKey
	w.stop = append(w.stop, w.ui.Work(func(ctx context.Context) (err error) {
		all, err = w.ui.Session.PublicKeys(ctx)
		return err
	}, func(err error) {
		k.over, k.err = true, err
		k.known = slices.DeleteFunc(all, func(key engine.PublicKey) bool { return !key.Encrypts })
		if own := slices.IndexFunc(k.known, func(key engine.PublicKey) bool { return key.Secret }); own >= 0 {
			k.ticked[k.known[own].Fingerprint] = true
		}
		if w.at(stepProtection) {
			w.show()
		}
	}))
}

// addTo lists the keys.
func (k *keysStep) addTo(rows *fyne.Container) {
	k.ask()
	switch {
	case !k.over:
		rows.Add(look.Hint(lang.T("Looking for your keys…")))
		return
	case k.err != nil:
		rows.Add(look.Marked(look.IconNotice, look.Amber, look.Say(lang.T("Your keys could not be listed. Varve asks the program gpg for them (the package gnupg)."))))
		rows.Add(look.Technical(k.err.Error()))
		return
	case len(k.known) == 0:
		rows.Add(look.Marked(look.IconNotice, look.Amber, look.Say(lang.T("gpg has no key here that can encrypt. Make one with gpg or Kleopatra, or choose a passphrase."))))
		return
	}
	rows.Add(look.Say(lang.T("Only who has the secret part of one of these keys.")))
	for _, key := range k.known {
		rows.Add(k.row(key))
	}
	if k.signer() != nil {
		rows.Add(look.Gap(1))
		rows.Add(explained(k.sign, lang.T("What somebody else put there is then refused. gpg must be able to use the key without asking, or runs wait for you.")))
	}
	rows.Add(k.warning())
	rows.Add(look.Hint(lang.T("The versions are stored in duplicity's format, one after the other, and build on one another.")))
}

// row is a key with its tick.
func (k *keysStep) row(key engine.PublicKey) fyne.CanvasObject {
	box := look.NewCheck(ownerOf(&key), nil)
	box.Checked = k.ticked[key.Fingerprint]
	box.OnChanged = func(on bool) {
		k.ticked[key.Fingerprint] = on
		k.wizard.show()
		k.wizard.ui.Focus(k.boxes[key.Fingerprint])
	}
	k.boxes[key.Fingerprint] = box
	said := lang.T("%s · its secret part is on this computer", grouped(key.Fingerprint))
	if !key.Secret {
		said = lang.T("%s · its secret part is not on this computer", grouped(key.Fingerprint))
	}
	return explained(box, said)
}

// warning says what is lost without the keys.
func (k *keysStep) warning() fyne.CanvasObject {
	own := slices.ContainsFunc(k.known, func(key engine.PublicKey) bool { return key.Secret && k.ticked[key.Fingerprint] })
	said := lang.T("Without the secret part of a ticked key nothing can be restored, by nobody. It is on this computer: keep a copy of it elsewhere, or it is gone together with the computer.")
	if !own {
		said = lang.T("Without the secret part of a ticked key nothing can be restored, by nobody. None of them is on this computer: it can store, and nothing can be restored or proved here.")
	}
	return look.On(look.AmberGround, "", look.Between, look.Marked(look.IconNotice, look.Amber, look.Say(said)))
}

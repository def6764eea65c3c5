package settingspage

import (
	"context"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
)

// Secrets tell where what opens backups lies.
type Secrets interface {
	// Keyring returns nil when secrets can be kept.
	Keyring(ctx context.Context) error
	Jobs(ctx context.Context) ([]session.JobState, error)
	Whereabouts(ctx context.Context, j *settings.Job) session.Whereabouts
	// Passphrase returns it, or session.ErrNotAtHand.
	Passphrase(ctx context.Context, j *settings.Job) (string, error)
	FormatOf(ctx context.Context, j *settings.Job) engine.Format
}

// known is a job, and where its passphrase lies.
type known struct {
	job session.JobState
	at  session.Whereabouts
}

func (p *page) passphrases() fyne.CanvasObject {
	keyring := look.Hint(lang.T("Asking the keyring…"))
	rows := look.Stacked(look.InCard)
	g := p.newGroup(lang.T("Passphrases"), keyring, rows)
	var missing error
	var all []known
	p.stop = append(p.stop, p.Window.Work(func(ctx context.Context) error {
		missing = p.Backend.Keyring(ctx)
		jobs, err := p.Backend.Jobs(ctx)
		for _, j := range jobs {
			all = append(all, known{j, p.Backend.Whereabouts(ctx, &j.Job)})
		}
		return err
	}, func(err error) {
		keyring.Set(lang.T("Passphrases that you want kept are in this computer's keyring, and nowhere else."))
		if missing != nil {
			keyring.Set(lang.T("This session has no keyring, so Varve asks for passphrases after each start and keeps none."))
		}
		for _, k := range all {
			rows.Add(p.secretRow(k))
		}
		g.fail(lang.T("The backups cannot be read."), err)
	}))
	return g.box
}

// secretRow is one backup: where its passphrase lies, and its recovery sheet.
func (p *page) secretRow(k known) fyne.CanvasObject {
	sheet := look.NewButton(lang.T("Recovery sheet…"), func() { p.openSheet(k) })
	sheet.Name = lang.T("Recovery sheet of %s", k.job.Name)
	return look.Stacked(look.Within, look.Strong(k.job.Name), look.Say(whereWords(k.at)), look.Wrap(0, sheet))
}

// whereWords say where a passphrase lies, and whether it survives this disk.
func whereWords(at session.Whereabouts) string {
	switch at {
	case session.Unneeded:
		return lang.T("It is not encrypted and has no passphrase. If this disk is lost, it can be restored as it is: by you, and by whoever else reaches it.")
	case session.InKeyring:
		return lang.T("Its passphrase is in this computer's keyring. If this disk is lost, that is lost as well: only what you know or have on paper opens the backup then.")
	case session.WithKeys:
		return lang.T("It is encrypted for OpenPGP keys, which gpg keeps on this computer. If this disk is lost, only a copy of a secret key elsewhere opens the backup then.")
	case session.InMemory:
		return lang.T("Its passphrase was typed, and is forgotten when Varve ends. If this disk is lost, what you know or have on paper opens the backup.")
	}
	return lang.T("Its passphrase is not on this computer: Varve asks for it. If this disk is lost, what you know or have on paper opens the backup.")
}

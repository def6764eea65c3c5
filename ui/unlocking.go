package ui

import (
	"context"
	"errors"

	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/session"
)

// openUnlocking asks for the passphrase of a job that is not at hand. It is proved
// before it is kept, and then the backup goes on.
func (u *UI) openUnlocking(j *session.JobState) {
	job, keep := j.ID, newKeepChoice()
	o := u.newOpening(j.Destination, lang.T("Back up"), keep.content())
	o.try = func(passphrase string) func(ctx context.Context) error {
		kept := keep.Checked
		return func(ctx context.Context) error { return u.Session.Unlock(ctx, job, passphrase, kept) }
	}
	o.unkept = func() { keep.SetChecked(false) }
	o.over = func(err error) {
		switch {
		case err == nil:
			u.BackUp(job)
		case !errors.Is(err, errNotNow):
			u.Fail(err)
		}
	}
	o.stop = append(o.stop, u.Work(u.Session.Keyring, keep.offer))
	o.question.show()
}

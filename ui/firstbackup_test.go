package ui

import "github.com/varve-backup/varve/ui/session"

// firstBackup goes on from the place of a new backup to its first version.
func (d *desk) firstBackup() (job session.JobState) {
	d.t.Helper()
	d.tap("Continue")
	d.entry("Passphrase").SetText("seven quiet boats drift home")
	d.entry("The same again").SetText("seven quiet boats drift home")
	d.tap("Continue")
	d.tap("Continue")
	d.tap("Continue")
	d.tap("Start the first backup")
	d.q.until(d.t, "the first version", func() bool {
		jobs, err := d.s.Jobs(d.t.Context())
		if err == nil && len(jobs) == 1 {
			job = jobs[0]
		}
		return job.Health == session.Protected
	})
	return job
}

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
	return d.firstVersion()
}

// firstVersion waits until the first version of the only backup is known.
func (d *desk) firstVersion() (job session.JobState) {
	d.t.Helper()
	d.q.until(d.t, "the first version", func() bool {
		jobs, err := d.s.Jobs(d.t.Context())
		if err != nil {
			d.t.Fatal(err)
		}
		if len(jobs) == 0 { // it is still being saved
			return false
		}
		job = jobs[0]
		return !job.LastGood.IsZero() && d.s.Running(job.ID) == nil && d.knowsNewest(job.ID)
	})
	if job.Health != session.Protected {
		d.t.Fatalf("after the first backup it is %v: %+v", job.Health, job.Runs)
	}
	return job
}

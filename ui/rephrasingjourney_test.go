package ui

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// From the page of a job to another passphrase: the real restic opens what is
// stored with it and refuses the old one, and the next backup asks nobody.
func TestJourneyToAnotherPassphrase(t *testing.T) {
	d := newDesk(t, "light")
	id := d.job(func() {})
	d.u.openJob(id)
	d.settle()
	(&stage{desk: d}).named("Protection: Change…")
	for _, hint := range []string{"Passphrase", "The same again"} {
		d.entry(hint).SetText(goodWords)
	}
	d.tap("Change the passphrase")
	d.q.until(t, "the change", func() bool { return d.says("the old one does not any more") })
	for words, opens := range map[string]bool{"a passphrase": false, goodWords: true} {
		cmd := exec.CommandContext(t.Context(), "restic", "--no-cache", "--no-lock", "--repo", d.path("home/Lake"), "snapshots")
		cmd.Env = append(os.Environ(), "RESTIC_PASSWORD="+words)
		out, err := cmd.CombinedOutput()
		if opens && err != nil || !opens && !strings.Contains(string(out), "wrong password") {
			t.Errorf("restic (Debian package restic) with %q: %v\n%s", words, err, out)
		}
	}
	d.tap("Done")
	d.write("home/Documents/notes.txt", "second, and longer")
	d.backUp(id)
	if !d.says("Fine.") {
		t.Error("the next backup is not fine")
	}
}

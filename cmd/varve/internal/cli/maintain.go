package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/varve-backup/varve/cmd/varve/internal/duplicityargs"
	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/retention"
)

// findingRow is what a check found.
type findingRow struct {
	Severity string   `json:"severity"`
	Text     string   `json:"text"`
	Pack     string   `json:"pack,omitempty"`
	File     string   `json:"file,omitempty"`
	Paths    []string `json:"paths,omitempty"`
}

var severities = map[engine.Severity]string{engine.Hint: "hint", engine.Damage: "damaged", engine.Loss: "lost"}

func findingOf(f *engine.Finding) findingRow {
	row := findingRow{Severity: severities[f.Severity], Text: f.Text, File: f.File, Paths: f.Paths}
	if !f.Pack.IsZero() {
		row.Pack = f.Pack.String()
	}
	return row
}

// check proves an archive. Damage ends with the code for it.
func (p *program) check(ctx context.Context) int {
	a := p.args
	data := engine.NewDataCheck(a.ReadPart, a.ReadOf)
	if a.ReadFor > 0 {
		data = engine.DataWithin(a.ReadFor)
	}
	var checked engine.Checked
	findings := []findingRow{}
	bad := 0
	job := p.engine.Check(engine.CheckPlan{Destination: p.destination(), Data: data}, func(c engine.Checked) { checked = c })
	stop := p.showProgress(job)
	err := job.Run(ctx, func(e engine.Event) {
		found, ok := e.(engine.CheckFound)
		if !ok {
			p.report(e)
			return
		}
		row := findingOf(&found.Finding)
		findings = append(findings, row)
		if found.Finding.Severity > engine.Hint {
			bad++
		}
		if !a.JSON {
			p.out.warning(oneLine(row.Severity + ": " + row.Text))
		}
	})
	stop()
	if err != nil {
		return p.fail(err)
	}
	code := p.answer(checkDocument{
		Versions: checked.Versions, Packs: checked.Files, BytesRead: checked.BytesRead,
		RecentlyRead: checked.Fresh.Read, Stored: checked.Fresh.Of, Findings: findings,
	}, checkSentence(&checked, bad))
	if bad > 0 {
		return duplicityargs.ExitDamaged
	}
	return code
}

// checkDocument is what a check looked at. Packs are volumes in an archive of
// volumes; RecentlyRead is what of Stored was read to the last byte in 90 days.
type checkDocument struct {
	Versions     int          `json:"versions"`
	Packs        int          `json:"packs"`
	BytesRead    int64        `json:"bytes_read"`
	RecentlyRead int64        `json:"recently_read"`
	Stored       int64        `json:"stored"`
	Findings     []findingRow `json:"findings"`
}

func checkSentence(c *engine.Checked, bad int) string {
	what := count(int64(c.Versions), "version") + " and " + count(int64(c.Files), "volume")
	if c.Format == engine.Deduplicated {
		what = count(int64(c.Versions), "version") + ", " + count(int64(c.Folders), "folder") + " and " + count(int64(c.Files), "pack")
	}
	return fmt.Sprintf("Checked %s, %s of data read: %s. In the last 90 days, %d %% of what is stored was read.",
		what, size(c.BytesRead), verdict(bad), c.Fresh.Percent())
}

func verdict(bad int) string {
	if bad == 0 {
		return "nothing is wrong"
	}
	return count(int64(bad), "thing") + " to repair, see above"
}

// forget removes versions, and gives room back if that is wanted too.
func (p *program) forget(ctx context.Context) int {
	a := p.args
	plan := engine.ForgetPlan{
		Destination: p.destination(), IDs: a.IDs, DryRun: a.DryRun,
		Policy: retention.Policy{Keep: a.Keep}, Unguarded: a.Policy == nil,
	}
	if a.Policy != nil {
		plan.Policy, plan.Options.Agreed = *a.Policy, a.Force
	}
	done, err := p.engine.Forget(ctx, plan)
	if err != nil {
		return p.fail(err)
	}
	verb := "Removed"
	if a.DryRun {
		verb = "Would remove"
	}
	held := p.held(done.Held)
	if !a.JSON {
		for _, v := range done.Removed {
			p.out.notice(fmt.Sprintf("%s %s of %s.", verb, versionOf(v).short(), moment(v.Time)))
		}
		if n := len(done.Bound); n > 0 {
			p.out.notice(fmt.Sprintf("The rules would drop %s that must stay: chains of volumes are removed as a whole, and later versions need earlier ones.",
				count(int64(n), "version")))
		}
		for _, sentence := range held {
			p.out.warning(sentence)
		}
	}
	code := p.answer(struct {
		Kept    []string `json:"kept"`
		Removed []string `json:"removed"`
		Held    []string `json:"held,omitempty"`
		Bound   []string `json:"bound,omitempty"`
	}{idsOf(done.Kept), idsOf(done.Removed), held, idsOf(done.Bound)}, fmt.Sprintf("%s %s, and %s stay.", verb,
		count(int64(len(done.Removed)), "version"), count(int64(len(done.Kept)), "version")))
	if code == duplicityargs.ExitOK && a.Prune && done.Format == engine.Deduplicated {
		code = p.prune(ctx)
	}
	if code == duplicityargs.ExitOK && len(held) > 0 {
		code = duplicityargs.ExitWarnings
	}
	return code
}

// held says why nothing of a source was removed.
func (p *program) held(lines []engine.RetentionLine) (sentences []string) {
	for _, l := range lines {
		said := []string{"Nothing was removed."}
		if source := sourceOf(&l); source != "" {
			said[0] = "Nothing was removed of " + named(source) + "."
		}
		for _, g := range l.Guards {
			said = append(said, g.Sentence)
		}
		if l.Decision == retention.Ask {
			said = append(said, "varve retention plan lists what would go, and --force agrees to it.")
		}
		sentences = append(sentences, strings.Join(said, " "))
	}
	return sentences
}

func idsOf(versions []engine.Version) []string {
	ids := []string{}
	for _, v := range versions {
		ids = append(ids, v.ID)
	}
	return ids
}

// prune gives back what no version needs.
func (p *program) prune(ctx context.Context) int {
	unused := -1.0 // the usual
	if p.args.MaxUnused != nil {
		unused = *p.args.MaxUnused
	}
	done, err := p.engine.Prune(ctx, p.destination(), engine.PruneOptions{
		MaxUnused: unused, MaxRepack: p.args.MaxRepack, DryRun: p.args.DryRun,
	})
	if err != nil {
		return p.fail(err)
	}
	verb := "Gave back"
	if p.args.DryRun {
		verb = "Would give back"
	}
	return p.answer(struct {
		Packs  int   `json:"packs"`
		Freed  int64 `json:"bytes_freed"`
		Copied int64 `json:"bytes_copied"`
		Unused int64 `json:"bytes_unused"`
	}{done.Packs, done.Bytes - done.Copied, done.Copied, done.Unused}, fmt.Sprintf("%s %s; %s were written anew for it, and %s stay unused.",
		verb, size(done.Bytes-done.Copied), size(done.Copied), size(done.Unused)))
}

// repair mends what a check found.
func (p *program) repair(ctx context.Context) int {
	kinds := map[duplicityargs.Action]engine.RepairKind{
		duplicityargs.RepairIndex: engine.RepairIndex, duplicityargs.RepairPacks: engine.RepairPacks,
		duplicityargs.RepairSnapshots: engine.RepairSnapshots,
	}
	done, err := p.engine.Repair(ctx, engine.RepairPlan{Destination: p.destination(), Kind: kinds[p.args.Action], Packs: p.args.IDs})
	if err != nil {
		return p.fail(err)
	}
	if !p.args.JSON {
		for _, path := range done.Lost {
			p.out.warning(shown(path) + " is no longer in the versions that held it damaged.")
		}
		for _, s := range done.Sentences {
			p.out.notice(s)
		}
		return duplicityargs.ExitOK
	}
	return p.answer(struct {
		Done []string `json:"done"`
		Lost []string `json:"lost"`
	}{done.Sentences, done.Lost}, "")
}

package cli

import (
	"context"
	"fmt"

	"github.com/varve-backup/varve/cmd/varve/internal/duplicityargs"
	"github.com/varve-backup/varve/engine"
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
	k := p.args.Keep
	done, err := p.engine.Forget(ctx, engine.ForgetPlan{
		Destination: p.destination(), IDs: p.args.IDs, DryRun: p.args.DryRun,
		Policy: engine.Policy{
			Last: k.Last, Hourly: k.Hourly, Daily: k.Daily, Weekly: k.Weekly, Monthly: k.Monthly, Yearly: k.Yearly,
			Within: k.Within, Tags: k.Tags,
		},
	})
	if err != nil {
		return p.fail(err)
	}
	verb := "Removed"
	if p.args.DryRun {
		verb = "Would remove"
	}
	if !p.args.JSON {
		for _, v := range done.Removed {
			p.out.notice(fmt.Sprintf("%s %s of %s.", verb, shortKey(v.ID), moment(v.Time)))
		}
	}
	code := p.answer(struct {
		Kept    []string `json:"kept"`
		Removed []string `json:"removed"`
	}{idsOf(done.Kept), idsOf(done.Removed)}, fmt.Sprintf("%s %s, and %s stay.", verb,
		count(int64(len(done.Removed)), "version"), count(int64(len(done.Kept)), "version")))
	if code != duplicityargs.ExitOK || !p.args.Prune {
		return code
	}
	return p.prune(ctx)
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

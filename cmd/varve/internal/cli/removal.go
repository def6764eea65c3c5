package cli

import (
	"context"
	"fmt"

	"github.com/varve-backup/varve/cmd/varve/internal/duplicityargs"
	"github.com/varve-backup/varve/engine"
)

// remove lists what duplicity's actions delete, and deletes it with --force.
func (p *program) remove(ctx context.Context) int {
	a := p.args
	kinds := map[duplicityargs.Action]engine.RemovalKind{
		duplicityargs.RemoveOlderThan: engine.RemoveOlderThan, duplicityargs.RemoveAllButFull: engine.RemoveAllButFull,
		duplicityargs.RemoveIncrementals: engine.RemoveIncrementals, duplicityargs.Cleanup: engine.RemoveLoose,
	}
	var gone engine.Removed
	deletes := a.Force && !a.DryRun
	_, code := p.run(ctx, p.engine.Remove(engine.RemovalPlan{
		Destination: p.destination(), Kind: kinds[a.Action], Before: a.Before, Keep: a.KeepFull, DryRun: !deletes,
	}, func(r engine.Removed) { gone = r }))
	if code != duplicityargs.ExitOK {
		return code
	}
	if !a.JSON {
		p.listRemoved(&gone, deletes)
	}
	return p.answer(struct {
		Deleted bool     `json:"deleted"`
		Removed []string `json:"removed"`
		Files   []string `json:"files"`
		Bytes   int64    `json:"bytes"`
	}{deletes, idsOf(gone.Versions), append([]string{}, gone.Files...), gone.Bytes}, p.removalSentence(&gone, deletes))
}

// listRemoved names versions, or the files of none.
func (p *program) listRemoved(gone *engine.Removed, deletes bool) {
	verb := "Would remove"
	if deletes {
		verb = "Removed"
	}
	for _, v := range gone.Versions {
		kind := "incremental"
		if v.Full {
			kind = "full"
		}
		p.out.notice(fmt.Sprintf("%s the %s version of %s.", verb, kind, moment(v.Time)))
	}
	if len(gone.Versions) > 0 {
		return
	}
	for _, name := range gone.Files {
		p.out.notice(verb + " " + name + ".")
	}
}

func (p *program) removalSentence(gone *engine.Removed, deletes bool) string {
	files := fmt.Sprintf("%s (%s)", count(int64(len(gone.Files)), "file"), size(gone.Bytes))
	what := count(int64(len(gone.Versions)), "version") + " in " + files
	if p.args.Action == duplicityargs.Cleanup {
		what = files + " of no version"
	}
	switch {
	case len(gone.Files) == 0 && p.args.Action == duplicityargs.Cleanup:
		return "Every file belongs to a version: nothing is deleted."
	case len(gone.Files) == 0:
		return "No version is old enough: nothing is deleted."
	case deletes:
		return "Removed " + what + "."
	case p.args.Force:
		return "Would remove " + what + "."
	}
	return "Would remove " + what + ". Nothing is deleted without --force."
}

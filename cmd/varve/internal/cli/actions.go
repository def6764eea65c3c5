package cli

import (
	"context"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/varve-backup/varve/cmd/varve/internal/duplicityargs"
	"github.com/varve-backup/varve/engine"
)

// cleanPath takes what people write around a path inside a backup off it.
func cleanPath(p string) string {
	return strings.TrimPrefix(path.Clean("/"+p), "/")
}

func (p *program) backup(ctx context.Context) int {
	kinds := map[duplicityargs.Action]engine.Kind{
		duplicityargs.Full: engine.Full, duplicityargs.Incremental: engine.Incremental,
	}
	summary, code := p.run(ctx, p.engine.Backup(p.backupPlan(kinds[p.args.Action])))
	if code == duplicityargs.ExitOK || code == duplicityargs.ExitWarnings {
		p.out.notice(backupSentence(summary, p.args.DryRun))
	}
	return code
}

func (p *program) restore(ctx context.Context) int {
	plan := p.restorePlan()
	plan.Undo = p.undoName()
	summary, code := p.run(ctx, p.engine.Restore(plan))
	switch {
	case code != duplicityargs.ExitOK && code != duplicityargs.ExitWarnings:
	case p.args.JSON:
		code = max(code, p.answer(newRestoreDocument(&summary), ""))
	default:
		p.out.notice(restoreSentence(&summary, p.args.Folder, p.args.DryRun))
	}
	return code
}

func (p *program) verify(ctx context.Context) int {
	summary, code := p.run(ctx, p.engine.Verify(p.verifyPlan()))
	if summary.Items == 0 && code != duplicityargs.ExitOK {
		return code
	}
	p.out.notice(fmt.Sprintf("Verified %s (%s) of the version of %s: %s found.",
		count(summary.Files, "file"), size(summary.Bytes), moment(summary.Version.Time), count(summary.Differences, "difference")))
	if code == duplicityargs.ExitWarnings {
		return duplicityargs.ExitGeneric
	}
	return code
}

// run runs a job and reports it.
func (p *program) run(ctx context.Context, job *engine.Job) (engine.Summary, int) {
	var summary engine.Summary
	stop := p.showProgress(job)
	err := job.Run(ctx, func(e engine.Event) {
		if f, ok := e.(engine.Finished); ok {
			summary = f.Summary
		}
		p.report(e)
	})
	stop()
	if err != nil {
		return summary, p.fail(err)
	}
	if summary.Problems > 0 {
		p.out.warning(fmt.Sprintf("%s attention: see above.", needs(summary.Problems)))
		return summary, duplicityargs.ExitWarnings
	}
	return summary, duplicityargs.ExitOK
}

// fail words an error and returns its exit code.
func (p *program) fail(err error) int {
	sentence, code := explain(err)
	p.out.error(sentence)
	return code
}

func (p *program) status(ctx context.Context) int {
	s, err := p.engine.Status(ctx, p.destination())
	if err != nil {
		return p.fail(err)
	}
	if s.Format == engine.Deduplicated {
		return p.snapshots(s)
	}
	fmt.Fprintf(p.stdout, "Destination:       %s\nArchive directory: %s\n", p.args.URL, s.ArchiveDir)
	for i, c := range s.Chains {
		p.printChain(c, i == s.Active)
	}
	if len(s.Chains) == 0 {
		fmt.Fprintln(p.stdout, "\nThere is no backup.")
	}
	if s.Orphaned+s.Incomplete > 0 {
		fmt.Fprintf(p.stdout, "\n%s and %s belong to no version. They take room and do no harm.\n",
			count(int64(s.Orphaned), "orphaned set"), count(int64(s.Incomplete), "incomplete set"))
	}
	return duplicityargs.ExitOK
}

// snapshots lists the versions of a deduplicated archive, oldest first.
func (p *program) snapshots(s engine.Status) int {
	fmt.Fprintf(p.stdout, "Destination: %s\n\n", p.args.URL)
	for _, c := range s.Chains {
		for _, v := range c.Versions {
			note := ""
			if v.Partial {
				note = "  not whole: its run was interrupted"
			}
			if pin := pinOf(&v); pin != nil {
				note += "  " + pin.words()
			}
			fmt.Fprintf(p.stdout, "  %s  %s  %9s  %s  %s%s\n", v.ID[:8], moment(v.Time), size(v.Stored), v.Host, strings.Join(v.Paths, " "), note)
		}
	}
	if len(s.Chains) == 0 {
		fmt.Fprintln(p.stdout, "There is no backup.")
	}
	return duplicityargs.ExitOK
}

func (p *program) printChain(c engine.Chain, active bool) {
	title := "An older chain"
	if active {
		title = "The chain that the next backup continues"
	}
	fmt.Fprintf(p.stdout, "\n%s:\n", title)
	for _, v := range c.Versions {
		kind, protected := "incremental", "not encrypted"
		if v.Full {
			kind = "full"
		}
		if v.Encrypted {
			protected = "encrypted"
		}
		fmt.Fprintf(p.stdout, "  %-11s  %s  %11s  %9s  %s\n", kind, moment(v.Time), count(int64(v.Volumes), "volume"), size(v.Stored), protected)
		if pin := pinOf(&v); pin != nil {
			fmt.Fprintf(p.stdout, "               %s\n", pin.words())
		}
		if v.Damaged != "" {
			fmt.Fprintf(p.stdout, "               %s\n", v.Damaged)
		}
	}
}

func (p *program) list(ctx context.Context) int {
	tree, err := p.engine.Browse(ctx, p.destination(), momentOf(p.args.Time))
	if err != nil {
		return p.fail(err)
	}
	defer tree.Close()
	for e, err := range tree.Walk(ctx, "") {
		if err != nil {
			return p.fail(err)
		}
		name := e.Path
		if name == "" {
			name = "."
		}
		fmt.Fprintf(p.stdout, "%s %s\n", e.ModTime.Local().Format(time.ANSIC), name)
	}
	return duplicityargs.ExitOK
}

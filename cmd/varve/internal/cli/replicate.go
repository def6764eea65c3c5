package cli

import (
	"context"
	"fmt"

	"github.com/varve-backup/varve/backends/open"
	"github.com/varve-backup/varve/cmd/varve/internal/duplicityargs"
	"github.com/varve-backup/varve/engine"
)

// replicate copies versions from one archive to another.
func (p *program) replicate(ctx context.Context) int {
	a := p.args
	plan, err := p.replicatePlan(ctx)
	if err != nil {
		return p.fail(err)
	}
	copied := []versionName{}
	job := p.engine.Replicate(plan)
	stop := p.showProgress(job)
	var summary engine.Summary
	err = job.Run(ctx, func(e engine.Event) {
		switch e := e.(type) {
		case engine.VersionCopied:
			copied = append(copied, versionOf(e.Version))
		case engine.Finished:
			summary = e.Summary
		}
		if _, ok := e.(engine.VersionCopied); !ok || !a.JSON {
			p.report(e)
		}
	})
	stop()
	if err != nil {
		return p.fail(err)
	}
	verb := "Copied"
	if a.DryRun {
		verb = "Would copy"
	}
	sentence := fmt.Sprintf("%s %s.", verb, count(int64(len(copied)), "version"))
	if len(copied) == 0 && summary.Problems == 0 {
		sentence = "Every version is there already."
	}
	code := p.answer(struct {
		Copied   []versionName `json:"copied"`
		DryRun   bool          `json:"dry_run"`
		Problems int64         `json:"problems"`
	}{copied, a.DryRun, summary.Problems}, sentence)
	if code == duplicityargs.ExitOK && summary.Problems > 0 {
		p.out.warning(fmt.Sprintf("%s attention: see above.", needs(summary.Problems)))
		return duplicityargs.ExitWarnings
	}
	return code
}

// replicatePlan is what the options say. Those on keys and format are of the
// target: the source tells by itself how it is read.
func (p *program) replicatePlan(ctx context.Context) (plan engine.ReplicatePlan, err error) {
	a := p.args
	to := p.destination()
	from := to
	to.URL = a.Target
	from.Name = ""
	from.Options, to.Options = takenBy(from.URL, to.URL, a.Options)
	to.Encryption.Passphrase = a.ToPassphrase
	given, err := readPassphrase(ctx, a.ToPassphraseFile, a.ToPassphraseCommand)
	if err != nil {
		return plan, err
	}
	if !given.IsEmpty() {
		to.Encryption.Passphrase = given
	}
	if to.Encryption.Passphrase.IsEmpty() {
		to.Encryption.Passphrase = from.Encryption.Passphrase
	}
	// What is read need not be signed with the key that the copy is.
	from.Encryption.SignKey = ""
	return engine.ReplicatePlan{
		From: from, To: to, Before: a.Time.Time, SameFormat: a.Format == "", DryRun: a.DryRun,
		VolumeSize: a.VolumeSize, FullIfOlderThan: a.FullIfOlderThan,
	}, nil
}

// takenBy gives each of two destinations the options that it knows. One that
// neither knows goes to the second, which refuses it.
func takenBy(from, to string, options map[string]string) (first, second map[string]string) {
	first, second = map[string]string{}, map[string]string{}
	for name, value := range options {
		ofFirst := open.Takes(from, name)
		if ofFirst {
			first[name] = value
		}
		if !ofFirst || open.Takes(to, name) {
			second[name] = value
		}
	}
	return first, second
}

// copiedLine tells of a version that was copied, or would be.
func (p *program) copiedLine(v engine.Version) string {
	verb := "Copied"
	if p.args.DryRun {
		verb = "Would copy"
	}
	return fmt.Sprintf("%s the version of %s (%s).", verb, moment(v.Time), versionOf(v).short())
}

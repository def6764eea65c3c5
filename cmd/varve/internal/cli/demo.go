package cli

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/varve-backup/varve/cmd/varve/internal/duplicityargs"
	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/secret"
)

// demonstration is the main job on a scratch folder, step by step.
type demonstration struct {
	*program
	ctx         context.Context //nolint:containedctx // of one run, shared by its steps
	dir         string
	destination engine.Destination
	moments     []time.Time
}

// demo backs a folder up, changes it, backs it up again, looks into the
// versions, restores both, and verifies. It stops at the first thing that is
// not as it should be.
func (p *program) demo(ctx context.Context) int {
	dir, err := demoFolder(p.args.Folder)
	if err != nil {
		return p.fail(err)
	}
	d := &demonstration{program: p, ctx: ctx, dir: dir}
	d.destination = engine.Destination{
		URL: "file://" + d.path("destination"), ArchiveDir: d.path("archive-dir"),
		Encryption: engine.Encryption{Passphrase: secret.New(rand.Text())},
	}
	for _, step := range []func() error{d.first, d.second, d.look, d.restoreBoth, d.proveEqual} {
		if err := step(); err != nil {
			return p.fail(err)
		}
	}
	p.out.notice(fmt.Sprintf("Everything came back as it was. You can look at it in %s, and delete that.", dir))
	return duplicityargs.ExitOK
}

// demoFolder is an empty folder to play in.
func demoFolder(wanted string) (string, error) {
	if wanted == "" {
		return os.MkdirTemp("", "varve-demo-*")
	}
	abs, err := filepath.Abs(wanted)
	if err != nil {
		return "", err
	}
	if err := os.Mkdir(abs, 0o700); err != nil {
		return "", fmt.Errorf("making a new folder for the demonstration: %w", err)
	}
	return abs, nil
}

func (d *demonstration) path(name string) string { return filepath.Join(d.dir, name) }

func (d *demonstration) write(name, text string) error {
	path := filepath.Join(d.path("folder"), name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o644)
}

// first makes a folder and backs it up.
func (d *demonstration) first() error {
	for i := range 200 {
		if err := d.write(fmt.Sprintf("letters/%03d.txt", i), fmt.Sprintf("Dear reader number %d,\n%s\n", i, rand.Text())); err != nil {
			return err
		}
	}
	if err := d.write("thesis.txt", "It was a dark and stormy night.\n"); err != nil {
		return err
	}
	d.out.notice(fmt.Sprintf("Made a folder with 201 files in %s.", d.path("folder")))
	return d.backUp("before")
}

// second changes the folder and backs it up again.
func (d *demonstration) second() error {
	if err := d.write("thesis.txt", "It was a bright and quiet morning.\n"); err != nil {
		return err
	}
	if err := d.write("letters/new.txt", "A new one.\n"); err != nil {
		return err
	}
	if err := os.Remove(d.path("folder/letters/007.txt")); err != nil {
		return err
	}
	d.out.notice("Changed one file, added one, deleted one.")
	return d.backUp("after")
}

// backUp makes a version, and keeps a copy of the folder to compare with.
func (d *demonstration) backUp(copyName string) error {
	if err := os.CopyFS(d.path(copyName), os.DirFS(d.path("folder"))); err != nil {
		return err
	}
	summary, err := d.runJob(d.engine.Backup(engine.BackupPlan{Destination: d.destination, Root: d.path("folder")}))
	if err != nil {
		return err
	}
	d.moments = append(d.moments, summary.Version.Time)
	d.out.notice(backupSentence(summary, false))
	return nil
}

// runJob runs a job in which nothing may go wrong.
func (d *demonstration) runJob(job *engine.Job) (engine.Summary, error) {
	var summary engine.Summary
	err := job.Run(d.ctx, func(e engine.Event) {
		if f, ok := e.(engine.Finished); ok {
			summary = f.Summary
		}
	})
	if err == nil && summary.Problems > 0 {
		err = fmt.Errorf("%s attention where none should", needs(summary.Problems))
	}
	return summary, err
}

// look lists the versions and the top folder of the newest.
func (d *demonstration) look() error {
	versions, err := d.engine.Versions(d.ctx, d.destination)
	if err != nil {
		return err
	}
	d.out.notice(fmt.Sprintf("The destination holds %s, encrypted:", count(int64(len(versions)), "version")))
	for _, v := range versions {
		d.out.notice("  " + moment(v.Time) + "  " + size(v.Stored))
	}
	tree, err := d.engine.Browse(d.ctx, d.destination, engine.Moment{})
	if err != nil {
		return err
	}
	defer tree.Close()
	for e, err := range tree.ReadDir(d.ctx, "") {
		if err != nil {
			return err
		}
		d.out.notice(fmt.Sprintf("  in the newest: %s (%s)", e.Path, e.Type))
	}
	return nil
}

// restoreBoth brings both versions back.
func (d *demonstration) restoreBoth() error {
	for i, name := range []string{"restored-before", "restored-after"} {
		summary, err := d.runJob(d.engine.Restore(engine.RestorePlan{
			Destination: d.destination, At: d.moments[i], Target: d.path(name),
		}))
		if err != nil {
			return err
		}
		d.out.notice(fmt.Sprintf("Restored %s of the version of %s.", count(summary.Files, "file"), moment(summary.Version.Time)))
	}
	return nil
}

// proveEqual compares every byte with the copies, and lets the engine verify.
func (d *demonstration) proveEqual() error {
	for _, pair := range [][2]string{{"before", "restored-before"}, {"after", "restored-after"}} {
		if err := sameFiles(d.path(pair[0]), d.path(pair[1])); err != nil {
			return err
		}
	}
	summary, err := d.runJob(d.engine.Verify(engine.VerifyPlan{
		Destination: d.destination, Root: d.path("folder"), CompareData: true,
	}))
	if err != nil {
		return err
	}
	d.out.notice(fmt.Sprintf("Verified %s: %s.", count(summary.Files, "file"), count(summary.Differences, "difference")))
	return nil
}

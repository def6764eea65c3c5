package cli

import (
	"context"
	"fmt"

	"github.com/varve-backup/varve/cmd/varve/internal/duplicityargs"
	"github.com/varve-backup/varve/engine"
)

// serve shows a version as a folder, and tells where, until it is stopped.
func (p *program) serve(ctx context.Context) int {
	version, err := p.engine.Folder(ctx, p.destination(), momentOf(p.args.Time), engine.FolderPlan{Name: "version"})
	if err != nil {
		return p.fail(err)
	}
	if _, err := fmt.Fprintln(p.stdout, version.Address()); err != nil {
		return p.fail(err)
	}
	select {
	case <-ctx.Done():
	case <-version.Done():
	}
	if err := version.Close(); err != nil {
		return p.fail(err)
	}
	return duplicityargs.ExitOK
}

package cli

import (
	"context"
	"fmt"

	"github.com/varve-backup/varve/cmd/varve/internal/duplicityargs"
)

func (p *program) demo(ctx context.Context) int {
	fmt.Fprintln(p.stdout, "demo")
	_ = ctx
	return duplicityargs.ExitOK
}

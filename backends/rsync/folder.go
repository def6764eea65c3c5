package rsync

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"strings"

	"github.com/varve-backup/varve/backends"
)

// mkdir makes a folder and those above it: at once where rsync can (3.2.3 and
// newer), else one by one.
func (p *program) mkdir(ctx context.Context, folder string) error {
	empty, err := scratch()
	if err != nil {
		return fmt.Errorf("%w: making a temporary folder: %w", backends.ErrTemporary, err)
	}
	defer os.RemoveAll(empty)
	return withOption(p.noMkpath, "--mkpath", func(option ...string) error {
		if len(option) > 0 {
			return p.run(ctx, nil, append(option, "--dirs", "--", empty+"/", folder)...)
		}
		return p.mkdirEach(ctx, empty+"/", folder)
	})
}

// mkdirEach makes the folders above first where they are missing. rsync makes
// the last part of a destination by itself.
func (p *program) mkdirEach(ctx context.Context, empty, folder string) error {
	err := p.run(ctx, nil, "--dirs", "--", empty, folder)
	above := path.Dir(strings.TrimSuffix(folder, "/"))
	if !errors.Is(err, backends.ErrNotExist) || above == "." || above == "/" || strings.HasSuffix(above, ":.") || !strings.Contains(above, "/") {
		return err
	}
	if err := p.mkdirEach(ctx, empty, above+"/"); err != nil {
		return err
	}
	return p.run(ctx, nil, "--dirs", "--", empty, folder)
}

package cloud

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	_ "github.com/rclone/rclone/backend/alias"  // a name for another remote
	_ "github.com/rclone/rclone/backend/crypt"  // what rclone encrypted
	_ "github.com/rclone/rclone/backend/ftp"    // a protocol
	_ "github.com/rclone/rclone/backend/mega"   // a protocol
	_ "github.com/rclone/rclone/backend/webdav" // a protocol
	"github.com/rclone/rclone/fs"
	"github.com/rclone/rclone/fs/config"
	"github.com/rclone/rclone/fs/config/configfile"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/address"
	"github.com/varve-backup/varve/backends/cloud/internal/noconfig"
	"github.com/varve-backup/varve/backends/rclone"
)

// configured is a remote of the user's own rclone, by its name. Renewed tokens
// go into rclone's file, where rclone finds them too.
func configured() *service {
	return &service{
		kind: backends.Kind{
			Name: "rclone", Title: "A remote of rclone", Schemes: []string{"rclone"}, Form: "rclone://remote:/folder",
			Note: "A remote that was set up with rclone. Its file of configuration is read, and must not be encrypted unless RCLONE_CONFIG_PASS opens it. " +
				"Remotes of types that Varve does not have within are served by the program rclone, where it is installed.",
			Options: []backends.Option{{
				Name: "config", Type: backends.Path, Title: "File", Help: "rclone's file of configuration, where it is not at its usual place.", Env: noconfig.Variable,
			}},
		},
		traits: backends.Traits{Connections: usual}, locate: locateConfigured, connect: connectConfigured, instead: byProgram,
	}
}

func locateConfigured(_ context.Context, a *address.Address, c *backends.Config) (*place, error) {
	remote, folder, cut := strings.Cut(a.Path, ":")
	if !cut {
		remote, folder, _ = strings.Cut(a.Path, "/")
	}
	remote = strings.TrimSuffix(remote, "/")
	if remote == "" || strings.ContainsAny(remote, "/,:") {
		return nil, fmt.Errorf("%w: the address names no remote, as in rclone://remote:/folder", backends.ErrConfig)
	}
	file := c.Options["config"]
	if file == "" {
		file = c.Env(noconfig.Variable)
	}
	return &place{root: remote + ":" + folder, values: map[string]string{"config": file}}, nil
}

// reading is held while rclone's file is read: the library has one for all.
var reading sync.Mutex

func connectConfigured(ctx context.Context, p *place) (fs.Fs, error) {
	reading.Lock()
	defer reading.Unlock()
	file := p.values["config"]
	if file == "" {
		file = config.GetConfigPath()
	}
	if _, err := os.Stat(file); err != nil {
		return nil, fmt.Errorf("%w: rclone's file of configuration: %w", backends.ErrConfig, err)
	}
	if err := config.SetConfigPath(file); err != nil {
		return nil, fmt.Errorf("%w: %w", backends.ErrConfig, err)
	}
	configfile.Install()
	f, err := fs.NewFs(ctx, p.root)
	// The library has no error of its own for that. It may come from a remote
	// that this one is made of.
	if err != nil && strings.Contains(err.Error(), "didn't find backend called") {
		err = fmt.Errorf("%w: %w", errType, err)
	}
	return f, err
}

// errType: a remote is of a type that is not built in.
var errType = fmt.Errorf("%w: a remote of that type", backends.ErrUnsupported)

// byProgram leaves remotes of other types to the program rclone.
func byProgram(ctx context.Context, p *place, c *backends.Config, err error) (backends.Store, error) {
	if !errors.Is(err, errType) {
		return nil, err
	}
	s, err := rclone.Open(ctx, rclone.Options{
		Remote: p.root, Config: p.values["config"], ConfigPassword: c.Env("RCLONE_CONFIG_PASS"),
		Create: c.Create, Stall: c.Stall(), Connections: c.Connections,
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

package hsi

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/address"
)

// Kind describes HPSS archives.
func Kind() backends.Kind {
	return backends.Kind{
		Name: "hsi", Title: "HPSS archive (hsi)", Schemes: []string{"hsi"}, Form: "hsi://user@host/folder",
		Note: "Needs HPSS's own program hsi, which logs in as its settings say: the user and the host of the address are only for people. " +
			"To look into a file, all of it is fetched, from tape if need be.",
		Open: open,
	}
}

// usual is how many programs run at once: an archive has few drives.
const usual = 2

func open(ctx context.Context, a *address.Address, c backends.Config) (backends.Store, error) {
	if _, err := exec.LookPath("hsi"); err != nil {
		return nil, failed(ctx, err, "")
	}
	folder := strings.TrimRight(a.Path, "/")
	if folder == "" || escape(folder) != folder {
		return nil, fmt.Errorf("%w: the folder of an HPSS archive consists of letters and digits, as in hsi://host/home/me", backends.ErrConfig)
	}
	connections := c.Connections
	if connections <= 0 {
		connections = usual
	}
	s := &Store{folder: folder + "/", slots: make(chan struct{}, connections)}
	_, err := s.entries(ctx, "")
	if c.Create && errors.Is(err, backends.ErrNotExist) {
		err = s.run(ctx, "", nil, "mkdir -p "+folder)
	}
	if err != nil {
		return nil, fmt.Errorf("opening the folder: %w", err)
	}
	return s, nil
}

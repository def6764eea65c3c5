package rsync

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/address"
	"github.com/varve-backup/varve/backends/transfer"
)

// Kind describes folders that the rsync program reaches.
func Kind() backends.Kind {
	return backends.Kind{
		Name: "rsync", Title: "rsync", Schemes: []string{"rsync"}, Form: "rsync://[user@]host[:port]/[/]folder or rsync://[user@]host[:port]::module/folder",
		Note: "Needs the program rsync here and on the server. Over ssh it logs in with a key, not with a password. " +
			"To look into a file, all of it is fetched: sftp is quicker where there is a choice.",
		Options: []backends.Option{
			{
				Name: "ssh-options", Title: "Options for ssh", Advanced: true,
				Help: "What the program ssh is given besides, as in -oIdentityFile=/home/me/.ssh/backup. Not for a daemon's module.",
			},
			{
				Name: "rsync-options", Title: "Options for rsync", Advanced: true,
				Help: "What the program rsync is given besides, as in --bwlimit=500.",
			},
		},
		Open: open,
	}
}

// usual is how many programs run at once when nobody says otherwise.
const usual = 4

func open(ctx context.Context, a *address.Address, c backends.Config) (backends.Store, error) {
	if _, err := exec.LookPath("rsync"); err != nil {
		return nil, failed(ctx, err, "")
	}
	s, err := prepare(a, &c)
	if err != nil {
		return nil, err
	}
	err = opening(s.login(ctx, a, &c))
	if c.Create && errors.Is(err, backends.ErrNotExist) {
		err = opening(s.mkdir(ctx, s.base))
	}
	if err != nil {
		_ = s.Close() // the first error tells what is wrong
		return nil, err
	}
	return s, nil
}

// login tries whether the folder can be seen.
func (s *Store) login(ctx context.Context, a *address.Address, c *backends.Config) error {
	if !s.daemon {
		return s.present(ctx)
	}
	try := func(password string) error {
		s.password = password
		return s.present(ctx)
	}
	variables := []string{"RSYNC_PASSWORD", "FTP_PASSWORD", "BACKEND_PASSWORD"}
	quiet := *c
	quiet.Secret = nil
	// Many modules want no password: nobody is asked for one that is not needed.
	err := transfer.Password(ctx, a, &quiet, variables, try)
	if !errors.Is(err, backends.ErrAuth) || c.Secret == nil {
		return err
	}
	return transfer.Password(ctx, a, c, variables, try)
}

// prepare makes a Store that has not been used yet.
func prepare(a *address.Address, c *backends.Config) (*Store, error) {
	extra, err := split(c.Options["rsync-options"])
	if err != nil {
		return nil, err
	}
	if err := refuse(extra); err != nil {
		return nil, err
	}
	s := &Store{program: program{daemon: a.Module != "", noFsync: new(atomic.Bool), noMkpath: new(atomic.Bool)}}
	if s.base, err = base(a); err != nil {
		return nil, err
	}
	stall := strconv.Itoa(int((c.Stall() + time.Second - 1) / time.Second))
	s.options = []string{"--no-motd", "--secluded-args", "--timeout=" + stall}
	if s.daemon {
		s.options = append(s.options, "--contimeout="+stall, "--sockopts=TCP_NODELAY") // or each call waits for acknowledgements
		if a.Port != 0 {
			s.options = append(s.options, "--port="+strconv.Itoa(a.Port))
		}
	} else {
		s.master = newMaster()
		s.options = append(s.options, "--rsh="+shell(a, stall, s.master.options()+" "+c.Options["ssh-options"]))
	}
	s.options = append(s.options, extra...)
	connections := c.Connections
	if connections <= 0 {
		connections = usual
	}
	s.slots = make(chan struct{}, connections)
	return s, nil
}

// shell is the command that reaches the server. rsync takes it apart by
// itself, with quotes as a shell has them.
func shell(a *address.Address, stall, options string) string {
	command := "ssh -oBatchMode=yes -oConnectTimeout=" + stall
	if a.Port != 0 {
		command += " -p " + strconv.Itoa(a.Port)
	}
	return command + " " + options
}

// base is the folder as rsync takes it.
func base(a *address.Address) (string, error) {
	host := a.Host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if a.User != "" {
		host = a.User + "@" + host
	}
	folder := a.Module + a.Path
	colon := "::"
	if a.Module == "" {
		// A relative one begins with a dot, lest a colon in it mean something.
		if folder = strings.TrimPrefix(a.Path, "/"); !strings.HasPrefix(folder, "/") {
			folder = "./" + folder
		}
		colon = ":"
	}
	if strings.ContainsAny(folder, wild+`\`) || strings.HasPrefix(host, "-") || strings.ContainsAny(host, "/") || strings.Contains(a.User, ":") {
		return "", fmt.Errorf("%w: rsync has another meaning for a letter in its host, user or folder", backends.ErrConfig)
	}
	return host + colon + strings.TrimRight(folder, "/") + "/", nil
}

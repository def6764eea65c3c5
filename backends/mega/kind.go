package mega

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/address"
	"github.com/varve-backup/varve/backends/transfer"
)

// Kind describes folders at MEGA. duplicity has three names for it, one for each
// program that it uses; the protocol is the same.
func Kind() backends.Kind {
	return backends.Kind{
		Name: "mega", Title: "MEGA", Schemes: []string{"mega", "megav2", "megav3"}, Form: "mega://user[:password]@mega.nz/folder",
		Foldered: true, Note: "MEGA encrypts everything once more, with the password of the account. The code of a second factor is asked for once; the login is kept in the keyring then.",
		Options: []backends.Option{
			{Name: "2fa", Title: "Code", Help: "The code of the second factor, when the account has one. It is valid for half a minute."},
			{
				Name: "hard-delete", Type: backends.Switch, Title: "Delete for good", Default: "true", Advanced: true,
				Help: "What is deleted does not go to MEGA's rubbish bin, where it would take up room.",
			},
		},
		Open: open,
	}
}

// service is where MEGA is.
const service = "https://g.api.mega.co.nz"

// usual is how many transfers go on at once.
const usual = 2

func open(ctx context.Context, a *address.Address, c backends.Config) (backends.Store, error) {
	s, err := openStore(ctx, a, &c)
	if err != nil {
		return nil, fmt.Errorf("logging in at MEGA: %w", transfer.Opening(err))
	}
	return s, nil
}

func openStore(ctx context.Context, a *address.Address, c *backends.Config) (*Store, error) {
	user, password, err := account(a, c)
	if err != nil {
		return nil, err
	}
	connections := c.Connections
	if connections <= 0 {
		connections = usual
	}
	web, err := transfer.HTTP(c, connections+1) // commands have one of their own
	if err != nil {
		return nil, err
	}
	s := &Store{
		client: newClient(web, service, user), connections: connections, trash: c.Options["hard-delete"] == "false",
		tree: newTree(), changing: make(chan struct{}, 1),
	}
	if folder := strings.Trim(path.Clean("/"+a.Path), "/"); folder != "" {
		s.root = strings.Split(folder, "/")
	}
	s.client.code, s.client.keep = codes(c, user), keeper(c, user)
	if err = s.resume(ctx, c, user); errors.Is(err, backends.ErrAuth) {
		err = transfer.Login(ctx, c, transfer.Given{
			Password: password, Known: password != "" || a.HasPassword, Variables: []string{"BACKEND_PASSWORD", "FTP_PASSWORD"},
			Request: backends.SecretRequest{Account: "mega://" + user, Prompt: "Password of " + user + " at MEGA"},
		}, func(password string) error {
			s.client.password = password
			return s.client.login(ctx)
		})
		if err == nil {
			err = s.enter(ctx, c)
		}
	}
	if err != nil {
		s.leave(ctx)
		return nil, err
	}
	return s, nil
}

// errNoneKept: there is no session to go on with.
var errNoneKept = fmt.Errorf("%w: no session is kept", backends.ErrAuth)

// resume goes on with the session that is kept for an account with a second
// factor. It returns ErrAuth when there is none, or it has ended.
func (s *Store) resume(ctx context.Context, c *backends.Config, user string) error {
	if c.Tokens == nil {
		return errNoneKept
	}
	text, err := c.Tokens.Load(ctx, "mega://"+user)
	if err != nil {
		return fmt.Errorf("reading the login of %s: %w", user, err)
	}
	var k kept
	if json.Unmarshal([]byte(text), &k) != nil || k.Session == "" || len(k.Master) != block {
		return errNoneKept
	}
	s.client.resume(k)
	return s.enter(ctx, c)
}

// keeper keeps sessions, where there is something that does.
func keeper(c *backends.Config, user string) func(context.Context, kept) error {
	if c.Tokens == nil {
		return nil
	}
	return func(ctx context.Context, k kept) error {
		text, err := json.Marshal(k)
		if err == nil {
			err = c.Tokens.Save(ctx, "mega://"+user, string(text))
		}
		if err != nil {
			return fmt.Errorf("keeping the login of %s: %w", user, err)
		}
		return nil
	}
}

// codes gets codes of the second factor: the one that is given, once, and then
// those that are asked for.
func codes(c *backends.Config, user string) func(context.Context, bool) (string, error) {
	given := c.Options["2fa"]
	return func(ctx context.Context, again bool) (string, error) {
		if code := given; code != "" {
			given = ""
			return code, nil
		}
		if c.Secret == nil {
			return "", fmt.Errorf("%w: MEGA wants the code of the second factor, and there is nobody to ask", backends.ErrAuth)
		}
		return c.Secret(ctx, backends.SecretRequest{
			Kind: backends.OneTimeCode, Account: "mega://" + user, Prompt: "Code of the second factor of " + user + " at MEGA", Again: again,
		})
	}
}

// account is who logs in: as the address says, or the file of the programs that
// duplicity uses.
func account(a *address.Address, c *backends.Config) (user, password string, err error) {
	if a.User != "" {
		return a.User, a.Password, nil
	}
	name := map[string]string{"mega": ".megarc", "megav2": ".megav2rc", "megav3": ".megav3rc"}[a.Scheme]
	f, err := os.Open(filepath.Join(c.Env("HOME"), name))
	if err == nil {
		defer f.Close()
		user, password, err = login(io.LimitReader(f, 1<<20))
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", "", fmt.Errorf("%w: %w", backends.ErrConfig, err)
	}
	if user == "" {
		return "", "", fmt.Errorf("%w: the address names no user, nor does ~/%s", backends.ErrConfig, name)
	}
	return user, password, nil
}

// login reads "Username = …" and "Password = …" under "[Login]".
func login(r io.Reader) (user, password string, err error) {
	inside := false
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if strings.HasPrefix(line, "[") {
			inside = strings.EqualFold(strings.Trim(line, "[] \t"), "login")
			continue
		}
		i := strings.IndexAny(line, "=:")
		if !inside || i < 1 {
			continue
		}
		switch value := strings.TrimSpace(line[i+1:]); strings.ToLower(strings.TrimSpace(line[:i])) {
		case "username":
			user = value
		case "password":
			password = value
		}
	}
	return user, password, lines.Err()
}

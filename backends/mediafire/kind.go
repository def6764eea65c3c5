package mediafire

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/address"
	"github.com/varve-backup/varve/backends/transfer"
)

// Kind describes folders at MediaFire.
func Kind() backends.Kind {
	return backends.Kind{
		Name: "mediafire", Title: "MediaFire", Schemes: []string{"mf"}, Form: "mf://user%40mail[:password]@mediafire.com/folder",
		Note: "MediaFire lets in only programs with an application id, and gives out no new ones: you need one of your own from earlier days.",
		Options: []backends.Option{
			{Name: "application-id", Title: "Application id", Help: "The number that MediaFire gave to a developer.", Required: true},
			{Name: "application-key", Title: "Application key", Help: "The secret that belongs to the number, if it has one.", Secret: true, Advanced: true},
			{
				Name: "mf-purge", Type: backends.Switch, Title: "Delete for good", Default: "false",
				Help: "What is deleted does not go to MediaFire's trash, where it would take up room.",
			},
		},
		Open: func(ctx context.Context, a *address.Address, c backends.Config) (backends.Store, error) {
			return open(ctx, service, a, c)
		},
	}
}

// service is where MediaFire is.
const service = "https://www.mediafire.com"

// usual is how many requests go on at once.
const usual = 3

func open(ctx context.Context, base string, a *address.Address, c backends.Config) (backends.Store, error) {
	_, path, _ := strings.Cut(strings.Trim(a.Path, "/"), "/") // behind the host
	if path = strings.Trim(path, "/"); path != "" && check(path) != nil || a.User == "" || c.Options["application-id"] == "" {
		return nil, fmt.Errorf("%w: MediaFire needs a user and a folder, as in mf://user%%40mail@mediafire.com/folder, and an application id", backends.ErrConfig)
	}
	connections := c.Connections
	if connections <= 0 {
		connections = usual
	}
	web, err := transfer.HTTP(&c, connections)
	if err != nil {
		return nil, err
	}
	s := &Store{client: &client{
		web: web, base: base, email: a.User, application: c.Options["application-id"], key: c.Options["application-key"],
	}, purge: c.Options["mf-purge"] == "true", connections: connections, folders: make(map[string]string)}
	err = transfer.Password(ctx, a, &c, []string{"FTP_PASSWORD", "BACKEND_PASSWORD"}, func(password string) error {
		s.client.password = password
		return s.client.login(ctx)
	})
	if err == nil {
		err = s.enter(ctx, path, c.Create)
	}
	if err != nil {
		web.CloseIdleConnections()
		return nil, fmt.Errorf("logging in at MediaFire: %w", transfer.Opening(err))
	}
	return s, nil
}

// top is the key of the folder of an account.
const top = "myfiles"

// enter finds the folder, and makes it where that is wanted: for nobody else to
// see.
func (s *Store) enter(ctx context.Context, path string, create bool) error {
	s.root = top
	for part := range strings.SplitSeq(path, "/") {
		if part == "" {
			continue
		}
		key, err := s.client.child(ctx, s.root, part)
		if create && errors.Is(err, backends.ErrNotExist) {
			key, err = s.client.create(ctx, s.root, part)
		}
		if err != nil {
			return err
		}
		s.root = key
	}
	return nil
}

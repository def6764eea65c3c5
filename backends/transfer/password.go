package transfer

import (
	"context"
	"errors"
	"fmt"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/address"
)

// Password tries to log in: with the password of the address, else with the
// first of the environment's variables that is set, else with one that is
// asked for. One that is refused (ErrAuth) is asked for again, twice at most.
// Where there is none and nobody can be asked, log in is tried without.
func Password(ctx context.Context, a *address.Address, c *backends.Config, variables []string, login func(password string) error) error {
	return Login(ctx, c, Given{
		Password: a.Password, Known: a.HasPassword, Variables: variables,
		Request: backends.SecretRequest{Account: a.Account(), Prompt: "Password for " + a.Account()},
	}, login)
}

// Given is what there is to log in with.
type Given struct {
	// Password is that of the address, where one is Known.
	Password string
	Known    bool
	// Variables are looked for one otherwise, and Request asks for it then.
	Variables []string
	Request   backends.SecretRequest
}

// Login is Password for what is not asked for by the account of an address.
func Login(ctx context.Context, c *backends.Config, g Given, login func(password string) error) error {
	password, known := g.Password, g.Known
	for _, v := range g.Variables {
		if !known {
			password = c.Env(v)
			known = password != ""
		}
	}
	request := g.Request
	for asked := 0; ; asked++ {
		if !known && c.Secret != nil {
			var err error
			if password, err = c.Secret(ctx, request); err != nil {
				return fmt.Errorf("asking for a password: %w", err)
			}
		}
		err := login(password)
		if !errors.Is(err, backends.ErrAuth) || c.Secret == nil || asked == 2 || ctx.Err() != nil {
			return err
		}
		known, request.Again = false, true
	}
}

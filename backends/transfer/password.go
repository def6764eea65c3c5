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
	password, known := known(a, c, variables)
	request := backends.SecretRequest{Account: a.Account(), Prompt: "Password for " + a.Account()}
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

func known(a *address.Address, c *backends.Config, variables []string) (password string, known bool) {
	if a.HasPassword {
		return a.Password, true
	}
	for _, v := range variables {
		if p := c.Env(v); p != "" {
			return p, true
		}
	}
	return "", false
}

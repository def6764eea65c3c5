package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/engine/secret"
	"github.com/varve-backup/varve/settings"
)

// findSecret looks for a password into the keyring, and asks.
func findSecret(ctx context.Context, r backends.SecretRequest) (secret.Text, error) {
	secrets := settings.NewSecrets(keyringService)
	if !r.Again && r.Kind != backends.OneTimeCode {
		// Whatever is wrong with the keyring, a person can still be asked.
		if kept, err := secrets.Get(ctx, r.Account); err == nil && kept != "" {
			return secret.New(kept), nil
		}
	}
	in := int(os.Stdin.Fd())
	if !term.IsTerminal(in) {
		return secret.Text{}, errNoTerminal
	}
	if r.Again {
		fmt.Fprintln(os.Stderr, "That was refused.")
	}
	typed, err := readSecret(in, r.Prompt+": ")
	return secret.New(typed), err
}

// askTrust shows the key of a server that was never met.
func askTrust(_ context.Context, k backends.HostKey) (bool, error) {
	if !term.IsTerminal(int(os.Stdin.Fd())) {
		return false, errNoTerminal
	}
	fmt.Fprintf(os.Stderr, "%s was never met before. Its key (%s) has the fingerprint\n  %s\nIs that the right one, and shall it be remembered? [yes/no] ", k.Host, k.Type, k.Fingerprint)
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	return strings.EqualFold(strings.TrimSpace(line), "yes"), err
}

// tokens keeps them in the keyring.
type tokens struct{ secrets *settings.Secrets }

// tokenName is the entry of an account's token.
func tokenName(account string) string { return account + " token" }

// Load implements backends.Tokens.
func (t tokens) Load(ctx context.Context, account string) (string, error) {
	kept, err := t.secrets.Get(ctx, tokenName(account))
	if errors.Is(err, settings.ErrNoSecret) || errors.Is(err, settings.ErrNoKeyring) {
		return "", nil
	}
	return kept, err
}

// Save implements backends.Tokens.
func (t tokens) Save(ctx context.Context, account, token string) error {
	return t.secrets.Set(ctx, tokenName(account), token)
}

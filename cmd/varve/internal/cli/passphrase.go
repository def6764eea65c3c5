package cli

import (
	"context"
	"errors"
	"fmt"
	"os"

	"golang.org/x/term"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/secret"
)

// errNoTerminal: there is nobody to ask.
var errNoTerminal = errors.New("there is no terminal to ask for it")

// askPassphrase asks in the terminal, twice for a new archive.
func askPassphrase(_ context.Context, q engine.PassphraseQuestion) (secret.Text, error) {
	in := int(os.Stdin.Fd())
	if !term.IsTerminal(in) {
		return secret.Text{}, errNoTerminal
	}
	first, err := readSecret(in, fmt.Sprintf("Passphrase of %s: ", q.URL))
	if err != nil || !q.New {
		return secret.New(first), err
	}
	second, err := readSecret(in, "The same again: ")
	if err == nil && first != second {
		err = errors.New("the two passphrases differ")
	}
	return secret.New(first), err
}

func readSecret(in int, prompt string) (string, error) {
	fmt.Fprint(os.Stderr, prompt)
	b, err := term.ReadPassword(in)
	fmt.Fprintln(os.Stderr)
	return string(b), err
}

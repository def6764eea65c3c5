package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/secret"
	"github.com/varve-backup/varve/settings"
)

// errNoTerminal: there is nobody to ask.
var errNoTerminal = errors.New("there is no terminal to ask for it")

// keyringService is the name of the window's entries in the keyring.
const keyringService = "varve"

// findPassphrase looks into the keyring, where the window keeps passphrases,
// before it asks.
func findPassphrase(ctx context.Context, q engine.PassphraseQuestion) (secret.Text, error) {
	if q.New || q.Signing {
		return askPassphrase(ctx, q)
	}
	secrets := settings.NewSecrets(keyringService)
	for _, url := range []string{q.URL, strings.TrimRight(q.URL, "/")} {
		// Whatever is wrong with the keyring, a person can still be asked.
		if kept, err := secrets.Get(ctx, url); err == nil && kept != "" {
			return secret.New(kept), nil
		}
	}
	return askPassphrase(ctx, q)
}

// askPassphrase asks in the terminal, twice for a new archive.
func askPassphrase(_ context.Context, q engine.PassphraseQuestion) (secret.Text, error) {
	in := int(os.Stdin.Fd())
	if !term.IsTerminal(in) {
		return secret.Text{}, errNoTerminal
	}
	prompt := "Passphrase of %s: "
	if q.New {
		prompt = "New passphrase of %s: "
	}
	first, err := readSecret(in, fmt.Sprintf(prompt, q.URL))
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

// fetchPassphrase reads the passphrase from where the options say.
func (p *program) fetchPassphrase(ctx context.Context) error {
	a := p.args
	if a.URL == "" {
		return nil
	}
	text, err := readPassphrase(ctx, a.PassphraseFile, a.PassphraseCommand)
	if err == nil && !text.IsEmpty() {
		a.Passphrase = text
	}
	return err
}

// readPassphrase reads a passphrase from a file or a command, "" where none is
// named.
func readPassphrase(ctx context.Context, file, command string) (secret.Text, error) {
	var text []byte
	var err error
	switch {
	case file+command == "":
		return secret.Text{}, nil
	case file != "":
		text, err = os.ReadFile(file)
	default:
		text, err = outputOf(ctx, command)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	line = strings.TrimSuffix(line, "\r")
	if err == nil && line == "" {
		err = errors.New("there is none on the first line")
	}
	if err != nil {
		return secret.Text{}, &engine.Error{Op: "reading the passphrase", Kind: engine.NoPassphrase, Err: err}
	}
	return secret.New(line), nil
}

// outputOf runs a shell command, which may ask in the terminal. What it printed
// is never part of an error, and neither is the command.
func outputOf(ctx context.Context, command string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "sh", "-c", command)
	cmd.Stdin, cmd.Stderr, cmd.WaitDelay = os.Stdin, os.Stderr, time.Second
	out, err := cmd.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return nil, fmt.Errorf("the passphrase command ended with %s", exit.ProcessState)
	}
	return out, err
}

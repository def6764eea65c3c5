package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"github.com/varve-backup/varve/cmd/varve/internal/duplicityargs"
	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/destination"
)

// authorize logs in to a service with a browser, here or on another computer.
func (p *program) authorize(ctx context.Context) int {
	plan := engine.LoginPlan{Kind: p.args.Kind, Options: p.args.Options, Page: p.showPage, Ask: p.answerQuestion}
	if p.args.Paste {
		plan.Page = nil
	}
	login, err := p.engine.LogIn(ctx, plan)
	switch {
	case errors.Is(err, engine.ErrNotKept):
		p.out.warning("You are logged in, and this session has no keyring that keeps it. Keep the next line like a password; -o token=… takes it:")
		fmt.Fprintln(p.stdout, login)
		return duplicityargs.ExitWarnings
	case err != nil:
		return p.fail(err)
	case p.args.Print:
		fmt.Fprintln(p.stdout, login)
	default:
		p.out.notice("You are logged in, and the keyring keeps it. To use it on another computer, run this with --print, and there varve authorize --paste " + p.args.Kind + ".")
	}
	return duplicityargs.ExitOK
}

// showPage opens a page, and says where it is in case nothing opens.
func (p *program) showPage(url string) error {
	fmt.Fprintf(os.Stderr, "Log in on this page, in a browser on this computer:\n  %s\n", url)
	program := "xdg-open"
	if runtime.GOOS == "darwin" {
		program = "open"
	}
	cmd := exec.Command(program, url)
	if cmd.Start() == nil {
		go func() { _ = cmd.Wait() }() // the address is on the screen as well
	}
	return nil
}

// answerQuestion asks on the terminal, or takes the next line of the input.
func (p *program) answerQuestion(_ context.Context, q destination.Option) (string, error) {
	fmt.Fprintf(os.Stderr, "%s\n%s\n", q.Title, q.Help)
	for _, c := range q.Choices {
		fmt.Fprintf(os.Stderr, "  %-20s %s\n", c.Value, c.Help)
	}
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if line = strings.TrimSpace(line); line != "" {
		return line, nil
	}
	return q.Default, err
}

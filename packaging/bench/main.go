// Command bench times the main jobs of Varve and of the installed duplicity on
// the same tree, with the same options, in turns, and prints them side by side.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
)

// config is what a run compares, and on what.
type config struct {
	varve, duplicity string
	tree, file       string // the tree, and one file in it
	rounds           int
	work             string // where everything is written
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out, progress io.Writer) error {
	c, err := parse(args)
	if err != nil {
		return err
	}
	c.work, err = os.MkdirTemp("", "varve-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(c.work)
	if err := c.prepare(); err != nil {
		return err
	}
	size, err := measureTree(c.tree)
	if err != nil {
		return err
	}
	results := newResults()
	for round := range c.rounds {
		fmt.Fprintf(progress, "round %d of %d\n", round+1, c.rounds)
		if err := c.round(ctx, round, results, progress); err != nil {
			return err
		}
	}
	fmt.Fprintf(out, "%d files, %d MiB; passphrase; volumes of 25 MiB; median of %d rounds, in turns\n",
		size.files, size.bytes>>20, c.rounds)
	fmt.Fprintf(out, "duplicity: %s\n\n", version(ctx, c.duplicity))
	return results.print(out)
}

func parse(args []string) (config, error) {
	var c config
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.StringVar(&c.varve, "varve", "bin/varve", "the program to measure")
	flags.StringVar(&c.duplicity, "duplicity", "duplicity", "the program to compare with")
	flags.StringVar(&c.tree, "tree", "", "the tree to back up (a copy is made; default: Go's sources)")
	flags.StringVar(&c.file, "file", "net/http/server.go", "one file in the tree, to bring back alone")
	flags.IntVar(&c.rounds, "rounds", 3, "how often everything is done")
	if err := flags.Parse(args); err != nil {
		return c, err
	}
	if c.rounds < 1 {
		return c, errors.New("at least one round is needed")
	}
	for _, program := range []*string{&c.varve, &c.duplicity} {
		found, err := exec.LookPath(*program)
		if err != nil {
			return c, err
		}
		if *program, err = filepath.Abs(found); err != nil {
			return c, err
		}
	}
	return c, nil
}

// prepare copies the tree, so that nothing changes under the runs.
func (c *config) prepare() error {
	from := cmp.Or(c.tree, filepath.Join(goroot(), "src"))
	c.tree = filepath.Join(c.work, "tree")
	if err := os.CopyFS(c.tree, os.DirFS(from)); err != nil {
		return fmt.Errorf("copying %s: %w", from, err)
	}
	if _, err := os.Stat(filepath.Join(c.tree, c.file)); err != nil {
		return fmt.Errorf("the file to bring back alone: %w", err)
	}
	return os.Mkdir(filepath.Join(c.work, "gnupg"), 0o700)
}

func goroot() string {
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

func version(ctx context.Context, program string) string {
	out, err := exec.CommandContext(ctx, program, "--version").Output()
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(string(out))
}

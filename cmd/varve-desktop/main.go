// Command varve-desktop is Varve's window and its icon in the panel. There is
// one per user: a second start raises the window of the first.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/varve-backup/varve/cmd/varve-desktop/internal/instance"
	"github.com/varve-backup/varve/cmd/varve-desktop/internal/priority"
	"github.com/varve-backup/varve/settings"
)

// appID is the application's name for desktops, as in FyneApp.toml.
const appID = "io.github.varve_backup.varve"

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run returns the exit code: 0 fine, 1 it could not run, 2 wrong usage.
func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("varve-desktop", flag.ContinueOnError)
	flags.SetOutput(stderr)
	version := flags.Bool("version", false, "print the version and exit")
	minimized := flags.Bool("minimized", false, "show no window, only the icon in the panel; without a panel, a minimised window")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	case flags.NArg() > 0:
		fmt.Fprintf(stderr, "varve-desktop: it takes no arguments, but got %q\n", flags.Arg(0))
		return 2
	case *version:
		fmt.Fprintln(stdout, "varve-desktop", buildVersion())
		return 0
	}
	code := func(err error) int {
		if err != nil {
			fmt.Fprintln(stderr, "varve-desktop:", err)
			return 1
		}
		return 0
	}
	leave := func(err error) { os.Exit(code(err)) }
	return code(start(context.Background(), *minimized, takeToken(), leave))
}

// buildVersion is what the build says of itself.
func buildVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "of an unknown build"
	}
	return info.Main.Version
}

// start runs the desktop until leave has ended the process. It returns when it
// raised the one that runs, and where nothing can be shown.
func start(ctx context.Context, minimized bool, token string, leave func(error)) error {
	data, err := settings.DataDir()
	if err != nil {
		return fmt.Errorf("finding the folder for settings: %w", err)
	}
	if err := checkScreen(ctx); err != nil {
		return err
	}
	dir := filepath.Join(cmp.Or(os.Getenv("XDG_RUNTIME_DIR"), data), "varve")
	front := newRequests()
	one, err := instance.Claim(dir, front.ask)
	switch {
	case errors.Is(err, instance.ErrTaken) && minimized:
		return nil // it runs, and nobody asks for the window
	case errors.Is(err, instance.ErrTaken):
		return raise(ctx, dir, token)
	case err != nil:
		return err
	}
	log, closeLog := openLog()
	priority.UseCores(0) // until the person's choice is read
	if err := priority.WindowFirst(); err != nil {
		log.Warn("the window does not go first", errorAttr(err))
	}
	end := func(err error) error {
		if err != nil {
			log.Error("ended badly", errorAttr(err))
		}
		return errors.Join(err, one.Close(), closeLog())
	}
	return end(runDesktop(ctx, launch{data, minimized, token, log}, front, func(err error) { leave(end(err)) }))
}

// raiseLimit is how long the running program may take to show its window.
const raiseLimit = 15 * time.Second

func raise(ctx context.Context, dir, token string) error {
	ctx, cancel := context.WithTimeout(ctx, raiseLimit)
	defer cancel()
	return instance.Raise(ctx, dir, token)
}

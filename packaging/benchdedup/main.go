// Command benchdedup measures backups in which nothing is stored twice: Varve
// beside the installed restic, and Borg and kopia where they are on the PATH,
// in turns, on the same data. It counts processor time, which others on the
// machine disturb less than the clock.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "benchdedup:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out, progress io.Writer) error {
	flags := flag.NewFlagSet("benchdedup", flag.ContinueOnError)
	varve := flags.String("varve", "bin/varve", "the program to measure")
	rounds := flags.Int("rounds", 2, "how often everything is done")
	size := flags.Int("mebibytes", 1024, "size of the incompressible file")
	files := flags.Int("files", 100_000, "how many small files")
	if err := flags.Parse(args); err != nil {
		return err
	}
	programs, err := found(*varve)
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "varve-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	sets, err := prepare(filepath.Join(work, "data"), *size, *files)
	if err != nil {
		return err
	}
	for _, set := range sets {
		results := map[string]*[jobs]measured{}
		for round := range *rounds {
			for i := range programs {
				p := &programs[(i+round)%len(programs)]
				dir := filepath.Join(work, fmt.Sprint(filepath.Base(set), p.name, round))
				m, err := p.round(ctx, set, dir)
				// All of it together is more than a disk in memory may hold.
				if err := errors.Join(err, os.RemoveAll(dir)); err != nil {
					return err
				}
				fmt.Fprintf(progress, "%s, round %d: %s done\n", filepath.Base(set), round+1, p.name)
				keepBest(results, p.name, m)
			}
		}
		if err := print(out, filepath.Base(set), programs, results); err != nil {
			return err
		}
	}
	return nil
}

// found are the programs that are here. restic must be.
func found(varve string) ([]program, error) {
	var here []program
	for _, p := range programs(varve) {
		path, err := exec.LookPath(p.path)
		if err != nil && p.name == "restic" {
			return nil, err
		}
		if err != nil {
			continue
		}
		if p.path, err = filepath.Abs(path); err != nil {
			return nil, err
		}
		here = append(here, p)
	}
	return here, nil
}

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// The jobs that are compared, in the order in which they are done.
const (
	full = iota
	unchanged
	restoreAll
	restoreOne
	jobs
)

// program is one of the two that are compared, with places of its own.
type program struct {
	name, path, dir string
	gnupg           string
	pathOption      string
}

// round does everything once with each program. They take turns in going
// first, so that neither always finds the tree in memory. Nothing is deleted
// before the last round: a file system that has just dropped thousands of
// files is slow to make new ones, which would burden whoever comes next.
func (c *config) round(ctx context.Context, number int, r *results, progress io.Writer) error {
	both := []program{
		{name: "duplicity", path: c.duplicity, pathOption: pathOption(version(ctx, c.duplicity))},
		{name: "varve", path: c.varve, pathOption: "--file-to-restore"},
	}
	if number%2 == 1 {
		both[0], both[1] = both[1], both[0]
	}
	for i := range both {
		both[i].dir = filepath.Join(c.work, fmt.Sprint(both[i].name, number))
		both[i].gnupg = filepath.Join(c.work, "gnupg")
	}
	for job := range jobs {
		for _, p := range both {
			m, err := p.do(ctx, job, c)
			if err != nil {
				return err
			}
			fmt.Fprintf(progress, "  %-9s  %-21s  %6.2f s  %4.0f MB\n", p.name, aims[job].name, m.wall.Seconds(), float64(m.peak)/1e6)
			r.add(p.name, job, m)
		}
	}
	for _, p := range both {
		if err := p.check(c); err != nil {
			return err
		}
	}
	return nil
}

// pathOption is what the option is called: duplicity 2.0 renamed it.
func pathOption(version string) string {
	number := strings.TrimPrefix(version, "duplicity ")
	if strings.HasPrefix(number, "0.") || strings.HasPrefix(number, "1.") {
		return "--file-to-restore"
	}
	return "--path-to-restore"
}

// do runs one job and measures it.
func (p program) do(ctx context.Context, job int, c *config) (measured, error) {
	url := "file://" + filepath.Join(p.dir, "archive")
	var args []string
	switch job {
	case full:
		args = []string{"full", c.tree, url}
	case unchanged:
		args = []string{"incr", c.tree, url}
	case restoreAll:
		args = []string{"restore", url, filepath.Join(p.dir, "all")}
	case restoreOne:
		args = []string{"restore", p.pathOption, c.file, url, filepath.Join(p.dir, "one")}
	}
	if err := os.MkdirAll(filepath.Join(p.dir, "archive"), 0o700); err != nil {
		return measured{}, err
	}
	args = append(args, "--volsize", "25", "--archive-dir", filepath.Join(p.dir, "cache"))
	cmd := exec.CommandContext(ctx, p.path, args...)
	cmd.Env = append(os.Environ(), "PASSPHRASE=a passphrase for measuring", "GNUPGHOME="+p.gnupg)
	return measure(cmd)
}

// check makes sure that what was measured also did its work.
func (p program) check(c *config) error {
	if err := sameTree(c.tree, filepath.Join(p.dir, "all")); err != nil {
		return fmt.Errorf("what %s restored: %w", p.name, err)
	}
	if err := sameFile(filepath.Join(c.tree, c.file), filepath.Join(p.dir, "one")); err != nil {
		return fmt.Errorf("what %s restored: %w", p.name, err)
	}
	return nil
}

// measured is what one job cost.
type measured struct {
	wall time.Duration
	peak int64 // of memory, of the largest process of the job, in bytes
}

func measure(cmd *exec.Cmd) (measured, error) {
	syscall.Sync() // what others wrote is not ours to wait for
	start := time.Now()
	out, err := cmd.CombinedOutput()
	m := measured{wall: time.Since(start)}
	if err != nil {
		return m, fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, out)
	}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return m, fmt.Errorf("this system does not tell what a process used")
	}
	m.peak = int64(usage.Maxrss) * maxrssUnit
	return m, nil
}

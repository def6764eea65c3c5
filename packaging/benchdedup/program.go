package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// The jobs, in the order in which they are done.
const (
	first = iota
	again
	restore
	jobs
)

// program is one that is measured.
type program struct {
	name, path string
	// setUp, backup and bringBack are its arguments; {repo}, {data} and {target}
	// stand for the places.
	setUp, backup, bringBack []string
}

// programs are those that are known; the first two are Varve, at path: as it is,
// and without the keys that the kernel remembers (decision 31).
func programs(path string) []program {
	return []program{
		{
			name: "varve", path: path, backup: []string{"--format", "restic", "{data}", "file://{repo}"},
			bringBack: []string{"restore", "file://{repo}", "{target}"},
		},
		{
			name: "varve --remember-key 0", path: path, backup: []string{"--remember-key", "0", "--format", "restic", "{data}", "file://{repo}"},
			bringBack: []string{"restore", "--remember-key", "0", "file://{repo}", "{target}"},
		},
		{
			name: "restic", path: "restic", setUp: []string{"-q", "-r", "{repo}", "init"},
			backup:    []string{"-q", "-r", "{repo}", "backup", "{data}"},
			bringBack: []string{"-q", "-r", "{repo}", "restore", "latest", "--target", "{target}"},
		},
		{
			name: "borg", path: "borg", setUp: []string{"init", "-e", "repokey", "{repo}"},
			backup:    []string{"create", "{repo}::{now}", "{data}"},
			bringBack: []string{"extract", "{repo}::{last}"},
		},
		{
			name: "kopia", path: "kopia", setUp: []string{"repository", "create", "filesystem", "--path", "{repo}"},
			backup:    []string{"snapshot", "create", "{data}"},
			bringBack: []string{"snapshot", "restore", "{data}", "{target}"},
		},
	}
}

// measured is what one job cost.
type measured struct {
	cpu, wall time.Duration
	peak      int64 // of memory, in bytes
}

// round does every job once, each on what the one before left.
func (p *program) round(ctx context.Context, data, dir string) (m [jobs]measured, err error) {
	target := filepath.Join(dir, "target")
	if err := os.MkdirAll(target, 0o700); err != nil {
		return m, err
	}
	now := 0
	do := func(args []string) (measured, error) {
		now++
		places := strings.NewReplacer("{repo}", filepath.Join(dir, "repo"), "{data}", data, "{target}", target,
			"{now}", fmt.Sprint("a", now), "{last}", fmt.Sprint("a", now-1))
		line := make([]string, len(args))
		for i, a := range args {
			line[i] = places.Replace(a)
		}
		cmd := exec.CommandContext(ctx, p.path, line...)
		cmd.Dir = target
		cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_CACHE_HOME="+filepath.Join(dir, "cache"), "XDG_CONFIG_HOME="+filepath.Join(dir, "config"))
		for _, variable := range []string{"PASSPHRASE", "RESTIC_PASSWORD", "BORG_PASSPHRASE", "KOPIA_PASSWORD"} {
			cmd.Env = append(cmd.Env, variable+"=a passphrase for measuring")
		}
		return measure(cmd)
	}
	var made measured
	if p.setUp != nil {
		if made, err = do(p.setUp); err != nil {
			return m, err
		}
	}
	for job, args := range [jobs][]string{p.backup, p.backup, p.bringBack} {
		if m[job], err = do(args); err != nil {
			return m, err
		}
	}
	// Varve makes the archive with the first backup.
	m[first].cpu += made.cpu
	m[first].wall += made.wall
	return m, restored(target)
}

// restored makes sure that what was measured also did something.
func restored(target string) error {
	entries, err := os.ReadDir(target)
	if err == nil && len(entries) == 0 {
		err = errors.New("nothing was restored")
	}
	return err
}

func measure(cmd *exec.Cmd) (m measured, err error) {
	syscall.Sync() // what others wrote is not ours to wait for
	start := time.Now()
	out, err := cmd.CombinedOutput()
	m.wall = time.Since(start)
	if err != nil {
		return m, fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, out)
	}
	m.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return m, errors.New("this system does not tell what a process used")
	}
	m.peak = int64(usage.Maxrss) * maxrssUnit
	return m, nil
}

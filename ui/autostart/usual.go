package autostart

import (
	"cmp"
	"os"
	"path/filepath"
	"runtime"
)

// Usual is the place that this system looks at, for the program that runs.
func Usual(id, name string, args ...string) (*Entry, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return nil, err
	}
	c := Config{ID: id, Name: name, Program: program, Args: args, Mac: runtime.GOOS == "darwin"}
	if c.Mac {
		c.Dir = filepath.Join(home, "Library", "LaunchAgents")
		return New(c), nil
	}
	c.Dir = filepath.Join(cmp.Or(os.Getenv("XDG_CONFIG_HOME"), filepath.Join(home, ".config")), "autostart")
	for _, dir := range filepath.SplitList(cmp.Or(os.Getenv("XDG_CONFIG_DIRS"), "/etc/xdg")) {
		c.System = append(c.System, filepath.Join(dir, "autostart"))
	}
	return New(c), nil
}

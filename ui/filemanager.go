package ui

import (
	"context"
	"fmt"
	"net/url"
	"os/exec"
	"runtime"
	"time"

	"github.com/godbus/dbus/v5"
)

// answerLimit is how long the file manager may take to answer.
const answerLimit = 5 * time.Second

// showInFileManager opens the system's file manager at a folder.
func showInFileManager(ctx context.Context, path string) error {
	if runtime.GOOS == "darwin" {
		return open("open", path)
	}
	if askFileManager(ctx, path) == nil {
		return nil
	}
	return open("xdg-open", path)
}

// askFileManager asks the one that runs, or that the desktop starts.
func askFileManager(ctx context.Context, path string) error {
	ctx, cancel := context.WithTimeout(ctx, answerLimit)
	defer cancel()
	bus, err := dbus.SessionBusPrivateNoAutoStartup(dbus.WithContext(ctx))
	if err != nil {
		return err
	}
	defer bus.Close()
	if err := bus.Auth(nil); err != nil {
		return err
	}
	if err := bus.Hello(); err != nil {
		return err
	}
	address := (&url.URL{Scheme: "file", Path: path}).String()
	return bus.Object("org.freedesktop.FileManager1", "/org/freedesktop/FileManager1").
		CallWithContext(ctx, "org.freedesktop.FileManager1.ShowFolders", 0, []string{address}, "").Err
}

func open(program, path string) error {
	cmd := exec.Command(program, path)
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("opening the file manager: %w", err)
	}
	go func() { _ = cmd.Wait() }() // it lives as long as it wants
	return nil
}

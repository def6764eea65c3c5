package ui

import (
	"fmt"
	"net/url"
	"os/exec"
	"runtime"

	"github.com/godbus/dbus/v5"
)

// showInFileManager opens the system's file manager at a folder.
func showInFileManager(path string) error {
	if runtime.GOOS == "darwin" {
		return open("open", path)
	}
	bus, err := dbus.SessionBus()
	if err == nil {
		address := (&url.URL{Scheme: "file", Path: path}).String()
		err = bus.Object("org.freedesktop.FileManager1", "/org/freedesktop/FileManager1").
			Call("org.freedesktop.FileManager1.ShowFolders", 0, []string{address}, "").Err
	}
	if err == nil {
		return nil
	}
	return open("xdg-open", path)
}

func open(program, path string) error {
	cmd := exec.Command(program, path)
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("opening the file manager: %w", err)
	}
	go func() { _ = cmd.Wait() }() // it lives as long as it wants
	return nil
}

package surroundings

import (
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// mostText is more than any of the kernel's files holds that are read here.
const mostText = 4 << 10

// read returns the text of a file below the kernel's tree, "" without one.
func (m *Machine) read(parts ...string) string {
	f, err := os.Open(filepath.Join(append([]string{m.config.Sys}, parts...)...))
	if err != nil {
		return ""
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, mostText))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}

// list names what is in a folder of the kernel's tree.
func (m *Machine) list(folder string) (names []string) {
	entries, err := os.ReadDir(filepath.Join(m.config.Sys, folder))
	if err != nil {
		return nil
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// supplies is the folder of batteries and of what feeds them.
const supplies = "class/power_supply"

// kernelPower looks at the machine's own batteries, not those of a mouse.
func (m *Machine) kernelPower(f *Facts) {
	mains, discharging, batteries, percent := false, false, 0, 0
	for _, name := range m.list(supplies) {
		switch m.read(supplies, name, "type") {
		case "Mains", "USB":
			mains = mains || m.read(supplies, name, "online") == "1"
		case "Battery", "UPS":
			capacity, err := strconv.Atoi(m.read(supplies, name, "capacity"))
			if m.read(supplies, name, "scope") == "Device" || err != nil {
				continue
			}
			batteries++
			percent += min(max(capacity, 0), 100)
			discharging = discharging || m.read(supplies, name, "status") == "Discharging"
		default:
			continue
		}
		f.Known.Power = true
	}
	if batteries > 0 {
		f.Battery = percent / batteries
		f.OnBattery = discharging && !mains
	}
}

// kernelSaver looks at what the firmware was told.
func (m *Machine) kernelSaver(f *Facts) {
	profile := m.read("firmware/acpi/platform_profile")
	f.PowerSaver, f.Known.PowerSaver = profile == "low-power", profile != ""
}

// links are networks that the kernel is connected to by real devices.
type links struct{ wired, wireless bool }

func (m *Machine) links() (l links) {
	const net = "class/net"
	for _, name := range m.list(net) {
		// Bridges and tunnels have no device.
		if _, err := os.Stat(filepath.Join(m.config.Sys, net, name, "device")); err != nil || m.read(net, name, "operstate") != "up" {
			continue
		}
		if _, err := os.Stat(filepath.Join(m.config.Sys, net, name, "wireless")); err == nil {
			l.wireless = true
		} else {
			l.wired = true
		}
	}
	return l
}

package surroundings

import (
	"context"
	"strconv"
	"strings"
)

// askPrograms asks macOS's own programs. None of them tells whether a connection
// is metered, and newer systems hide the name of the Wi-Fi from programs.
func (m *Machine) askPrograms(ctx context.Context, f *Facts) {
	if out, err := m.config.Run(ctx, "pmset", "-g", "batt"); err == nil {
		f.readBattery(out)
	}
	if out, err := m.config.Run(ctx, "pmset", "-g"); err == nil {
		f.readPowerMode(out)
	}
	ports, err := m.config.Run(ctx, "networksetup", "-listallhardwareports")
	if err != nil {
		return
	}
	route, err := m.config.Run(ctx, "route", "-n", "get", "default")
	device := field(route, "interface:")
	f.Known.Network = true
	switch wifi := wifiDevice(ports); {
	case err != nil || device == "":
		f.Offline, f.Known.Name = true, true
	case device == wifi:
		summary, err := m.config.Run(ctx, "ipconfig", "getsummary", device)
		name := field(summary, "SSID :")
		if f.Known.Name = err == nil && name != "" && name != "<redacted>"; f.Known.Name {
			f.Network = name
		}
	case strings.Contains(ports, "Device: "+device+"\n"):
		f.Wired, f.Known.Name = true, true
	}
}

// readBattery reads lines like these:
//
//	Now drawing from 'Battery Power'
//	 -InternalBattery-0 (id=1234567)	83%; discharging; 4:31 remaining present: true
func (f *Facts) readBattery(out string) {
	f.Known.Power = strings.Contains(out, "drawing from")
	f.OnBattery = strings.Contains(out, "'Battery Power'")
	before, _, found := strings.Cut(out, "%")
	if !found {
		return
	}
	if percent, err := strconv.Atoi(before[strings.LastIndexAny(before, " \t\n")+1:]); err == nil {
		f.Battery = min(max(percent, 0), 100)
	}
}

// readPowerMode looks for the switch of the low power mode, which has had two
// names.
func (f *Facts) readPowerMode(out string) {
	for line := range strings.Lines(out) {
		words := strings.Fields(line)
		if len(words) == 2 && (words[0] == "lowpowermode" || words[0] == "powermode") {
			f.Known.PowerSaver = true
			f.PowerSaver = f.PowerSaver || words[1] == "1"
		}
	}
}

// field returns what follows a name at the beginning of a line.
func field(out, name string) string {
	for line := range strings.Lines(out) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), name); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// wifiDevice finds the device in lines like these:
//
//	Hardware Port: Wi-Fi
//	Device: en0
func wifiDevice(ports string) string {
	_, after, found := strings.Cut(ports, "Hardware Port: Wi-Fi\n")
	if !found {
		return ""
	}
	return field(after, "Device:")
}

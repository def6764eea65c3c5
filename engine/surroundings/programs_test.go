package surroundings

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
)

const ports = "\nHardware Port: Ethernet\nDevice: en5\nEthernet Address: 00:00:5e:00:53:01\n\nHardware Port: Wi-Fi\nDevice: en0\nEthernet Address: 00:00:5e:00:53:02\n\n"

// What macOS's programs print, in several of its versions.
func TestPrograms(t *testing.T) {
	battery := "Now drawing from 'Battery Power'\n -InternalBattery-0 (id=4522083)\t83%; discharging; 4:31 remaining present: true\n"
	all := Known{Power: true, PowerSaver: true, Network: true, Name: true}
	for name, row := range map[string]struct {
		out  map[string]string
		want Facts
	}{
		"on battery and Wi-Fi": {map[string]string{
			"pmset -g batt": battery, "pmset -g": "System-wide power settings:\nCurrently in use:\n standby              1\n lowpowermode         1\n",
			"networksetup": ports, "route": "   route to: default\n  interface: en0\n      flags: <UP>\n", "ipconfig": "<dictionary> {\n  BSSID : <redacted>\n  SSID : Home\n}\n",
		}, Facts{OnBattery: true, Battery: 83, PowerSaver: true, Network: "Home", Known: all}},
		"a hidden name, and the newer switch": {map[string]string{
			"pmset -g batt": "Now drawing from 'AC Power'\n -InternalBattery-0 (id=4522083)\t100%; charged; 0:00 remaining present: true\n", "pmset -g": " powermode            0\n",
			"networksetup": ports, "route": "  interface: en0\n", "ipconfig": "  SSID : <redacted>\n",
		}, Facts{Battery: 100, Known: Known{Power: true, PowerSaver: true, Network: true}}},
		"by wire, no battery": {map[string]string{
			"pmset -g batt": "Now drawing from 'AC Power'\n", "pmset -g": "\n", "networksetup": ports, "route": "  interface: en5\n",
		}, Facts{Battery: 100, Wired: true, Known: Known{Power: true, Network: true, Name: true}}},
		"over a phone": {map[string]string{"networksetup": ports, "route": "  interface: pdp_ip0\n"}, Facts{Battery: 100, Known: Known{Network: true}}},
		"offline":      {map[string]string{"networksetup": ports}, Facts{Battery: 100, Offline: true, Known: Known{Network: true, Name: true}}},
		"nothing":      {nil, Facts{Battery: 100}},
		"nonsense":     {map[string]string{"pmset -g batt": "%", "pmset -g": "powermode", "networksetup": "Hardware Port: Wi-Fi\n", "route": "interface:"}, Facts{Battery: 100, Offline: true, Known: Known{Network: true, Name: true}}},
	} {
		m := Open(Config{Run: func(_ context.Context, name string, args ...string) (string, error) {
			line := strings.Join(append([]string{name}, args...), " ")
			for begin, out := range row.out {
				if line == begin || !strings.HasPrefix(begin, "pmset") && name == begin {
					return out, nil
				}
			}
			return "", errors.New("exit status 1")
		}})
		if got := m.Facts(t.Context()); !reflect.DeepEqual(got, row.want) {
			t.Errorf("%s: got  %+v\nwant %+v", name, got, row.want)
		}
	}
}

// Whatever a program prints, it is read.
func FuzzPrograms(f *testing.F) {
	for _, text := range []string{ports, "Now drawing from 'Battery Power'\n\t83%; x", " powermode 1\n", "  SSID : a\n", "interface: en0\n", "%"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, out string) {
		m := Open(Config{Run: func(context.Context, string, ...string) (string, error) { return out, nil }})
		if got := m.Facts(t.Context()); got.Battery < 0 || got.Battery > 100 {
			t.Errorf("a battery of %d", got.Battery)
		}
	})
}

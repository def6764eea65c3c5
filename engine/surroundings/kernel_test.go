package surroundings

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/varve-backup/varve/engine/schedule"
)

// tree writes a kernel's tree.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestKernel(t *testing.T) {
	const p = "class/power_supply/"
	for name, row := range map[string]struct {
		files map[string]string
		want  Facts
	}{
		"a laptop on its two batteries": {map[string]string{
			p + "AC/type": "Mains", p + "AC/online": "0",
			p + "BAT0/type": "Battery", p + "BAT0/status": "Discharging", p + "BAT0/capacity": "20",
			p + "BAT1/type": "Battery", p + "BAT1/status": "Unknown", p + "BAT1/capacity": "80",
			"firmware/acpi/platform_profile": "low-power",
		}, Facts{OnBattery: true, Battery: 50, PowerSaver: true, Known: Known{Power: true, PowerSaver: true}}},
		"one that is plugged in and drains all the same": {map[string]string{
			p + "AC/type": "Mains", p + "AC/online": "1",
			p + "BAT0/type": "Battery", p + "BAT0/status": "Discharging", p + "BAT0/capacity": "70",
		}, Facts{Battery: 70, Known: Known{Power: true}}},
		"a computer whose mouse has a battery": {map[string]string{
			p + "mouse/type": "Battery", p + "mouse/scope": "Device", p + "mouse/status": "Discharging", p + "mouse/capacity": "5",
		}, Facts{Battery: 100}},
		"nonsense": {map[string]string{
			p + "BAT0/type": "Battery", p + "BAT0/status": "Discharging", p + "BAT0/capacity": "many",
			p + "BAT1/type": "Battery", p + "BAT1/status": "Full", p + "BAT1/capacity": "9999999",
		}, Facts{Battery: 100, Known: Known{Power: true}}},
		"a cable": {map[string]string{
			"class/net/enp1s0/device/vendor": "x", "class/net/enp1s0/operstate": "up", "class/net/docker0/operstate": "up",
		}, Facts{Battery: 100, Wired: true, Known: Known{Network: true, Name: true}}},
		"a Wi-Fi without a name": {map[string]string{
			"class/net/wlan0/device/vendor": "x", "class/net/wlan0/operstate": "up", "class/net/wlan0/wireless/x": "",
		}, Facts{Battery: 100}},
	} {
		m := Open(Config{Bus: "unix:path=/nonexistent", Sys: tree(t, row.files)})
		if got := m.Facts(t.Context()); !reflect.DeepEqual(got, row.want) {
			t.Errorf("%s: got  %+v\nwant %+v", name, got, row.want)
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	}
}

// A manager that manages nothing says that there is no network, and is wrong.
func TestUnmanagedNetwork(t *testing.T) {
	address, _ := startBus(t)
	l := startLaptop(t, address)
	l.manager.SetMust(managerName, "State", uint32(20))
	for _, row := range []struct {
		files map[string]string
		want  schedule.Surroundings
	}{
		{nil, schedule.Surroundings{Offline: true}},
		{map[string]string{"class/net/eth0/device/x": "", "class/net/eth0/operstate": "up"}, schedule.Surroundings{Wired: true}},
		{map[string]string{"class/net/w/device/x": "", "class/net/w/wireless/x": "", "class/net/w/operstate": "up"}, schedule.Surroundings{Nameless: true}},
	} {
		m := Open(Config{Bus: address, Sys: tree(t, row.files)})
		f := m.Facts(t.Context())
		got := schedule.Surroundings{}
		f.Apply(&got)
		row.want.OnBattery, row.want.Battery = true, 41
		if !reflect.DeepEqual(got, row.want) {
			t.Errorf("%v: got  %+v\nwant %+v", row.files, got, row.want)
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	}
}

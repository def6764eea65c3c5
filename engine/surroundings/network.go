package surroundings

import "github.com/godbus/dbus/v5"

// NetworkManager's numbers.
const (
	stateAsleep     = 10 // the least that says there is no connection
	stateConnecting = 40 // the last that does
	meteredYes      = 1
	meteredNo       = 2
	meteredGuess    = 3 // probably
	meteredGuessNo  = 4
	activated       = 2
	wireless        = "802-11-wireless"
	ethernet        = "802-3-ethernet"
	connectionFace  = managerName + ".Connection.Active"
)

// network asks NetworkManager. links are what the kernel knows of networks: the
// manager need not manage all of them.
func (s services) network(f *Facts, links links) {
	var state, metered uint32
	if !s.get(managerName, managerPath, managerName, "State", &state) {
		f.Wired, f.Known.Network = links.wired, links.wired
		f.Known.Name = links.wired
		return
	}
	f.Known.Network = true
	if state >= stateAsleep && state <= stateConnecting {
		f.Offline = !links.wired && !links.wireless
		f.Wired, f.Known.Name = links.wired, !links.wireless
		return
	}
	if s.get(managerName, managerPath, managerName, "Metered", &metered) {
		f.Metered = metered == meteredYes || metered == meteredGuess
		f.Known.Metered = f.Metered || metered == meteredNo || metered == meteredGuessNo
	}
	s.name(f)
}

// name finds out by what the machine is connected. Below a tunnel, it is what
// that goes through.
func (s services) name(f *Facts) {
	var primary dbus.ObjectPath
	var others []dbus.ObjectPath
	_ = s.get(managerName, managerPath, managerName, "PrimaryConnection", &primary)
	_ = s.get(managerName, managerPath, managerName, "ActiveConnections", &others)
	for _, path := range append([]dbus.ObjectPath{primary}, others...) {
		if path.IsValid() && path != "/" && s.connection(f, path) {
			return
		}
	}
	// Something else, as a phone: a connection without a name.
	f.Known.Name = primary.IsValid() && primary != "/"
}

// connection reports whether it is one by wire or over Wi-Fi, and says so.
func (s services) connection(f *Facts, path dbus.ObjectPath) bool {
	var kind string
	var state uint32
	if !s.get(managerName, path, connectionFace, "Type", &kind) || s.get(managerName, path, connectionFace, "State", &state) && state != activated {
		return false
	}
	switch kind {
	case ethernet:
		f.Wired, f.Known.Name = true, true
	case wireless:
		var point dbus.ObjectPath
		var name []byte
		f.Known.Name = s.get(managerName, path, connectionFace, "SpecificObject", &point) &&
			s.get(managerName, point, managerName+".AccessPoint", "Ssid", &name)
		f.Network = string(name)
	default:
		return false
	}
	return true
}

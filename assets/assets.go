// Package assets holds the pictures that the programs show.
package assets

import _ "embed"

// Icon is the application's icon, as SVG.
//
//go:embed icon.svg
var Icon []byte

// The icons of the tray, as SVG. Their shape tells the state, not their
// colour.
var (
	//go:embed tray-idle.svg
	TrayIdle []byte
	// Of a layer that is being laid.
	//go:embed tray-running-1.svg
	TrayRunning1 []byte
	//go:embed tray-running-2.svg
	TrayRunning2 []byte
	//go:embed tray-running-3.svg
	TrayRunning3 []byte
	//go:embed tray-paused.svg
	TrayPaused []byte
	//go:embed tray-late.svg
	TrayLate []byte
	//go:embed tray-broken.svg
	TrayBroken []byte
)

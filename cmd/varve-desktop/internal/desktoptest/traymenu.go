package desktoptest

import (
	"slices"

	"github.com/godbus/dbus/v5"
)

const menuInterface = "com.canonical.dbusmenu"

// MenuItem is one line of a tray icon's menu.
type MenuItem struct {
	ID      int32
	Label   string
	Enabled bool
}

// menuNode is a line as the bus carries it: (ia{sv}av).
type menuNode struct {
	ID         int32
	Properties map[string]dbus.Variant
	Children   []dbus.Variant
}

// TrayIcon is the one icon in the tray, seen through the bus as a panel sees
// it.
type TrayIcon struct {
	d    *Desktop
	item dbus.BusObject
	menu dbus.BusObject
}

// TrayIcon waits for an icon to register and returns it.
func (d *Desktop) TrayIcon() *TrayIcon {
	d.t.Helper()
	var names []string
	d.Eventually("a tray icon to register", func() bool {
		names = d.Tray.Items()
		return len(names) > 0
	})
	conn := d.BusConn()
	icon := &TrayIcon{d: d, item: conn.Object(names[0], "/StatusNotifierItem")}
	menu, err := icon.item.GetProperty("org.kde.StatusNotifierItem.Menu")
	if err != nil {
		d.t.Fatalf("asking the tray icon for its menu: %v", err)
	}
	path, ok := menu.Value().(dbus.ObjectPath)
	if !ok {
		d.t.Fatalf("the tray icon's menu is a %T, want a path", menu.Value())
	}
	icon.menu = conn.Object(names[0], path)
	return icon
}

// pixmap is one size of an icon as the bus carries it: (iiay).
type pixmap struct {
	Width, Height int32
	Pixels        []byte
}

// Picture is the icon's pixels, four bytes each: alpha, red, green, blue.
func (i *TrayIcon) Picture() []byte {
	i.d.t.Helper()
	var sizes []pixmap
	value, err := i.item.GetProperty("org.kde.StatusNotifierItem.IconPixmap")
	if err == nil {
		err = value.Store(&sizes)
	}
	if err != nil || len(sizes) == 0 {
		i.d.t.Fatalf("asking the tray icon for its picture: %d sizes, %v", len(sizes), err)
	}
	return sizes[0].Pixels
}

// tooltip is what a panel shows beside the pointer: (sa(iiay)ss).
type tooltip struct {
	Icon     string
	Pictures []pixmap
	Title    string
	Text     string
}

// Tooltip is what a panel shows when the pointer rests on the icon.
func (i *TrayIcon) Tooltip() string {
	i.d.t.Helper()
	var shown tooltip
	value, err := i.item.GetProperty("org.kde.StatusNotifierItem.ToolTip")
	if err == nil {
		err = value.Store(&shown)
	}
	if err != nil {
		i.d.t.Fatalf("asking the tray icon for its tooltip: %v", err)
	}
	return shown.Title
}

// Menu reads the lines of the menu, separators left out.
func (i *TrayIcon) Menu() []MenuItem {
	i.d.t.Helper()
	var revision uint32
	var root menuNode
	call := i.menu.Call(menuInterface+".GetLayout", 0, int32(0), int32(-1), []string{})
	if err := call.Store(&revision, &root); err != nil {
		i.d.t.Fatalf("reading the tray menu: %v", err)
	}
	var items []MenuItem
	for _, child := range root.Children {
		var node menuNode
		if err := child.Store(&node); err != nil {
			i.d.t.Fatalf("reading a line of the tray menu: %v", err)
		}
		if label, ok := node.Properties["label"].Value().(string); ok && label != "" {
			enabled, known := node.Properties["enabled"].Value().(bool)
			items = append(items, MenuItem{node.ID, label, enabled || !known})
		}
	}
	return items
}

// Find returns the line with a label; the ids change with every change of
// the menu and are good for one Click.
func (i *TrayIcon) Find(label string) (MenuItem, bool) {
	i.d.t.Helper()
	items := i.Menu()
	at := slices.IndexFunc(items, func(m MenuItem) bool { return m.Label == label })
	if at < 0 {
		return MenuItem{}, false
	}
	return items[at], true
}

// Offers waits for an enabled line with the label, and for the menu to stand
// still: a click on a line that is being replaced is lost, and programs
// replace all lines at once.
func (i *TrayIcon) Offers(label string) MenuItem {
	i.d.t.Helper()
	var found, before MenuItem
	i.d.Eventually("the tray menu to offer "+label, func() bool {
		var ok bool
		before = found
		found, ok = i.Find(label)
		return ok && found.Enabled && found == before
	})
	return found
}

// Click waits until the menu offers the label and chooses it.
func (i *TrayIcon) Click(label string) {
	i.d.t.Helper()
	found := i.Offers(label)
	call := i.menu.Call(menuInterface+".Event", 0, found.ID, "clicked", dbus.MakeVariant(int32(0)), uint32(0))
	if call.Err != nil {
		i.d.t.Fatalf("clicking %q in the tray menu: %v", label, call.Err)
	}
}

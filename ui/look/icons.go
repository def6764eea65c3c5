package look

import (
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Icon is one of the line icons: 24 points wide, drawn with a stroke of 1.5.
type Icon struct {
	name, path string
	colour     fyne.ThemeColorName
}

// The icons.
var (
	IconOverview = icon("overview", "M4 7.5c2.7-1.6 5.3-1.6 8 0s5.3 1.6 8 0M4 12.5c2.7-1.6 5.3-1.6 8 0s5.3 1.6 8 0M4 17.5c2.7-1.6 5.3-1.6 8 0s5.3 1.6 8 0")
	IconRestore  = icon("restore", "M4.5 5v5h5M4.8 10a8 8 0 1 1-.6 4.5M12 8v4.5l3 2")
	IconActivity = icon("activity", "M3 12h4l3-7 4 14 3-7h4")
	IconSettings = icon("settings", "M4 7h9M17 7h3M4 17h3M11 17h9M17 7a2 2 0 1 1-4 0a2 2 0 1 1 4 0M11 17a2 2 0 1 1-4 0a2 2 0 1 1 4 0")
	IconFolder   = icon("folder", "M3.5 7v10.5a1.5 1.5 0 0 0 1.5 1.5h14a1.5 1.5 0 0 0 1.5-1.5v-8a1.5 1.5 0 0 0-1.5-1.5h-7l-2-2.5h-5a1.5 1.5 0 0 0-1.5 1.5z")
	IconFile     = icon("file", "M6 4.5a1 1 0 0 1 1-1h7l4 4v12a1 1 0 0 1-1 1h-10a1 1 0 0 1-1-1zM14 3.5v4h4")
	IconLink     = icon("link", "M7 17l10-10M9.5 7h7.5v7.5")
	IconDrive    = icon("drive", "M4 14.5l2.5-8.5a1.5 1.5 0 0 1 1.4-1h8.2a1.5 1.5 0 0 1 1.4 1l2.5 8.5M4 14.5v3.5a1.5 1.5 0 0 0 1.5 1.5h13a1.5 1.5 0 0 0 1.5-1.5v-3.5zM16.5 17h.1")
	IconServer   = icon("server", "M5.5 4.5h13a1 1 0 0 1 1 1v4.5a1 1 0 0 1-1 1h-13a1 1 0 0 1-1-1v-4.5a1 1 0 0 1 1-1zM5.5 13h13a1 1 0 0 1 1 1v4.5a1 1 0 0 1-1 1h-13a1 1 0 0 1-1-1v-4.5a1 1 0 0 1 1-1zM8 7.7h.1M8 16.2h.1")
	IconBucket   = icon("bucket", "M4.5 6.5a7.5 2.5 0 0 1 15 0a7.5 2.5 0 0 1-15 0zM4.5 6.5l2 11.7a5.5 2 0 0 0 11 0l2-11.7")
	IconCloud    = icon("cloud", "M7 18.5h10.5a3.7 3.7 0 0 0 .6-7.4a5.9 5.9 0 0 0-11.3-1.3a4.4 4.4 0 0 0 .2 8.7z")
	IconAdd      = icon("add", "M12 5v14M5 12h14")
	IconRemove   = icon("remove", "M6.5 6.5l11 11M17.5 6.5l-11 11")
	IconMore     = icon("more", "M5.5 12h.1M12 12h.1M18.5 12h.1")
	IconFine     = icon("fine", "M12 3.5a8.5 8.5 0 1 1 0 17a8.5 8.5 0 1 1 0-17M8 12.3l2.8 2.7 5.2-5.5")
	IconNotice   = icon("notice", "M12 4l9 15.5h-18zM12 10v4.5M12 17h.1")
	IconBroken   = icon("broken", "M12 3.5a8.5 8.5 0 1 1 0 17a8.5 8.5 0 1 1 0-17M9 9l6 6M15 9l-6 6")
	IconPaused   = icon("paused", "M12 3.5a8.5 8.5 0 1 1 0 17a8.5 8.5 0 1 1 0-17M10 9v6M14 9v6")
	IconGoOn     = icon("go-on", "M12 3.5a8.5 8.5 0 1 1 0 17a8.5 8.5 0 1 1 0-17M10.3 8.6v6.8l5.2-3.4z")
	IconRunning  = icon("running", "M12 3.5a8.5 8.5 0 1 1 0 17a8.5 8.5 0 1 1 0-17M12 8v8M8.5 12.5l3.5 3.5 3.5-3.5")
	IconStopped  = icon("stopped", "M12 3.5a8.5 8.5 0 1 1 0 17a8.5 8.5 0 1 1 0-17M9.5 9.5h5v5h-5z")
	IconLock     = icon("lock", "M6.5 11h11v9h-11zM8.5 11v-3a3.5 3.5 0 0 1 7 0v3")
	IconHere     = icon("here", "M12 3.5a8.5 8.5 0 1 1 0 17a8.5 8.5 0 1 1 0-17M12 9.75a2.25 2.25 0 1 1 0 4.5a2.25 2.25 0 1 1 0-4.5M12 11.5v1")
	IconSearch   = icon("search", "M10.5 4.5a6 6 0 1 1 0 12a6 6 0 1 1 0-12M15 15l5 5")
	IconBefore   = icon("before", "M14.5 6.5l-5.5 5.5 5.5 5.5")
	IconAfter    = icon("after", "M9.5 6.5l5.5 5.5-5.5 5.5")
	IconDown     = icon("down", "M6.5 9.5l5.5 5.5 5.5-5.5")
	IconUp       = icon("up", "M6.5 14.5l5.5-5.5 5.5 5.5")
	IconGone     = icon("gone", "M6 4.5a1 1 0 0 1 1-1h7l4 4v12a1 1 0 0 1-1 1h-10a1 1 0 0 1-1-1zM9.5 11l5 5M14.5 11l-5 5")
	IconKept     = icon("kept", "M9 4h6M10 4v6l-2.5 3.5h9l-2.5-3.5v-6M12 13.5v6.5")
	IconCalendar = icon("calendar", "M5.5 5.5h13a1 1 0 0 1 1 1v12a1 1 0 0 1-1 1h-13a1 1 0 0 1-1-1v-12a1 1 0 0 1 1-1zM4.5 10h15M8.5 3.5v3.5M15.5 3.5v3.5")
	IconClock    = icon("clock", "M12 3.5a8.5 8.5 0 1 1 0 17a8.5 8.5 0 1 1 0-17M12 7.5v5l3.2 1.8")
)

func icon(name, path string) Icon { return Icon{name, path, Ink} }

// In is the icon in a colour.
func (i Icon) In(c fyne.ThemeColorName) Icon {
	i.colour = c
	return i
}

// Name implements fyne.Resource. It names the colour too, since pictures are
// cached by it.
func (i Icon) Name() string { return fmt.Sprintf("varve-%s-%s.svg", i.name, i.hex()) }

// Content implements fyne.Resource.
func (i Icon) Content() []byte {
	return fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24" viewBox="0 0 24 24"><path d="%s" fill="none" stroke="#%s" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round"/></svg>`, i.path, i.hex())
}

func (i Icon) hex() string {
	r, g, b, _ := theme.Color(i.colour).RGBA()
	return fmt.Sprintf("%02x%02x%02x", r>>8, g>>8, b>>8)
}

// Drawing shows an icon, which grows with the letters.
type Drawing struct {
	widget.BaseWidget
	image *canvas.Image
	size  float32
}

// Picture shows an icon, size points wide and high beside letters of the usual
// size.
func Picture(i fyne.Resource, size float32) *Drawing {
	d := &Drawing{image: canvas.NewImageFromResource(i), size: size}
	d.image.FillMode = canvas.ImageFillContain
	d.ExtendBaseWidget(d)
	return d
}

// Set shows another icon.
func (d *Drawing) Set(i fyne.Resource) {
	if d.image.Resource != i {
		d.image.Resource = i
		d.image.Refresh()
	}
}

// CreateRenderer implements fyne.Widget.
func (d *Drawing) CreateRenderer() fyne.WidgetRenderer { return &drawingRenderer{d} }

type drawingRenderer struct{ drawing *Drawing }

// Layout implements fyne.WidgetRenderer.
func (r *drawingRenderer) Layout(s fyne.Size) { r.drawing.image.Resize(s) }

// MinSize implements fyne.WidgetRenderer.
func (r *drawingRenderer) MinSize() fyne.Size {
	return fyne.NewSquareSize(r.drawing.size * Letters())
}

// Destroy implements fyne.WidgetRenderer.
func (r *drawingRenderer) Destroy() {}

// Objects implements fyne.WidgetRenderer.
func (r *drawingRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.drawing.image} }

// Refresh implements fyne.WidgetRenderer.
func (r *drawingRenderer) Refresh() { r.drawing.image.Refresh() }

// Logo is the application's icon, size points wide and high.
func Logo(picture []byte, size float32) fyne.CanvasObject {
	image := canvas.NewImageFromResource(fyne.NewStaticResource("icon.svg", picture))
	image.FillMode = canvas.ImageFillContain
	image.SetMinSize(fyne.NewSize(size, size))
	return container.NewStack(image)
}

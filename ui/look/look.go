// Package look is the program's appearance: its colours in light and dark,
// sizes, and the small pieces of text and space that every page is made of.
package look

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// Names of colours beyond Fyne's own.
const (
	Paper fyne.ThemeColorName = theme.ColorNameBackground
	Ink   fyne.ThemeColorName = theme.ColorNameForeground
	Quiet fyne.ThemeColorName = "quiet"
	Lake  fyne.ThemeColorName = theme.ColorNamePrimary
	Moss  fyne.ThemeColorName = theme.ColorNameSuccess
	Amber fyne.ThemeColorName = theme.ColorNameWarning
	Clay  fyne.ThemeColorName = theme.ColorNameError
	Card  fyne.ThemeColorName = "card"
	Rule  fyne.ThemeColorName = theme.ColorNameSeparator
	Side  fyne.ThemeColorName = theme.ColorNameHeaderBackground

	AmberGround fyne.ThemeColorName = "amber ground"
	ClayGround  fyne.ThemeColorName = "clay ground"
	MossGround  fyne.ThemeColorName = "moss ground"
	LakeGround  fyne.ThemeColorName = "lake ground"
)

// Names of sizes beyond Fyne's own.
const (
	Small fyne.ThemeSizeName = theme.SizeNameCaptionText
	Body  fyne.ThemeSizeName = theme.SizeNameText
	Large fyne.ThemeSizeName = theme.SizeNameSubHeadingText
	Title fyne.ThemeSizeName = theme.SizeNameHeadingText
)

type pair struct{ light, dark uint32 }

// colours are light and dark, as 0xRRGGBB.
var colours = map[fyne.ThemeColorName]pair{
	Paper:                              {0xFBFAF7, 0x14191C},
	Ink:                                {0x1F2A2E, 0xE6EAEA},
	Quiet:                              {0x5B6A70, 0x9DABB0},
	Lake:                               {0x0E6272, 0x4DB3C4},
	Moss:                               {0x3B7A57, 0x76BE94},
	Amber:                              {0x8F5A0E, 0xE0A64A},
	Clay:                               {0xB23A2E, 0xEF7F72},
	Card:                               {0xFFFFFF, 0x1C2327},
	Rule:                               {0xE4E1D9, 0x2B3439},
	theme.ColorNameButton:              {0xECEAE4, 0x2B3439},
	theme.ColorNameInputBackground:     {0xFFFFFF, 0x1C2327},
	theme.ColorNameInputBorder:         {0xB9B6AD, 0x4A565C},
	theme.ColorNameMenuBackground:      {0xFFFFFF, 0x1C2327},
	theme.ColorNameOverlayBackground:   {0xFFFFFF, 0x1C2327},
	theme.ColorNameHeaderBackground:    {0xF2F0EA, 0x1C2327},
	theme.ColorNamePlaceHolder:         {0x65747A, 0x93A1A6},
	theme.ColorNameDisabled:            {0x8A9599, 0x6D7A80},
	theme.ColorNameDisabledButton:      {0xF0EEE9, 0x20282C},
	theme.ColorNameForegroundOnPrimary: {0xFFFFFF, 0x0B1214},
	theme.ColorNameForegroundOnSuccess: {0xFFFFFF, 0x0B1214},
	theme.ColorNameForegroundOnWarning: {0xFFFFFF, 0x0B1214},
	theme.ColorNameForegroundOnError:   {0xFFFFFF, 0x0B1214},
	theme.ColorNameHyperlink:           {0x0E6272, 0x4DB3C4},
	theme.ColorNameSelection:           {0xDCEBED, 0x1C3E47},
	theme.ColorNameScrollBar:           {0xB9B6AD, 0x4A565C},
	theme.ColorNameScrollBarBackground: {0xFBFAF7, 0x14191C},
	// Grounds of what needs attention, to be read with ink on them.
	AmberGround: {0xFAF1E1, 0x2E2719},
	ClayGround:  {0xFAEAE7, 0x33211F},
	MossGround:  {0xE7F2EA, 0x1A2C22},
	LakeGround:  {0xE6F0F1, 0x1B2D32},
	// Tones tell parts of a picture apart; words beside it say the same.
	tones[0]: {0xB9730F, 0xE0A64A},
	tones[1]: {0x6C4FA3, 0xB39BE0},
	tones[2]: {0xB23A2E, 0xEF7F72},
	tones[3]: {0x3B7A57, 0x76BE94},
	tones[4]: {0xA8447E, 0xE88BC0},
	tones[5]: {0x2F5FA8, 0x85AEEA},
	tones[6]: {0x7A5230, 0xC79A73},
	tones[7]: {0x5B6A70, 0x9DABB0},
}

// tones are names of colours.
var tones = [...]fyne.ThemeColorName{"tone 1", "tone 2", "tone 3", "tone 4", "tone 5", "tone 6", "tone 7", "tone 8"}

// Tone is the colour of the i-th of several parts of a picture.
func Tone(i int) fyne.ThemeColorName { return tones[i%len(tones)] }

// Theme is Varve's theme.
type Theme struct {
	// Variant is "light", "dark", or "" for the system's.
	Variant string
	// Letters magnifies texts; 0 means not.
	Letters float32
}

var _ fyne.Theme = (*Theme)(nil)

// Color implements fyne.Theme.
func (t *Theme) Color(name fyne.ThemeColorName, variant fyne.ThemeVariant) color.Color {
	variant = t.variant(variant)
	if name == theme.ColorNameFocus || name == theme.ColorNameHover || name == theme.ColorNamePressed {
		c := colours[Lake].of(variant)
		c.A = map[fyne.ThemeColorName]uint8{theme.ColorNameFocus: 0x66, theme.ColorNameHover: 0x18, theme.ColorNamePressed: 0x30}[name]
		return c
	}
	if name == theme.ColorNameShadow {
		return color.NRGBA{A: 0x1c}
	}
	if p, ok := colours[name]; ok {
		return p.of(variant)
	}
	return theme.DefaultTheme().Color(name, variant)
}

func (t *Theme) variant(system fyne.ThemeVariant) fyne.ThemeVariant {
	switch t.Variant {
	case "light":
		return theme.VariantLight
	case "dark":
		return theme.VariantDark
	}
	return system
}

func (p pair) of(v fyne.ThemeVariant) color.NRGBA {
	c := p.light
	if v == theme.VariantDark {
		c = p.dark
	}
	return color.NRGBA{R: uint8(c >> 16), G: uint8(c >> 8), B: uint8(c), A: 0xff}
}

// Font implements fyne.Theme.
func (t *Theme) Font(s fyne.TextStyle) fyne.Resource { return theme.DefaultTheme().Font(s) }

// Icon implements fyne.Theme.
func (t *Theme) Icon(n fyne.ThemeIconName) fyne.Resource { return theme.DefaultTheme().Icon(n) }

// Size implements fyne.Theme.
func (t *Theme) Size(name fyne.ThemeSizeName) float32 {
	letters := max(t.Letters, 1)
	switch name {
	case Small:
		return 12 * letters
	case Body:
		return 14 * letters
	case Large:
		return 16 * letters
	case Title:
		return 24 * letters
	case theme.SizeNameInlineIcon:
		return 18 * letters
	case theme.SizeNameScrollBar:
		return 10
	case theme.SizeNameScrollBarRadius:
		return 4
	case theme.SizeNameInputRadius, theme.SizeNameSelectionRadius:
		return 6
	case theme.SizeNameInnerPadding:
		return 8
	case theme.SizeNamePadding:
		return 4
	}
	return theme.DefaultTheme().Size(name)
}

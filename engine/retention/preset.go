package retention

// Preset is one of the choices that stand above the text. The names are for
// programs.
type Preset uint8

// The presets, as Duplicati has them.
const (
	KeepEverything Preset = iota // no rule
	OlderThan                    // keep-time alone
	SoMany                       // keep-versions alone
	Smart                        // exactly SmartText
	Custom                       // everything else
)

// SmartText is Duplicati's smart backup retention. Duplicati knows it by these
// letters.
const SmartText = "1W:1D,4W:1W,12M:1M"

// Text is what a preset begins with; "" for Custom.
func (p Preset) Text() string {
	return [...]string{OlderThan: "keep-time=6M", SoMany: "keep-versions=30", Smart: SmartText, Custom: ""}[p]
}

// PresetOf tells which preset a text is.
func PresetOf(text string) Preset {
	p, err := Parse(text)
	switch plain := p.AtLeast == 0 && p.Tolerance == nil && p.Slots == nil; {
	case text == SmartText:
		return Smart
	case err != nil || !plain:
		return Custom
	case p.KeepsAll():
		return KeepEverything
	case !p.Time.IsZero():
		return OlderThan
	case p.Versions > 0:
		return SoMany
	}
	return Custom
}

// Advice is something to know about a policy that is no error.
type Advice struct {
	// Frame is the index of the frame by reach, -1 for the whole.
	Frame    int
	Sentence string
}

// Advise tells what people are surprised by.
func Advise(p Policy) []Advice {
	var all []Advice
	frames := p.sorted()
	daily, steps := false, -1
	for i, f := range frames {
		every := f.Every.Length()
		if i > 0 && f.reach() == frames[i-1].reach() {
			all = append(all, Advice{i, "This frame gets nothing: another one reaches as far."})
		}
		if i > 0 && every > 0 && frames[i-1].Every.Length() > 0 && every%frames[i-1].Every.Length() != 0 && steps < 0 && p.Slots == nil {
			steps = i
		}
		if i > 0 && every < frames[i-1].Every.Length() {
			all = append(all, Advice{i, "Older versions cannot be closer together than younger ones: the frame before this one thins more."})
		}
		daily = daily || every > 0
	}
	if steps >= 0 {
		all = append(all, Advice{steps, "Its interval is no multiple of the one before it, so versions will be up to one of those intervals further apart."})
	}
	if daily && p.Tolerance == nil && p.Slots == nil {
		all = append(all, Advice{-1, "A job that starts some seconds earlier than the day before loses that version: tolerance=10m prevents it."})
	}
	return all
}

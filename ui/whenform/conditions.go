package whenform

import (
	"slices"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
)

// conditions are what a run waits for.
type conditions struct {
	form    *Form
	content *fyne.Container
	battery *look.Combo
	names   *look.Field
	present *look.Button // adds the network that is there now
	wifi    *fyne.Container
	network *fyne.Container
	unknown *look.Text
}

var batteryChoices = []int{0, 20, 30, 50, 80}

func batteryItem(percent int) string {
	if percent == 0 {
		return lang.T("However full it is")
	}
	return lang.T("Below %d %%", percent)
}

func newConditions(f *Form) *conditions {
	k := &conditions{form: f, unknown: look.Note("")}
	p := &f.plan.Conditions
	check := func(text string, value *bool) *look.Check {
		c := look.NewCheck(text, nil)
		c.Checked = *value
		c.OnChanged = func(on bool) {
			*value = on
			f.changed()
		}
		return c
	}
	k.battery = f.combo(items(batteryChoices, batteryItem), batteryItem(p.Battery), func(i int) { p.Battery = batteryChoices[i] })
	k.names = look.NewField(lang.T("Home, Office"))
	k.names.SetText(f.names)
	k.names.OnChanged = func(text string) {
		f.names = text
		f.changed()
	}
	k.present = look.Plain("", look.IconAdd.In(look.Lake), k.addPresent)
	k.wifi = look.Stacked(4, k.names, look.Row(0, 1, k.present, look.Gap(1)))
	k.network = look.Stacked(4, check(lang.T("The connection is metered"), &p.Unmetered), check(lang.T("The Wi-Fi is another one than these"), &f.bound), k.wifi)
	power := look.Grid(look.Within, 200, check(lang.T("The computer runs on battery"), &p.OnMains), k.battery)
	k.content = look.Boxed(look.Stacked(look.Within, look.Strong(lang.T("Wait while")), power, check(lang.T("The computer saves power"), &p.NoPowerSaver), k.network, k.unknown)).(*fyne.Container)
	return k
}

// show brings the conditions in step with the answers.
func (k *conditions) show() {
	f := k.form
	look.Visible(k.content, f.mode != byHand)
	look.Visible(k.battery, f.plan.Conditions.OnMains)
	look.Visible(k.network, !f.facts.Local)
	look.Visible(k.wifi, f.bound)
	name := f.facts.Machine.Network
	look.Visible(k.present, name != "" && !slices.Contains(f.networks(), name))
	k.present.SetText(lang.T("Add “%s”", name))
	unknown := k.unknowable()
	k.unknown.Set(unknown)
	look.Visible(k.unknown, unknown != "")
}

func (k *conditions) addPresent() {
	text := k.form.facts.Machine.Network
	if len(k.form.networks()) > 0 {
		text = k.form.names + ", " + text
	}
	k.names.SetText(text) // which changes the answer
}

// unknowable says which of the chosen conditions this computer cannot tell.
func (k *conditions) unknowable() string {
	f := k.form
	if !f.facts.Looked {
		return ""
	}
	c, known := &f.plan.Conditions, f.facts.Machine.Known
	var what []string
	add := func(on bool, text string) {
		if on {
			what = append(what, text)
		}
	}
	add(c.OnMains && !known.Power, lang.T("whether it runs on battery"))
	add(c.NoPowerSaver && !known.PowerSaver, lang.T("whether it saves power"))
	add(c.Unmetered && !known.Metered && !f.facts.Local, lang.T("whether its connection is metered"))
	add(f.bound && !known.Name && !f.facts.Local, lang.T("which Wi-Fi it is on"))
	if len(what) == 0 {
		return ""
	}
	return lang.T("This computer does not tell now %s. What cannot be told is not waited for.", anyOf(what))
}

package ui

import (
	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/ui/lang"
	"github.com/varve-backup/varve/ui/look"
	"github.com/varve-backup/varve/ui/session"
)

// fail says why nothing is listed, and what helps.
func (s *folderSheet) fail(err error) {
	x := session.Explain(err)
	if x.Kind == engine.Cancelled {
		s.close() // a question was answered so
		return
	}
	m := s.mend(err, x)
	if m.alarm {
		s.close()
		s.ui.alarm(s.form.host(), x.Technical)
		return
	}
	button := look.NewButton(m.label, m.do)
	text := look.Stacked(4, look.Strong(m.title), look.Say(m.sentence))
	s.say(look.Stacked(look.Between, look.On(look.ClayGround, "", look.InCard, look.Stacked(look.Between,
		look.TopRow(look.Between, 1, look.Picture(look.IconBroken.In(look.Clay), 24), text), look.Row(0, 1, button, look.Gap(1)))), look.Technical(x.Technical)))
	s.ui.Focus(button)
}

// mend finds out what helps.
func (s *folderSheet) mend(err error, x session.Explanation) mend {
	unchanged := lang.T("Nothing was changed there.")
	up := mend{label: lang.T("Go up"), do: s.up}
	if s.at.Path == "" {
		up = mend{label: lang.T("Back to the form"), do: s.close}
	}
	switch x.Kind {
	case engine.NotFound:
		up.title, up.sentence = lang.T("This folder is not there."), lang.T("A backup would make it. To see what is there, go up.")
		return up
	case engine.NoPermission:
		up.title, up.sentence = lang.T("This folder cannot be looked into."), unchanged+" "+lang.T("Let its owner allow this account to read it.")
		return up
	case engine.LoginRefused:
		return mend{title: lang.T("The login was refused."), sentence: unchanged + " " + lang.T("Check the user and type the password or key again."), label: lang.T("Back to the form"), do: s.close}
	case engine.NotTheServer:
		m := s.form.trial.mendIdentity(err, s.form.host())
		m.label, m.do = lang.T("Back to the form"), s.close
		return m
	case engine.NoSuchDestination:
		return mend{title: lang.T("This server does not tell its folders."), sentence: lang.T("Type the folder into the form."), label: lang.T("Back to the form"), do: s.close}
	case engine.Offline:
		return mend{
			title: lang.T("There is no answer from %s.", s.form.host()), label: lang.T("Try again"), do: s.again,
			sentence: unchanged + " " + lang.T("Check the name and the port, and that this computer is connected. A server may also be switched off."),
		}
	}
	return mend{title: lang.T("Varve could not look there."), sentence: x.Sentence, label: lang.T("Try again"), do: s.again}
}

package ui

import (
	"errors"
	"strings"

	"fyne.io/fyne/v2"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/destination"
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
	m := s.remedy(err, x)
	if m.alarm {
		s.close()
		s.ui.alarm(s.host(), x.Technical)
		return
	}
	text := look.Stacked(4, look.Strong(m.title), look.Say(m.sentence))
	s.say(look.Stacked(look.Between, look.On(look.ClayGround, "", look.InCard,
		look.TopRow(look.Between, 1, look.Picture(look.IconBroken.In(look.Clay), 24), text)), look.Technical(x.Technical)))
	s.offer(&m)
	s.ui.Focus(s.mend)
}

// offer puts what helps in the place of what cannot be done now; nil takes it
// away again. It stands in the foot, where it is in sight whatever there is to
// read.
func (s *folderSheet) offer(m *mend) {
	for _, o := range []fyne.CanvasObject{s.naming.button, s.choose} {
		look.Visible(o, m == nil)
	}
	look.Visible(s.mend, m != nil)
	if m != nil {
		s.mend.SetText(m.label)
		s.mend.OnTapped = m.do
	}
	s.refresh()
}

// remedy finds out what helps.
func (s *folderSheet) remedy(err error, x session.Explanation) mend {
	unchanged := lang.T("Nothing was changed there.")
	up := mend{label: lang.T("Go up"), do: s.up}
	if s.at.Path == "" {
		up = mend{label: lang.T("Back to the form"), do: s.close}
	}
	switch x.Kind {
	case engine.NotFound:
		up.title, up.sentence = lang.T("This folder is not there."), lang.T("A backup would make it. To see what is there, go up.")
		if s.form.form.Shared() && !strings.Contains(s.at.Path, "/") {
			up.title, up.sentence = lang.T("This share is not there."), lang.T("Whoever runs the server makes shares. To see what is there, go up.")
		}
		return up
	case engine.NoPermission:
		if _, writable := s.form.form.Write(s.at); s.at.Path == "" && !writable {
			up.title, up.sentence = lang.T("What is there is not shown to this account."), unchanged+" "+lang.T("Type the name into the form. What lies in it can be looked through then.")
			return up
		}
		up.title, up.sentence = lang.T("This folder cannot be looked into."), unchanged+" "+lang.T("Let its owner allow this account to read it.")
		return up
	case engine.LoginRefused:
		return mend{title: lang.T("The login was refused."), sentence: unchanged + " " + s.form.loginMend(), label: lang.T("Back to the form"), do: s.close}
	case engine.NotTheServer:
		m := s.form.trial.mendIdentity(err, s.host())
		m.label, m.do = lang.T("Back to the form"), s.close
		return m
	case engine.NoSuchDestination:
		if !errors.Is(err, destination.ErrUnsupported) {
			return mend{title: lang.T("The address or an option is not right."), sentence: unchanged + " " + lang.T("What is wrong stands below. Mend it in the form."), label: lang.T("Back to the form"), do: s.close}
		}
		return mend{title: lang.T("This server does not tell its folders."), sentence: lang.T("Type the folder into the form."), label: lang.T("Back to the form"), do: s.close}
	case engine.Offline:
		return mend{
			title: lang.T("There is no answer from %s.", s.host()), label: lang.T("Try again"), do: s.again,
			sentence: unchanged + " " + lang.T("Check the name and the port, and that this computer is connected. A server may also be switched off."),
		}
	}
	return mend{title: lang.T("Varve could not look there."), sentence: x.Sentence, label: lang.T("Try again"), do: s.again}
}

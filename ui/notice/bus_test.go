package notice

import (
	"context"
	"slices"
	"testing"

	"github.com/godbus/dbus/v5"
)

func TestNoticeFitsTheService(t *testing.T) {
	n := Notice{Title: "A<B & C", Body: "Stopped: <full> & done.", Where: "Open Varve.", Buttons: []Button{{Show, "Show"}, {Later, "Later"}}}
	for _, row := range []struct {
		name        string
		abilities   []string
		title, body string
		buttons     []string
	}{
		{"everything", []string{"actions", "body", "body-markup"}, "A<B & C", "Stopped: &lt;full&gt; &amp; done.", []string{"default", "Show", "later", "Later"}},
		{"no buttons", []string{"body", "persistence"}, "A<B & C", "Stopped: <full> & done. Open Varve.", nil},
		{"no text", []string{"actions"}, "A<B & C. Stopped: <full> & done.", "", []string{"default", "Show", "later", "Later"}},
		{"nothing", nil, "A<B & C. Stopped: <full> & done. Open Varve.", "", nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			title, body, buttons := fit(n, row.abilities)
			if title != row.title || body != row.body || !slices.Equal(buttons, row.buttons) {
				t.Errorf("got %q, %q, %q", title, body, buttons)
			}
		})
	}
}

func TestPlainNotice(t *testing.T) {
	var sent []string
	p := Plain{func(title, body string) { sent = append(sent, title, body) }}
	id, err := p.Tell(t.Context(), 7, Notice{Title: "Music is late", Body: "Nothing was saved.", Where: "Open Varve.", Buttons: []Button{{Show, "Show"}}})
	if id != 0 || err != nil || !slices.Equal(sent, []string{"Music is late", "Nothing was saved. Open Varve."}) {
		t.Errorf("got %d, %v, %q", id, err, sent)
	}
	if err := p.Withdraw(t.Context(), 7); err != nil || p.Answers() != nil {
		t.Errorf("got %v", err)
	}
}

func TestNoBusNoNotice(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+t.TempDir()+"/nobody")
	b := NewBus("io.example.varve")
	if _, err := b.Tell(t.Context(), 0, Notice{}); err == nil {
		t.Error("it told somebody")
	}
	if err := b.Withdraw(context.Background(), 1); err == nil {
		t.Error("it took something back")
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
}

// FuzzAnswer: whatever programs send over the bus does no harm, and buttons keep
// their tokens apart.
func FuzzAnswer(f *testing.F) {
	f.Add(byte(2), uint32(3), "default", "token", byte(0))
	f.Add(byte(0), uint32(0), serviceName, ":1.5", byte(1))
	f.Fuzz(func(t *testing.T, kind byte, id uint32, one, two string, form byte) {
		names := []string{busName + ".NameOwnerChanged", serviceName + ".NotificationClosed", serviceName + ".ActionInvoked", serviceName + ".ActivationToken", one}
		bodies := [][]any{{id, one}, {id, id}, {one, two, two}, {one}, {}, nil, {[]string{one}, id}, {id, one, two, id}}
		s := &dbus.Signal{Name: names[int(kind)%len(names)], Body: bodies[int(form)%len(bodies)]}
		tokens := map[uint32]string{7: "of seven"}
		a, ok := answerOf(s, tokens)
		if ok && a.Token != "" && a.ID != 7 {
			t.Errorf("%+v has a token of another", a)
		}
		if len(tokens) > 1 {
			t.Errorf("%d tokens are kept", len(tokens))
		}
	})
}

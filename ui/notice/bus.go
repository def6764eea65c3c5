package notice

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"
)

const (
	busName     = "org.freedesktop.DBus"
	serviceName = "org.freedesktop.Notifications"
	servicePath = dbus.ObjectPath("/org/freedesktop/Notifications")
)

// callLimit is how long the service may take to answer.
const callLimit = 5 * time.Second

// Bus is the service of the desktop for notices, as freedesktop.org describes
// it. It connects when there is something to tell, and again when the bus or the
// service was gone meanwhile.
type Bus struct {
	app     string // the application's name for desktops
	answers chan Answer

	mu     sync.Mutex
	conn   *dbus.Conn // nil without one
	reader sync.WaitGroup
}

// NewBus makes a service of notices for an application: the name of its desktop
// entry. Close ends it.
func NewBus(app string) *Bus { return &Bus{app: app, answers: make(chan Answer, 16)} }

// Answers implements Service.
func (b *Bus) Answers() <-chan Answer { return b.answers }

// Close ends the connection.
func (b *Bus) Close() error {
	b.mu.Lock()
	conn := b.conn
	b.conn = nil
	b.mu.Unlock()
	var err error
	if conn != nil {
		err = conn.Close()
	}
	b.reader.Wait()
	return err
}

// Tell implements Service.
func (b *Bus) Tell(ctx context.Context, before uint32, n Notice) (id uint32, err error) {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	service, err := b.service(ctx)
	if err != nil {
		return 0, err
	}
	var abilities []string
	if err := service.CallWithContext(ctx, serviceName+".GetCapabilities", 0).Store(&abilities); err != nil {
		return 0, err
	}
	title, body, buttons := fit(n, abilities)
	hints := map[string]dbus.Variant{"urgency": dbus.MakeVariant(byte(n.Urgency)), "desktop-entry": dbus.MakeVariant(b.app)}
	const usual = int32(-1) // the service knows best how long
	err = service.CallWithContext(ctx, serviceName+".Notify", 0, "Varve", before, b.app, title, body, buttons, hints, usual).Store(&id)
	return id, err
}

// Withdraw implements Service.
func (b *Bus) Withdraw(ctx context.Context, id uint32) error {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	service, err := b.service(ctx)
	if err != nil {
		return err
	}
	err = service.CallWithContext(ctx, serviceName+".CloseNotification", dbus.FlagNoAutoStart, id).Err
	if _, refused := errors.AsType[dbus.Error](err); refused {
		return nil // it is gone already, or the service is
	}
	return err
}

// fit is a notice as a service can show it.
func fit(n Notice, abilities []string) (title, body string, buttons []string) {
	can := func(what string) bool { return slices.Contains(abilities, what) }
	title, body, buttons = n.Title, n.Body, []string{}
	if can("actions") {
		for _, b := range n.Buttons {
			buttons = append(buttons, string(b.Act), b.Label)
		}
	} else if n.Where != "" {
		body += " " + n.Where
	}
	switch {
	case !can("body"):
		return title + ". " + body, "", buttons
	case can("body-markup"):
		body = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(body)
	}
	return title, body, buttons
}

// service is the service, over a connection that is made if needed.
func (b *Bus) service(ctx context.Context) (dbus.BusObject, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.conn != nil && b.conn.Connected() {
		return b.conn.Object(serviceName, servicePath), nil
	}
	conn, err := connect(ctx)
	if err != nil {
		return nil, err
	}
	signals := make(chan *dbus.Signal, 16)
	conn.Signal(signals)
	b.conn = conn
	b.reader.Go(func() { b.read(conn.Context(), signals) })
	return conn.Object(serviceName, servicePath), nil
}

// connect makes a connection of its own, since the shared one stays broken once
// it is; and it starts no bus where there is none.
func connect(ctx context.Context) (*dbus.Conn, error) {
	conn, err := dbus.SessionBusPrivateNoAutoStartup()
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	err = errors.Join(conn.Auth(nil), conn.Hello(),
		conn.AddMatchSignalContext(ctx, dbus.WithMatchSender(busName), dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, serviceName)),
		conn.AddMatchSignalContext(ctx, dbus.WithMatchInterface(serviceName), dbus.WithMatchObjectPath(servicePath)))
	if err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

// read turns signals into answers until the connection ends.
func (b *Bus) read(ctx context.Context, signals <-chan *dbus.Signal) {
	tokens := map[uint32]string{} // that came before the buttons they are for
	for s := range signals {
		if a, ok := answerOf(s, tokens); ok {
			b.pass(ctx, a)
		}
	}
	select {
	case b.answers <- Answer{Lost: true}:
	default: // nobody listens any more, or will look anew
	}
}

// pass hands an answer over, unless the connection ends meanwhile.
func (b *Bus) pass(ctx context.Context, a Answer) {
	select {
	case b.answers <- a:
	case <-ctx.Done():
	}
}

// answerOf is what a signal says about notices, whatever it holds.
func answerOf(s *dbus.Signal, tokens map[uint32]string) (a Answer, ok bool) {
	switch s.Name {
	case busName + ".NameOwnerChanged":
		var name, before, after string
		err := dbus.Store(s.Body, &name, &before, &after)
		return Answer{Lost: true}, err == nil && before != ""
	case serviceName + ".NotificationClosed":
		var why uint32
		if dbus.Store(s.Body, &a.ID, &why) != nil {
			return a, false
		}
		delete(tokens, a.ID)
		return a, true
	case serviceName + ".ActivationToken":
		var id uint32
		var token string
		// Those of other programs come too, and are never asked for.
		if dbus.Store(s.Body, &id, &token) == nil {
			clear(tokens)
			tokens[id] = token
		}
		return a, false
	case serviceName + ".ActionInvoked":
		var act string
		if dbus.Store(s.Body, &a.ID, &act) != nil {
			return a, false
		}
		a.Act, a.Token = Act(act), tokens[a.ID]
		delete(tokens, a.ID)
		return a, act != ""
	}
	return a, false
}

package cloud

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"syscall"

	"github.com/rclone/rclone/fs"
	"github.com/rclone/rclone/fs/config/configmap"
	"github.com/rclone/rclone/lib/oauthutil"

	"github.com/varve-backup/varve/backends"
)

// Browser shows a page to a person, who logs in there.
type Browser func(url string) error

// Asker gets the answer to a question, which is like an option.
type Asker func(ctx context.Context, question backends.Option) (string, error)

// Authorize logs in to a kind of service and returns the login: a text for
// backends.Tokens, under the name that Account gives, or for the option
// "token". The person logs in in a browser on this computer; when browser is
// nil, they paste what Authorize returned on another. Where the service has
// several answers, as for the drives of a company, ask is called; when it is
// nil, the first counts. Of c, the options are used, and how servers are
// reached. The wait for the person ends with ctx.
func Authorize(ctx context.Context, kind string, c backends.Config, browser Browser, ask Asker) (string, error) {
	i := slices.IndexFunc(services(), func(s *service) bool { return s.kind.Name == kind || slices.Contains(s.kind.Schemes, kind) })
	if i < 0 || !services()[i].browser {
		return "", fmt.Errorf("%w: %s has no login in a browser", backends.ErrUnsupported, kind)
	}
	s := services()[i]
	prepare()
	if err := checkCertificates(c.CAFiles); err != nil {
		return "", err
	}
	described := s.describe()
	values, err := s.values(&described, &place{}, &c)
	if err != nil {
		return "", err
	}
	t := &talk{service: s, browser: browser, ask: ask}
	login, err := t.run(configure(ctx, &c, s.tries), values)
	if err != nil {
		return "", fmt.Errorf("logging in to %s: %w", s.kind.Title, err)
	}
	return login, nil
}

// Browsable tells that a kind has a login in a browser.
func Browsable(kind string) bool {
	return slices.ContainsFunc(services(), func(s *service) bool { return s.kind.Name == kind && s.browser })
}

// talk is a login that goes on: the library asks, and we answer.
type talk struct {
	service *service
	browser Browser
	ask     Asker
}

// browsing is held during a login: the library has one port for all, and one
// variable for what opens a browser.
var browsing sync.Mutex

// page is what the browser shows at the end.
const page = `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Varve</title></head>
<body style="font-family: sans-serif; margin: 4em">
{{ if .OK }}<h1>You are logged in</h1><p>Go back to Varve. This page can be closed.</p>
{{ else }}<h1>That did not work</h1><p>{{ .Name }}</p><p>{{ .Description }}</p>{{ end }}
</body></html>`

// run has the whole talk and returns the login.
func (t *talk) run(ctx context.Context, values map[string]string) (string, error) {
	browsing.Lock()
	defer browsing.Unlock()
	info, err := fs.Find(t.service.library)
	if err != nil {
		return "", err
	}
	if t.browser != nil {
		usual := oauthutil.OpenURL
		oauthutil.OpenURL = t.browser
		defer func() { oauthutil.OpenURL = usual }()
	}
	values = maps.Clone(values)
	delete(values, tokenOption)
	values["config_template"] = page
	m := newMapper(info, "", values)
	if err := t.talk(ctx, info, m); err != nil {
		return "", t.worded(ctx, err)
	}
	if token, _ := m.Get(tokenOption); token == "" {
		return "", fmt.Errorf("%w: the service gave no token", backends.ErrAuth)
	}
	return m.login(), nil
}

// worded gives an error its class.
func (t *talk) worded(ctx context.Context, err error) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%w: another program waits for a login already, at port 53682 of this computer", backends.ErrTemporary)
	}
	return classify(ctx, err, nil)
}

// talk answers until the library has no more questions.
func (t *talk) talk(ctx context.Context, info *fs.RegInfo, m *mapper) error {
	in := fs.ConfigIn{}
	for range longestTalk {
		out, err := fs.BackendConfig(ctx, t.service.kind.Name, m, info, t.known(), in)
		if err != nil {
			return err
		}
		if out == nil || out.State == "" {
			return nil
		}
		if out.Error != "" {
			return told(out.Error)
		}
		in = fs.ConfigIn{State: out.State}
		if out.Option == nil {
			continue
		}
		if in.Result, err = t.answer(ctx, m, out.Option); err != nil {
			return err
		}
	}
	return errTalk
}

// known are answers that need no person.
func (t *talk) known() configmap.Simple {
	answers := configmap.Simple{"config_shared_client_id": "true", "config_refresh_token": "true", "config_is_local": "false"}
	if t.browser != nil {
		answers["config_is_local"] = "true"
	}
	return answers
}

// answer gets the answer to a question of the library.
func (t *talk) answer(ctx context.Context, m *mapper, o *fs.Option) (string, error) {
	if o.Name == "config_token" {
		return t.pasted(ctx, m)
	}
	q := t.service.translate(o)
	if q.Default == "" && len(q.Choices) > 0 {
		q.Default = q.Choices[0].Value
	}
	if t.ask == nil {
		if q.Default == "" && o.Required {
			return "", fmt.Errorf("%w: nobody can be asked: %s", backends.ErrAuth, q.Help)
		}
		return q.Default, nil
	}
	return t.ask(ctx, q)
}

// pasted gets a login that was made on another computer.
func (t *talk) pasted(ctx context.Context, m *mapper) (string, error) {
	if t.ask == nil {
		return "", fmt.Errorf("%w: there is no browser, and nobody can be asked", backends.ErrAuth)
	}
	text, err := t.ask(ctx, backends.Option{
		Name: tokenOption, Title: "Login", Secret: true, Required: true,
		Help: "Run \"varve authorize --print " + t.service.kind.Name + "\" on a computer with a browser, and paste what it prints.",
	})
	if err != nil {
		return "", err
	}
	login, err := readLogin(text)
	if err != nil {
		return "", err
	}
	for name, value := range login {
		m.Set(name, value)
	}
	return login[tokenOption], nil
}

package cloud

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/rclone/rclone/fs"
	"github.com/rclone/rclone/fs/config/obscure"
	"github.com/rclone/rclone/lib/atexit"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/address"
)

// tries is how often a request is made, where a service does not say. More is
// the caller's choice, who knows what to do meanwhile; but a part of a large
// file is no reason to begin anew.
const tries = 3

// prepare quiets what the library does on behalf of its own program: it takes
// signals over, writes to standard error, and keeps remotes that others are
// made of by their names, although the file that names them may have changed.
var prepare = sync.OnceFunc(func() {
	atexit.IgnoreSignals()
	fs.SetLogger(slog.DiscardHandler)
	fs.GetConfig(context.Background()).FsCacheExpireDuration = 0
})

// open opens a destination: it is backends.Kind's Open.
func (s *service) open(ctx context.Context, a *address.Address, c backends.Config) (backends.Store, error) {
	prepare()
	if err := checkCertificates(c.CAFiles); err != nil {
		return nil, err
	}
	p, err := s.locate(ctx, a, &c)
	if err != nil {
		return nil, err
	}
	kind := s.describe()
	values, err := s.values(&kind, p, &c)
	if err != nil {
		return nil, err
	}
	o := &opening{service: s, place: p, config: &c, values: values}
	store, err := o.withLogin(ctx)
	if err != nil && s.instead != nil {
		return s.instead(ctx, p, &c, err)
	}
	if err != nil {
		return nil, err
	}
	return store, nil
}

// opening is a destination on its way.
type opening struct {
	service *service
	place   *place
	config  *backends.Config
	values  map[string]string
	secrets []string // never shown
	account string   // what a token is kept under
}

// withLogin gets the secret and opens; one that is refused is asked for again,
// twice.
func (o *opening) withLogin(ctx context.Context) (*Store, error) {
	if o.service.browser {
		return o.withToken(ctx)
	}
	l := o.place.login
	if l == nil {
		return o.make(ctx)
	}
	secret := l.given
	for _, name := range l.env {
		if secret == "" {
			secret = o.config.Env(name)
		}
	}
	for attempt := range 3 {
		request := l.request
		request.Again = attempt > 0
		if secret == "" {
			var err error
			if secret, err = ask(ctx, o.config, request); err != nil {
				return nil, err
			}
		}
		if err := o.give(l, secret); err != nil {
			return nil, err
		}
		store, err := o.make(ctx)
		if !errors.Is(err, backends.ErrAuth) || o.config.Secret == nil || attempt == 2 {
			return store, err
		}
		secret = ""
	}
	return nil, backends.ErrAuth
}

func ask(ctx context.Context, c *backends.Config, r backends.SecretRequest) (string, error) {
	if c.Secret == nil {
		return "", fmt.Errorf("%w: there is no password for %s, and nobody to ask", backends.ErrAuth, r.Account)
	}
	return c.Secret(ctx, r)
}

// give puts a secret where the library takes it.
func (o *opening) give(l *login, secret string) (err error) {
	o.secrets = append(o.secrets, secret)
	if l.obscured {
		if secret, err = obscure.Obscure(secret); err != nil {
			return fmt.Errorf("%w: %w", backends.ErrAuth, err)
		}
	}
	o.values[l.option] = secret
	return nil
}

// withToken opens with the token that is kept, or with the one that is given
// when that is refused or there is none.
func (o *opening) withToken(ctx context.Context) (*Store, error) {
	given := o.values[tokenOption]
	kept, err := o.loadLogin(ctx)
	if err != nil {
		return nil, err
	}
	if kept == nil && given == "" {
		if o.place.keyless {
			return o.make(ctx)
		}
		return nil, fmt.Errorf("%w: nobody has logged in to %s yet; \"varve authorize %s\" does it in a browser",
			backends.ErrAuth, o.service.kind.Title, o.service.kind.Name)
	}
	if kept != nil {
		o.take(kept)
		store, err := o.make(ctx)
		if given == "" || !errors.Is(err, backends.ErrAuth) {
			return store, err
		}
	}
	login, err := readLogin(given)
	if err != nil {
		return nil, err
	}
	o.take(login)
	return o.make(ctx)
}

// loadLogin reads what is kept under one of the accounts.
func (o *opening) loadLogin(ctx context.Context) (map[string]string, error) {
	o.account = o.place.accounts[0]
	if o.config.Tokens == nil {
		return nil, nil
	}
	for _, account := range o.place.accounts {
		text, err := o.config.Tokens.Load(ctx, account)
		if err != nil {
			return nil, fmt.Errorf("reading the login of %s: %w", account, err)
		}
		if text != "" {
			o.account = account
			return readLogin(text)
		}
	}
	return nil, nil
}

func (o *opening) take(login map[string]string) {
	o.secrets = append(o.secrets, login[tokenOption])
	o.values["env_auth"] = "false"
	for name, value := range login {
		if o.values[name] == "" || !slices.Contains(placeOptions, name) {
			o.values[name] = value
		}
	}
}

// make opens the destination, and makes it when it is missing and that was
// asked for.
func (o *opening) make(ctx context.Context) (*Store, error) {
	var more map[string]string
	if o.config.Explore {
		more = o.service.making // only what is asked for is made
	}
	store, err := o.connect(ctx, more)
	if err != nil {
		return nil, o.failed(ctx, err)
	}
	err = store.present(ctx)
	if class := classOf(err); o.config.Explore && (errors.Is(class, backends.ErrPermission) || errors.Is(class, backends.ErrNotExist)) {
		return store, nil // what is named below may answer
	}
	if errors.Is(err, fs.ErrorDirNotFound) && o.config.Create {
		err = o.create(ctx, store)
	}
	if err == nil && o.place.warm != nil {
		err = o.addWarm(ctx, store)
	}
	if err != nil {
		return nil, errors.Join(o.failed(ctx, err), store.Close())
	}
	return store, nil
}

func (o *opening) failed(ctx context.Context, err error) error {
	return classify(ctx, err, o.secrets)
}

// create makes the folder, bucket or container. Only then may the library make
// a bucket: at other times it would try with the first object.
func (o *opening) create(ctx context.Context, store *Store) error {
	maker := store
	if o.service.making != nil {
		var err error
		if maker, err = o.connect(ctx, o.service.making); err != nil {
			return err
		}
		defer func() { _ = maker.Close() }() // it has stored nothing
	}
	if err := maker.fs.Mkdir(maker.in(ctx), ""); err != nil {
		return err
	}
	return store.present(ctx)
}

// addWarm opens the destination a second time, with another class of storage.
func (o *opening) addWarm(ctx context.Context, store *Store) error {
	warm, err := o.connect(ctx, o.place.warm)
	if err == nil {
		store.warm = warm
	}
	return err
}

// connect makes the library's object for the place, with further values.
func (o *opening) connect(ctx context.Context, more map[string]string) (*Store, error) {
	s := o.service
	life, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { cancel(context.Cause(ctx)) })
	defer stop()
	store := &Store{service: s, end: cancel, secrets: o.secrets, class: o.place.class, connections: o.config.Connections}
	store.life = configure(life, o.config, s.tries)
	f, err := o.newFs(store, more) // the library keeps the context: it has to be the store's
	if err == nil {
		store.joins, err = o.joiningOf()
	}
	if err == nil && f == nil {
		err = errors.New("the library opened nothing")
	}
	// A root that is a file comes with an error and the folder around it.
	if err != nil {
		cancel(nil)
		return nil, err
	}
	store.fs, store.staged = f, s.staged || f.Features().PartialUploads
	return store, nil
}

func (o *opening) newFs(store *Store, more map[string]string) (fs.Fs, error) {
	s := o.service
	if s.connect != nil {
		return s.connect(store.life, o.place)
	}
	info, err := fs.Find(cmp.Or(o.place.library, s.library))
	if err != nil {
		return nil, err
	}
	values := maps.Clone(o.values)
	maps.Copy(values, more)
	store.mapper = newMapper(info, values["provider"], values)
	if s.browser && o.config.Tokens != nil {
		life := store.life
		store.mapper.keep = func(login string) error { return o.config.Tokens.Save(life, o.account, login) }
	}
	if s.complete != nil {
		if err := s.complete(store.life, store.mapper); err != nil {
			return nil, err
		}
	}
	return info.NewFs(store.life, s.kind.Name, o.place.root, store.mapper)
}

// configure puts the settings of one destination into a context: the library
// looks for them there.
func configure(ctx context.Context, c *backends.Config, attempts int) context.Context {
	ctx, ci := fs.AddConfig(ctx)
	ci.Timeout = fs.Duration(c.Stall())
	ci.ConnectTimeout = fs.Duration(min(c.Stall(), time.Minute))
	ci.LowLevelRetries = cmp.Or(attempts, tries)
	ci.InsecureSkipVerify = c.Insecure
	// The time of an object is the server's; the library's own would cost a
	// request for each name in a list.
	ci.UseServerModTime = true
	ci.UserAgent = "Varve"
	if c.Connections > 0 {
		ci.Transfers, ci.Checkers = c.Connections, c.Connections
	}
	if len(c.CAFiles) > 0 {
		ci.CaCert = append(systemCertificates(), c.CAFiles...)
	}
	// The library reads the process's own variable; a part of a multi
	// destination may have another one.
	if proxy := c.Env("HTTPS_PROXY"); proxy != os.Getenv("HTTPS_PROXY") {
		ci.HTTPProxy = proxy
	}
	return ctx
}

// systemCertificates are the files of certificates that systems have, as far
// as they are here: those that a person names count besides them, but the
// library would take only the named ones.
func systemCertificates() []string {
	var found []string
	for _, path := range [...]string{
		"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem",
	} {
		if checkCertificates([]string{path}) == nil {
			return append(found, path)
		}
	}
	return found
}

// checkCertificates reads files of certificates: the library ends the process
// over one that is missing or empty.
func checkCertificates(paths []string) error {
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("%w: certificates: %w", backends.ErrConfig, err)
		}
		if !x509.NewCertPool().AppendCertsFromPEM(text) {
			return fmt.Errorf("%w: %s holds no certificate in PEM", backends.ErrConfig, path)
		}
	}
	return nil
}

package cloud

import (
	"context"
	"maps"
	"slices"

	"github.com/rclone/rclone/fs"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/address"
)

// service is a kind of destination and how the library reaches it. Names of
// options in values are the library's, with underscores; those in Kind are
// with dashes.
type service struct {
	// kind needs Name, Title, Schemes, Form, Note and Flags; describe adds the
	// rest. Its Options are those that most people need, in our words; a Name
	// that the library has too replaces the library's text, and any other one
	// is for locate.
	kind backends.Kind
	// library is the library's name for the type. When it has several
	// providers, provider is the one that is meant, or "".
	library, provider string
	// hidden are the library's options that nobody sets: those that come from
	// the address, and those that the adapter depends on.
	hidden []string
	// preset are values where nothing else is set.
	preset map[string]string
	// making are further values while a missing bucket or container is made.
	making map[string]string
	// staged: what is being stored could be seen before it is whole, so it is
	// stored under another name first. The library's own word counts as well.
	staged bool
	// fragile: an upload that fails may take what had the name with it.
	fragile bool
	// lingers: the library goes on for seconds after an upload was torn, with
	// what nobody needs to wait for.
	lingers bool
	// layered: deleting a name may show an older object of that name, or one
	// beside it.
	layered bool
	// twins tells whether other objects have the name of one, where the
	// library finds any of them; nil: a name is one object's.
	twins func(ctx context.Context, f fs.Fs, o fs.Object) (bool, error)
	// summed: the service compares what arrives with a sum that is sent in front,
	// so that not even a bad server takes half an upload for whole.
	summed bool
	// joins names the library's option with the size above which an object is
	// stored in parts, where the service may say too early that it joined them.
	joins string
	// browser: the login is a token that one gets in a browser.
	browser bool
	// tries is how often the library makes a request; 0 means tries.
	tries int
	// traits need not say Remote.
	traits backends.Traits
	// sweep removes what broken uploads left; nil when they leave nothing.
	sweep func(ctx context.Context, f fs.Fs) error
	// thaw fetches objects from the archive; nil when there is none.
	thaw func(ctx context.Context, f fs.Fs, names []string, days int) error
	// locate says where a destination is.
	locate func(ctx context.Context, a *address.Address, c *backends.Config) (*place, error)
	// complete, when not nil, finds out what the library must know besides.
	complete func(ctx context.Context, m *mapper) error
	// connect, when not nil, is called instead of the library's own way to
	// open: for a destination that the library reads from its own file.
	connect func(ctx context.Context, p *place) (fs.Fs, error)
	// instead, when not nil, opens a place that the library did not, for the
	// reason err.
	instead func(ctx context.Context, p *place, c *backends.Config, err error) (backends.Store, error)
}

// place is a destination as the library wants it.
type place struct {
	// root is the folder; one in a bucket ends with a slash, because the
	// library takes it for an object otherwise.
	root string
	// values win over options and presets.
	values map[string]string
	// warm, when not nil, holds values for objects that must not lie in an
	// archive: those whose names contain "manifest".
	warm map[string]string
	// class is what objects are stored as, in the provider's words.
	class string
	// login is asked for; nil when there is nothing to ask.
	login *login
	// accounts are what a token may be kept under, for a service with a
	// browser; the first that has one counts.
	accounts []string
	// keyless: there is another way in than a token.
	keyless bool
	// library overrides the service's.
	library string
}

// login is a secret that an option of the library takes.
type login struct {
	option string
	// obscured: the library wants it disguised.
	obscured bool
	// given is what the address has; env are variables that are tried next.
	given string
	env   []string
	// request is how a person or the keyring is asked.
	request backends.SecretRequest
}

// describe completes the kind: with the library's options, and Open.
func (s *service) describe() backends.Kind {
	k := s.kind
	k.Options = s.options()
	k.Open = s.open
	return k
}

// values are what the library is opened with: presets, then what the
// environment and the options say, then what the address does.
func (s *service) values(k *backends.Kind, p *place, c *backends.Config) (map[string]string, error) {
	values := maps.Clone(s.preset)
	if values == nil {
		values = map[string]string{}
	}
	table := s.table()
	for _, o := range k.Options {
		name := libraryName(o.Name)
		if _, known := table[name]; !known {
			continue
		}
		value, set := c.Options[o.Name]
		if !set && o.Env != "" {
			value = c.Env(o.Env)
			set = value != ""
		}
		if !set {
			continue
		}
		v, err := libraryValue(&o, table[name], value)
		if err != nil {
			return nil, err
		}
		values[name] = v
	}
	maps.Copy(values, p.values)
	return values, nil
}

// table is the library's list of options.
func (s *service) table() map[string]*fs.Option {
	found := map[string]*fs.Option{}
	info, err := fs.Find(s.library)
	if err != nil {
		return found
	}
	for i := range info.Options {
		if o := &info.Options[i]; fs.MatchProvider(o.Provider, s.provider) && found[o.Name] == nil {
			found[o.Name] = o
		}
	}
	return found
}

// hides tells that an option of the library is nobody's choice.
func (s *service) hides(o *fs.Option) bool {
	return o.Hide&fs.OptionHideConfigurator != 0 || slices.Contains(s.hidden, o.Name) || slices.Contains(neverShown[:], o.Name)
}

// neverShown are options of many services that the adapter depends on, or that
// make no sense outside rclone's own file.
var neverShown = [...]string{
	"type", "description", "encoding", "auth_url", "token_url", "client_credentials", "config_template", "memory_pool_flush_time", "memory_pool_use_mmap",
	"disable_checksum", "directory_markers", "decompress", "no_head", "no_head_object", "versions", "version_at", "version_deleted", "debug",
	"server_side_across_configs", "use_trash", "trashed_only", "batch_mode", "batch_size", "batch_timeout", "batch_commit_timeout", "env_auth",
}

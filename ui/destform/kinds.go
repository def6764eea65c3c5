package destform

import (
	"cmp"
	"slices"
	"strings"

	"github.com/varve-backup/varve/engine/destination"
)

// Common lists the options that every kind has; those that a kind has itself
// are left out.
func Common(k *destination.Kind) []destination.Option {
	return slices.DeleteFunc(destination.Common(), func(o destination.Option) bool {
		return slices.ContainsFunc(k.Options, func(x destination.Option) bool { return x.Name == o.Name })
	})
}

// Account names whom a password belongs to: the name in the keyring. It is
// empty for what is no address. A service where all addresses of a user share a
// password is asked for that of the user.
func Account(url string, options map[string]string) string {
	a, err := destination.Parse(url)
	if err != nil {
		return ""
	}
	user := cmp.Or(options["user"], options["user-id"])
	switch a.Scheme {
	case "b2":
		return "b2://" + cmp.Or(a.User, options["account"])
	case "mega", "megav2", "megav3":
		return "mega://" + a.User
	case "azure":
		if options["account"] != "" {
			return "azure://" + options["account"]
		}
	case "koofr":
		return "koofr://" + user
	case "swift", "pca", "cf+http":
		return "swift://" + user + "@" + options["auth"]
	}
	return a.Account()
}

// Tokens names what the login with a browser, or with the code of a second
// factor, may be kept under, for an address of a service where one logs in so.
func Tokens(url string) []string {
	a, err := destination.Parse(url)
	if err != nil {
		return nil
	}
	if strings.HasPrefix(a.Scheme, "mega") {
		return []string{"mega://" + a.User}
	}
	for _, k := range destination.Kinds() {
		if !slices.Contains(k.Schemes, a.Scheme) || !destination.Browsable(k.Name) {
			continue
		}
		all := []string{k.Name + "://"}
		if a.User != "" {
			all = append(all, k.Name+"://"+a.User, k.Name+"://"+a.User+"@"+a.Host)
		}
		return all
	}
	return nil
}

package destform

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/varve-backup/varve/engine/destination"
)

// A list of destinations has addresses, variables of an environment, and
// options. What a variable says as well stands there, so that duplicity knows it
// too. Passwords are in the keyring, by account, and never in the list.

// variables are those that say the same as an option, by the scheme.
var variables = map[string]map[string]string{
	"s3":      {"region": "AWS_DEFAULT_REGION"},
	"s3+http": {"region": "AWS_DEFAULT_REGION"},
	"swift":   swiftVariables("SWIFT_"),
	"pca":     swiftVariables("PCA_"),
	"cf+http": {"user": "CLOUDFILES_USERNAME", "auth": "CLOUDFILES_AUTHURL", "region": "CLOUDFILES_REGION"},
	"imap":    {"imap-server": "IMAP_SERVER"},
	"imaps":   {"imap-server": "IMAP_SERVER"},
	"box":     {"box-config-file": "BOX_CONFIG_PATH"},
	"rclone":  {"config": "RCLONE_CONFIG"},
}

func swiftVariables(prefix string) map[string]string {
	return map[string]string{
		"user": prefix + "USERNAME", "auth": prefix + "AUTHURL", "tenant": prefix + "TENANTNAME", "region": prefix + "REGIONNAME",
		"auth-version": prefix + "AUTHVERSION", "domain": prefix + "USER_DOMAIN_NAME", "tenant-domain": prefix + "PROJECT_DOMAIN_NAME",
	}
}

// passwords are the options that take the place of a password, by the kind.
var passwords = map[string]string{"s3": "secret-access-key", "swift": "key"}

// accessKey stands in front of the host in an address of S3.
const accessKey = "access-key-id"

// unlisted are the kinds that are none of several: one that is several itself,
// and one that has a secret besides its password.
var unlisted = []string{"mediafire", destination.Several}

// MemberKinds are those of the kinds that can be one of several.
func MemberKinds(kinds []destination.Kind) []destination.Kind {
	return slices.DeleteFunc(slices.Clone(kinds), func(k destination.Kind) bool { return slices.Contains(unlisted, k.Name) })
}

// ForMember makes it the form of one of several destinations: what is secret is
// not asked for, but for the password.
func (f *Form) ForMember() *Form {
	f.member = true
	return f
}

// listed tells that an option can be that of one of several.
func (f *Form) listed(o *destination.Option) bool {
	return !o.Secret || o.Name == passwords[f.Kind().Name] || strings.HasSuffix(o.Name, "-id")
}

// Member is what the form says, as a list has it, and the password apart.
func (f *Form) Member() (m destination.Member, password string) {
	r := f.Result()
	m.URL = r.URL
	a, err := destination.Parse(m.URL)
	if err != nil {
		return m, r.Password
	}
	if f.Kind().Name == "s3" && a.User == "" && len(a.Query) == 0 {
		m.URL = f.s3Member(r.URL)
	}
	for _, option := range slices.Sorted(maps.Keys(r.Options)) {
		switch name := variables[a.Scheme][option]; {
		case name != "":
			m.Env = append(m.Env, destination.Variable{Name: name, Value: r.Options[option]})
		case f.Kind().Name == "s3" && option == accessKey: // it stands in the address
		default:
			if m.Options == nil {
				m.Options = map[string]string{}
			}
			m.Options[option] = r.Options[option]
		}
	}
	return m, cmp.Or(r.Password, r.Secrets[passwords[f.Kind().Name]])
}

// s3Member puts the access key into an address of S3. Amazon's own needs a host
// for that.
func (f *Form) s3Member(url string) string {
	key := f.Value(accessKey)
	if key == "" {
		return url
	}
	rest, amazon := strings.CutPrefix(url, "s3+http://")
	if !amazon {
		return "s3://" + escape(key, "") + "@" + strings.TrimPrefix(url, "s3://")
	}
	host := "s3.amazonaws.com"
	if region := f.Value("region"); region != "" {
		host = "s3." + escape(region, "") + ".amazonaws.com"
	}
	return "s3://" + escape(key, "") + "@" + host + "/" + rest
}

// MemberOptions are the options of a member, with those that its variables stand
// for.
func MemberOptions(m *destination.Member) map[string]string {
	options := maps.Clone(m.Options)
	if options == nil {
		options = map[string]string{}
	}
	a, err := destination.Parse(m.URL)
	if err != nil {
		return options
	}
	for option, name := range variables[a.Scheme] {
		for _, v := range m.Env {
			if v.Name == name {
				options[option] = v.Value
			}
		}
	}
	return options
}

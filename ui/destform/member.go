package destform

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/varve-backup/varve/engine/destination"
)

// A list of destinations has room for addresses and for variables of an
// environment, and for no other options. Passwords are in the keyring, by
// account, and never in the list.

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

// unlisted are the kinds that cannot be without options that a list has no room
// for.
var unlisted = []string{"azure", "koofr", "jottacloud", "mediafire", destination.Several}

// MemberKinds are those of the kinds that can be one of several.
func MemberKinds(kinds []destination.Kind) []destination.Kind {
	return slices.DeleteFunc(slices.Clone(kinds), func(k destination.Kind) bool { return slices.Contains(unlisted, k.Name) })
}

// ForMember makes it the form of one of several destinations: only what a list
// has room for is asked.
func (f *Form) ForMember() *Form {
	f.member = true
	delete(f.values, provider)
	return f
}

// listed tells that a list has room for an option.
func (f *Form) listed(o *destination.Option) bool {
	k := f.Kind()
	if o.Name == passwords[k.Name] || k.Name == "s3" && o.Name == accessKey {
		return true
	}
	return slices.ContainsFunc(k.Schemes, func(s string) bool { return variables[s][o.Name] != "" })
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
		if name := variables[a.Scheme][option]; name != "" {
			m.Env = append(m.Env, destination.Variable{Name: name, Value: r.Options[option]})
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

// MemberOptions are the options that the variables of a member stand for.
func MemberOptions(m *destination.Member) map[string]string {
	options := map[string]string{}
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

// Package address reads the addresses of destinations, as duplicity writes
// them. Parse takes one apart; Display shows one without its password.
package address

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// ErrInvalid: the address has not the form that its kind wants.
var ErrInvalid = errors.New("the address of the destination is not valid")

// Address is an address, taken apart. Everything in it is decoded.
type Address struct {
	// Scheme says what kind it is, lower-case and without the prefixes.
	Scheme string
	// Prefix chose a program of duplicity's, as "lftp" or "boto3". It means
	// the same place, but for S3, whose addresses it changes.
	Prefix string
	// Parity: recovery files are kept beside every file.
	Parity bool

	User, Password string
	HasPassword    bool
	// Host is without brackets; Port is 0 when none is given.
	Host string
	Port int
	// Path is what follows the host, with its slashes: one means the folder of
	// the account, two the root. Where there is no host it has none in front.
	Path string
	// Module is of rsync's own protocol: what follows "::".
	Module string
	// Query holds what follows the question mark.
	Query url.Values
}

// scheme is what stands in front of "://".
var scheme = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9+.-]*://`)

// IsURL tells an address from a path, as duplicity does: by its "://".
func IsURL(s string) bool { return scheme.MatchString(s) }

// prefixes are what may stand in front of a scheme.
var prefixes = []string{"paramiko", "pexpect", "lftp", "ncftp", "boto", "boto3", "pydrive"}

// withHost are the schemes that name a host.
var withHost = []string{
	"ftp", "ftps", "ftpes", "fish", "sftp", "scp", "rsync", "imap", "imaps", "mega", "megav2", "megav3", "hsi",
	"gdocs", "pydrive", "gdrive", "s3", "webdav", "webdavs", "http", "https", "smb",
}

// withUser are those without a host that may name a user in front of the path.
var withUser = []string{"b2", "mf"}

// Parse takes an address apart. A path without a scheme is one of a local
// folder.
func Parse(raw string) (*Address, error) {
	if strings.IndexByte(raw, 0) >= 0 {
		return nil, fmt.Errorf("%w: there is a zero byte in it", ErrInvalid)
	}
	if !IsURL(raw) {
		return local(raw)
	}
	kind, rest, _ := strings.Cut(raw, "://")
	a := &Address{Scheme: strings.ToLower(kind)}
	a.takePrefixes()
	if a.Scheme == "file" {
		// What looks like a query is part of the path: folders are named so.
		l, err := local(unescape(rest))
		if err == nil {
			l.Parity = a.Parity
		}
		return l, err
	}
	rest, query, _ := strings.Cut(rest, "?")
	a.Query, _ = url.ParseQuery(query) // what cannot be read is not there, as with duplicity
	var err error
	switch {
	case a.namesHost():
		err = a.takeHost(rest)
	case slices.Contains(withUser, a.Scheme):
		authority, path, cut := strings.Cut(rest, "/")
		authority = a.takeUser(authority)
		if cut {
			authority += "/" + path
		}
		a.Path = unescape(strings.TrimLeft(authority, "/"))
	default:
		a.Path = unescape(strings.TrimLeft(rest, "/"))
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", Display(raw), err)
	}
	return a, nil
}

func local(path string) (*Address, error) {
	if path == "" {
		return nil, fmt.Errorf("%w: it has no path", ErrInvalid)
	}
	return &Address{Scheme: "file", Path: path}, nil
}

func (a *Address) takePrefixes() {
	a.Scheme, a.Parity = strings.CutPrefix(a.Scheme, "par2+")
	prefix, rest, found := strings.Cut(a.Scheme, "+")
	if found && slices.Contains(prefixes, prefix) {
		a.Prefix, a.Scheme = prefix, rest
	}
}

// namesHost tells that a host follows the scheme. boto3+s3://bucket is s3 of
// Amazon's, without one.
func (a *Address) namesHost() bool {
	return slices.Contains(withHost, a.Scheme) && (a.Scheme != "s3" || a.Prefix != "boto3")
}

// takeHost reads user, host, port and path.
func (a *Address) takeHost(rest string) error {
	authority, path := rest, ""
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		authority, path = rest[:i], rest[i:]
	}
	if a.Scheme == "rsync" {
		authority, path = a.takeModule(authority, path)
	}
	authority = a.takeUser(authority)
	a.Path = unescape(path)
	host, port, err := splitPort(authority)
	if err != nil {
		return err
	}
	if host == "" {
		return fmt.Errorf("%w: it names no host", ErrInvalid)
	}
	a.Host, a.Port = host, port
	return nil
}

// takeModule reads what stands behind "::", as host::module/folder or
// host::/module/folder, and returns what is left.
func (a *Address) takeModule(authority, path string) (host, rest string) {
	i := strings.LastIndex(authority, "::")
	if i < 0 || i < strings.LastIndexByte(authority, ']') {
		return authority, path
	}
	module := authority[i+2:]
	if module == "" {
		module, path, _ = strings.Cut(strings.TrimLeft(path, "/"), "/")
		path = "/" + path
	}
	a.Module = unescape(module)
	return authority[:i], path
}

// takeUser reads what stands in front of the last "@" and returns the rest.
func (a *Address) takeUser(authority string) string {
	i := strings.LastIndexByte(authority, '@')
	if i < 0 {
		return authority
	}
	user, password, has := strings.Cut(authority[:i], ":")
	a.User, a.Password, a.HasPassword = unescape(user), unescape(password), has
	return authority[i+1:]
}

// splitPort reads a host and the port behind it.
func splitPort(s string) (host string, port int, err error) {
	if strings.HasPrefix(s, "[") {
		address, rest, closed := strings.Cut(s[1:], "]")
		if !closed || rest != "" && rest[0] != ':' {
			return "", 0, fmt.Errorf("%w: a bracket is missing", ErrInvalid)
		}
		host, s = address, strings.TrimPrefix(rest, ":")
	} else {
		host, s, _ = strings.Cut(s, ":")
	}
	host = unescape(host)
	if strings.ContainsAny(host, " \t\r\n/") {
		return "", 0, fmt.Errorf("%w: %q is no name of a host", ErrInvalid, host)
	}
	if s == "" {
		return host, 0, nil
	}
	port, err = strconv.Atoi(s)
	if err != nil || port < 1 || port > 65535 {
		return "", 0, fmt.Errorf("%w: the port is not a number from 1 to 65535", ErrInvalid)
	}
	return host, port, nil
}

// HostPort is the host with its port, or with the one that is usual.
func (a *Address) HostPort(usual int) string {
	port := a.Port
	if port == 0 {
		port = usual
	}
	return net.JoinHostPort(a.Host, strconv.Itoa(port))
}

// Account names whom a password belongs to, as "sftp://alice@nas.local:2222".
// It is what the keyring has it under.
func (a *Address) Account() string {
	u := url.URL{Scheme: a.Scheme, Host: a.Host}
	if a.Port != 0 || strings.Contains(a.Host, ":") {
		u.Host = "[" + a.Host + "]"
		if !strings.Contains(a.Host, ":") {
			u.Host = a.Host
		}
		if a.Port != 0 {
			u.Host += ":" + strconv.Itoa(a.Port)
		}
	}
	if a.Host == "" {
		u.Host, _, _ = strings.Cut(a.Path, "/")
	}
	if a.User != "" {
		u.User = url.User(a.User)
	}
	return u.String()
}

// unescape decodes percent signs as duplicity does: what is no escape stays.
func unescape(s string) string {
	if plain, err := url.PathUnescape(s); err == nil {
		return plain
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if v, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				b.WriteByte(byte(v))
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// Display is an address without its password.
func Display(address string) string {
	if !IsURL(address) {
		return address
	}
	u, err := url.Parse(address)
	switch {
	case err == nil && u.User != nil:
		return u.Redacted()
	case err == nil && !strings.Contains(u.RawQuery+u.Fragment, "@"):
		return address
	}
	return hideRaw(address)
}

// hideRaw hides a password that was not escaped, so that the address is no
// URL or its parts are at the wrong places. It rather hides too much.
func hideRaw(address string) string {
	kind, rest, _ := strings.Cut(address, "://")
	at := strings.LastIndex(rest, "@")
	if at < 0 {
		return address
	}
	user, _, secret := strings.Cut(rest[:at], ":")
	if !secret {
		return address
	}
	return kind + "://" + user + ":xxxxx" + rest[at:]
}

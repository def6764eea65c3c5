package destform

import (
	"cmp"
	"slices"
	"strings"

	"github.com/varve-backup/varve/engine/destination"
	"github.com/varve-backup/varve/ui/lang"
)

// addressFields are the parts of the address.
func (f *Form) addressFields() (fields []Field) {
	if f.list {
		return nil
	}
	if len(f.patterns) == 0 {
		return f.wholeAddress()
	}
	if all := f.schemes(); len(all) > 1 {
		scheme := Field{Key: KeyScheme, Option: destination.Option{Name: KeyScheme, Title: lang.Mark("Connection"), Closed: true, Required: true}}
		for _, s := range byPreference(all) {
			scheme.Choices = append(scheme.Choices, destination.Choice{Value: s, Help: connections[s]})
		}
		fields = append(fields, scheme)
	}
	// Where the address is of several forms, a part is needed only if all of
	// them need it.
	for i := range f.patterns {
		for _, key := range f.patterns[i].keys() {
			hidden := (key == KeyHost || key == KeyPort) && f.knowsHost()
			if !hidden && !slices.ContainsFunc(fields, func(x Field) bool { return x.Key == key }) {
				fields = append(fields, f.part(key, &f.patterns[i]))
			}
		}
	}
	if f.kind.Name == byMail && len(fields) > 1 {
		fields[0], fields[1] = fields[1], fields[0] // the host stands behind the user
	}
	return fields
}

// wholeAddress is for a kind whose form says nothing that can be read.
func (f *Form) wholeAddress() []Field {
	address := Field{Key: KeyAddress, Hint: "sftp://ada@nas.local/backup", Option: destination.Option{
		Name: KeyAddress, Title: lang.Mark("Address"), Required: true, Help: lang.Mark("As duplicity takes it. A password in it is taken out and kept apart."),
	}}
	if f.others == nil {
		address.Hint, address.Help = f.kind.Form, ""
		if i := strings.IndexByte(address.Hint, '['); i > 0 {
			address.Hint = address.Hint[:i]
		}
		return []Field{address}
	}
	return []Field{address, {Key: KeyPassword, Option: destination.Option{Name: KeyPassword, Title: lang.Mark("Password"), Secret: true}}}
}

// part describes a part of the address.
func (f *Form) part(key string, p *pattern) Field {
	o := destination.Option{Name: key, Required: true, Secret: key == KeyPassword}
	for i := range f.patterns {
		o.Required = o.Required && slices.Contains(f.patterns[i].required(), key)
	}
	field := Field{Key: key}
	switch key {
	case KeyHost:
		o.Title, field.Hint = lang.Mark("Server"), "nas.local"
		f.borrowEndpoint(&o)
	case KeyPort:
		o.Title, o.Type, field.Hint = lang.Mark("Port"), destination.Number, usualPort(f.scheme())
	case KeyUser:
		o.Title = named(p.user)
	case KeyPassword:
		o.Title = named(cmp.Or(p.password, "password"))
		if p.asks() {
			o.Help = lang.Mark("Empty where a key or the SSH agent opens the account.")
		}
	case KeyModule:
		o.Title, o.Help = lang.Mark("Module"), lang.Mark("Only for a server that runs rsync by itself, without ssh.")
	default:
		o.Title, o.Help, field.Hint = f.inPath(strings.TrimPrefix(key, "@"), p)
	}
	field.Option = o
	f.asMail(&field)
	return field
}

// byMail is the kind whose user and host are those of a mail address.
const byMail = "gdrive"

// asMail words an address whose user and host are those of a mail address.
func (f *Form) asMail(field *Field) {
	switch {
	case f.kind.Name != byMail:
	case field.Key == KeyUser:
		field.Title, field.Hint = lang.Mark("Account, before the @"), "ada"
	case field.Key == KeyHost:
		field.Title, field.Hint = lang.Mark("Account, after the @"), "gmail.com"
	}
}

// borrowEndpoint takes over what a kind knows of servers.
func (f *Form) borrowEndpoint(o *destination.Option) {
	for _, e := range f.kind.Options {
		if e.Name == endpoint {
			o.Choices, o.Required = f.suitable(e.Choices), f.Value(provider) != ""
		}
	}
}

// notes are for those who fill in a form; the kind's own speak of addresses.
var notes = map[string]string{
	"multi":  lang.Mark("A drive at home and a server elsewhere, for instance, used together as one destination."),
	"sftp":   lang.Mark("Everything that the program ssh knows of this server counts here too: its configuration, keys, agent and known servers."),
	"ftp":    lang.Mark("Only the encrypted connections keep the password from being read on the way."),
	"webdav": lang.Mark("For Nextcloud, ownCloud and many network drives."),
	"s3":     lang.Mark("Amazon S3 and the many services that speak its protocol."),
	"smb":    lang.Mark("A share of Windows, Samba or a NAS. Of one that is mounted already, rather choose its folder."),
}

// Note is what a person must know beforehand.
func (f *Form) Note() string {
	k := f.Kind()
	return lang.T(cmp.Or(notes[k.Name], k.Note))
}

// inPath words a part of the path.
func (f *Form) inPath(word string, p *pattern) (title, help, hint string) {
	switch {
	case word == "prefix" || isFolder(word) && len(p.parts) > 1:
		return folderIn(p.parts[0].name), "", "laptop"
	case isFolder(word) && p.absolute:
		return lang.Mark("Folder"), lang.Mark("Below the account's own folder; with a / in front, from the top of the server."), "backup/laptop"
	case isFolder(word) && f.kind.Name == "webdav":
		return lang.Mark("Folder"), lang.Mark("As the server names it; Nextcloud shows the first part in its settings."), "remote.php/dav/files/ada/backup"
	case isFolder(word):
		return lang.Mark("Folder"), lang.Mark("It is made if it is not there."), "backup/laptop"
	}
	return named(word), "", ""
}

// folderIn is the title of the folder in the first part of a path.
func folderIn(word string) string {
	switch word {
	case bucket:
		return lang.Mark("Folder in the bucket")
	case container:
		return lang.Mark("Folder in the container")
	case share:
		return lang.Mark("Folder in the share")
	}
	return lang.Mark("Folder in it")
}

// words are how the parts of addresses are called, where that is not the word
// of the form.
var words = map[string]string{
	"username": lang.Mark("User"), "id": lang.Mark("Key id"), "key": lang.Mark("Application key"), "sender": lang.Mark("Sender"), "user%40mail": lang.Mark("User"),
	bucket: lang.Mark("Bucket"), container: lang.Mark("Container"), share: lang.Mark("Share"), "alias": lang.Mark("Alias"),
}

func named(word string) string {
	word = cmp.Or(words[word], word)
	word = strings.NewReplacer("_", " ", "-", " ").Replace(word)
	if word == "" {
		return ""
	}
	return strings.ToUpper(word[:1]) + word[1:]
}

// connections say what a scheme means.
var connections = map[string]string{
	"ftpes": lang.Mark("Encrypted, the usual way"), "ftps": lang.Mark("Encrypted from the start, on a port of its own"), "ftp": lang.Mark("Not encrypted: the password can be read on the way"),
	"webdavs": lang.Mark("Encrypted (https)"), "webdav": lang.Mark("Not encrypted (http)"), "https": lang.Mark("Encrypted (https)"), "http": lang.Mark("Not encrypted (http)"),
	"imaps": lang.Mark("Encrypted"), "imap": lang.Mark("Not encrypted until the server offers it"),
	"swift": "OpenStack Swift", "pca": "OVH's Public Cloud Archive", "cf+http": "Rackspace Cloud Files",
	"sftp": lang.Mark("SFTP, what nearly every SSH server has"), "scp": lang.Mark("The same, under its older name"), "fish": lang.Mark("By commands, where there is no SFTP"),
}

// preferred schemes stand first.
var preferred = []string{"sftp", "ftpes", "webdavs", "https", "imaps", "ftps"}

func safest(schemes []string) string { return byPreference(schemes)[0] }

func byPreference(schemes []string) []string {
	sorted := slices.Clone(schemes)
	rank := func(s string) int {
		if i := slices.Index(preferred, s); i >= 0 {
			return i
		}
		return len(preferred)
	}
	slices.SortStableFunc(sorted, func(a, b string) int { return rank(a) - rank(b) })
	return sorted
}

// ports are those that are usual.
var ports = map[string]string{
	"sftp": "22", "scp": "22", "fish": "22", "ftp": "21", "ftpes": "21", "ftps": "990", "webdav": "80", "webdavs": "443", "http": "80", "https": "443",
	"imap": "143", "imaps": "993", "s3": "443", "smb": "445", "rsync": "22",
}

func usualPort(scheme string) string { return ports[scheme] }

// hintOf shows what an option is when nothing is set.
func hintOf(o *destination.Option) string {
	switch {
	case o.Default != "" && !o.Secret:
		return o.Default
	case o.Type == destination.Bytes:
		return "8M"
	case o.Type == destination.Duration:
		return "30s"
	}
	return ""
}

package destform

import (
	"slices"
	"strconv"
	"strings"

	"github.com/varve-backup/varve/engine/destination"
	"github.com/varve-backup/varve/ui/lang"
)

// Check says what is wrong with what a field holds, "" when nothing is. An
// empty field that must not stay so is not wrong yet: see Missing.
func (f *Form) Check(field *Field) string {
	v := f.Value(field.Key)
	if v == "" {
		return ""
	}
	switch field.Key {
	case KeyHost:
		return f.checkHost()
	case KeyPort:
		if n, err := strconv.Atoi(v); err != nil || n < 1 || n > 65535 {
			return lang.T("A port is a number from 1 to 65535.")
		}
	case KeyAddress:
		return f.checkAddress(v)
	case KeyModule, KeyUser:
		return lineBreak(v)
	}
	if strings.HasPrefix(field.Key, "@") {
		return f.checkPart(field.Key, v)
	}
	if err := field.Check(v); err != nil {
		return refusal(&field.Option)
	}
	return lineBreak(v)
}

func lineBreak(v string) string {
	if strings.ContainsAny(v, "\r\n\x00") {
		return lang.T("There is a line break in it.")
	}
	return ""
}

// refusal says what an option can be.
func refusal(o *destination.Option) string {
	switch {
	case o.Type == destination.Number:
		return lang.T("This is a whole number, such as 5.")
	case o.Type == destination.Bytes:
		return lang.T("This is a size, such as 500K, 8M or 1G.")
	case o.Type == destination.Duration:
		return lang.T("This is a time, such as 30s, 5m or 1h30m.")
	case o.Closed:
		return lang.T("Choose one of the list.")
	}
	return lang.T("This cannot be set so.")
}

func (f *Form) checkHost() string {
	host, port, _ := f.split()
	if host == "" || strings.ContainsAny(host, " \t\r\n\x00@?#") {
		return lang.T("This is no name of a server.")
	}
	if n, err := strconv.Atoi(port); port != "" && f.Value(KeyPort) == "" && (err != nil || n < 1 || n > 65535) {
		return lang.T("A port is a number from 1 to 65535.")
	}
	return ""
}

func (f *Form) checkAddress(v string) string {
	switch a, err := destination.Parse(v); {
	case !destination.IsURL(v):
		return lang.T("An address begins with its kind, such as sftp://.")
	case err != nil:
		return lang.T("This is not a whole address: %s.", strings.TrimPrefix(err.Error(), destination.Display(v)+": "))
	case f.Kind().Name == "" && len(f.others) > 0:
		return lang.T("Varve knows no kind of destination called %s.", a.Scheme)
	}
	return ""
}

// checkPart looks at a part of the path. All but the last end at a slash.
func (f *Form) checkPart(key, v string) string {
	for _, p := range f.patterns {
		i := slices.IndexFunc(p.parts, func(x part) bool { return "@"+x.name == key })
		if i >= 0 && i < len(p.parts)-1 && strings.Contains(strings.Trim(v, "/"), "/") {
			return lang.T("Only the name, without a slash. Folders in it go into the next field.")
		}
		if i >= 0 && slices.Contains(strings.Split(v, "/"), "..") {
			return lang.T("A folder is named without “..”.")
		}
	}
	return lineBreak(v)
}

// Missing tells that a field has to be filled in.
func (f *Form) Missing(field *Field) bool {
	return field.Required && f.Value(field.Key) == "" && field.Default == ""
}

// Complete tells that nothing is missing, and nothing wrong.
func (f *Form) Complete() bool {
	return !slices.ContainsFunc(f.Fields(), func(x Field) bool { return f.Missing(&x) || f.Check(&x) != "" })
}

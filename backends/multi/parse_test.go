package multi_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/multi"
)

func TestParse(t *testing.T) {
	got, err := multi.Parse([]byte(`[
 {
  "description": "a comment",
  "url": "sftp://me@nas/x",
  "env": [{"name": "FTP_PASSWORD", "value": "s3cret"}, {"value": "", "name": "B"}],
  "prefixes": ["duplicity-full.", ""],
  "options": {"key-file": "/k", "": "x"}
 },
 {"url": "file:///b\u00fc"}
]`))
	want := []multi.PartConfig{
		{
			URL: "sftp://me@nas/x", Description: "a comment",
			Env:      []multi.Variable{{Name: "FTP_PASSWORD", Value: "s3cret"}, {Name: "B"}},
			Prefixes: []string{"duplicity-full.", ""},
			Options:  map[string]string{"key-file": "/k", "": "x"},
		},
		{URL: "file:///bü"},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestParseErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":     "line 1: it is no JSON",
		"\n\n": "line 2: it is no JSON",
		"[\n{\"description\": \"the man page's\"\n \"url\": \"file:///x\"}]": "line 3: it is no JSON",
		"[{\"url\": \"x\"},\n]":                 "line 2: it is no JSON",
		"[{\"url\": \"x\"}]\n\n]":               "line 3: it is no JSON",
		"{\"url\": \"x\"}":                      "line 1: the file is no list",
		"[]":                                    "line 1: there is no part",
		"[\n\"x\"]":                             "line 2: a part is no object",
		"[\n{}]":                                "line 2: the part has no url",
		"[{\"url\": \"x\",\n\"prefixs\": []}]":  `line 2: a part cannot have the key "prefixs"`,
		"[{\"url\": \"x\",\n\"URL\": \"\"}]":    `line 2: a part cannot have the key "URL"`,
		"[{\"url\": \"x\",\n\n\"url\": \"y\"}]": `line 3: a part has the key "url" twice`,
		"[{\"url\":\n7}]":                       "line 2: url is no text",
		"[{\"url\": null}]":                     "line 1: url is no text",
		"[{\"url\": \"x\", \"env\": {}}]":       "line 1: env is no list",
		"[{\"url\": \"x\", \"env\": [{\"value\":\"s3\"}]}]":              "line 1: a variable has no name",
		"[{\"url\": \"x\", \"env\": [{\"name\":\"a=b\"}]}]":              "line 1: a variable has no name",
		"[{\"url\": \"x\", \"prefixes\": [[]]}]":                         "line 1: a prefix is no text",
		"[{\"url\": \"x\", \"options\": []}]":                            "line 1: options is no object",
		"[{\"url\": \"x\", \"options\": {\"a\": 1}}]":                    "line 1: an option is no text",
		"[{\"url\": \"x\",\n\"options\": {\"a\":\"\", \"a\":\"\"}}]":     `line 2: options has the key "a" twice`,
		"[" + strings.Repeat(`{"url":"x"},`, 100) + "\n{\"url\":\"x\"}]": "line 1: there are more than 100 parts",
		strings.Repeat("[", 100000):                                      "it is no JSON",
	} {
		got, err := multi.Parse([]byte(text))
		if !errors.Is(err, backends.ErrConfig) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q: %v, %v, want %q", text, got, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`[{"url":"file:///x","description":"d","env":[{"name":"A","value":"b&<"}],"prefixes":["a","b"],"options":{"c":"d"}},{"url":"y"}]`))
	f.Add([]byte("[\n{\"url\": \"x\" \"y\"}]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		parts, err := multi.Parse(text)
		if err != nil {
			if !errors.Is(err, backends.ErrConfig) || !strings.Contains(err.Error(), "line ") || strings.Contains(err.Error(), "\n") {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		again, err := multi.Format(parts)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := multi.Parse(again); err != nil || !reflect.DeepEqual(plain(got), plain(parts)) {
			t.Fatalf("%q became %q, %v", text, again, err)
		}
	})
}

// plain makes no difference between an empty list and none.
func plain(parts []multi.PartConfig) []multi.PartConfig {
	for i := range parts {
		if len(parts[i].Env) == 0 {
			parts[i].Env = nil
		}
		if len(parts[i].Prefixes) == 0 {
			parts[i].Prefixes = nil
		}
	}
	return parts
}

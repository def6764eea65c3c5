package webdav

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/varve-backup/varve/backends"
)

// resource is what a server says about one path.
type resource struct {
	// path is decoded, absolute and without a slash at its end.
	path   string
	folder bool
	size   int64 // -1 when it is not said
	time   time.Time
	// free and used are of the quota, -1 when not said.
	free, used int64
}

const (
	// maxResponse is how long the description of one resource can be.
	maxResponse = 1 << 20
	// maxResources is how many there can be in one folder.
	maxResources = 10_000_000
)

var errAnswer = fmt.Errorf("%w: that is no answer of a WebDAV server", backends.ErrTemporary)

// response is a part of a multistatus, as RFC 4918 has it.
type response struct {
	Href     string `xml:"DAV: href"`
	Status   string `xml:"DAV: status"`
	Propstat []struct {
		Status string `xml:"DAV: status"`
		Prop   struct {
			Type struct {
				Collection *struct{} `xml:"DAV: collection"`
			} `xml:"DAV: resourcetype"`
			Length   string `xml:"DAV: getcontentlength"`
			Modified string `xml:"DAV: getlastmodified"`
			Free     string `xml:"DAV: quota-available-bytes"`
			Used     string `xml:"DAV: quota-used-bytes"`
		} `xml:"DAV: prop"`
	} `xml:"DAV: propstat"`
}

// readMultistatus reads an answer to PROPFIND.
func readMultistatus(in io.Reader) ([]resource, error) {
	limited := &rationed{in: in}
	decoder := xml.NewDecoder(limited)
	var found []resource
	inside := false
	for {
		limited.left = maxResponse
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) && inside {
			return found, nil
		}
		if err != nil {
			return nil, answerError(err)
		}
		start, is := token.(xml.StartElement)
		switch {
		case !is:
		case start.Name == xml.Name{Space: "DAV:", Local: "multistatus"}:
			inside = true
		case inside && start.Name == xml.Name{Space: "DAV:", Local: "response"}:
			var r response
			if err := decoder.DecodeElement(&r, &start); err != nil {
				return nil, answerError(err)
			}
			resource, ok := r.resource()
			if ok {
				found = append(found, resource)
			}
			if len(found) > maxResources {
				return nil, errAnswer
			}
		case !inside:
			return nil, errAnswer
		default:
			if err := decoder.Skip(); err != nil {
				return nil, answerError(err)
			}
		}
	}
}

// answerError tells text that is wrong from a connection that broke.
func answerError(err error) error {
	if _, syntax := err.(*xml.SyntaxError); syntax || err == io.EOF { // the decoder wraps nothing
		return fmt.Errorf("%w: %s", errAnswer, strings.ReplaceAll(err.Error(), "\n", " "))
	}
	return err
}

// rationed gives out what one description may need.
type rationed struct {
	in   io.Reader
	left int
}

func (r *rationed) Read(p []byte) (int, error) {
	if r.left <= 0 {
		return 0, errAnswer
	}
	n, err := r.in.Read(p[:min(len(p), r.left)])
	r.left -= n
	return n, err
}

// resource sums a response up; one of something that is not there is none.
func (r *response) resource() (resource, bool) {
	u, err := url.Parse(strings.TrimSpace(r.Href))
	if err != nil || !strings.HasPrefix(u.Path, "/") || !success(r.Status) {
		return resource{}, false
	}
	found := resource{path: clean(u.Path), size: -1, free: -1, used: -1}
	for _, p := range r.Propstat {
		if !success(p.Status) {
			continue
		}
		found.folder = found.folder || p.Prop.Type.Collection != nil
		setNumber(&found.size, p.Prop.Length)
		setNumber(&found.free, p.Prop.Free)
		setNumber(&found.used, p.Prop.Used)
		if t, err := http.ParseTime(strings.TrimSpace(p.Prop.Modified)); err == nil {
			found.time = t
		}
	}
	return found, true
}

// clean is a path without a slash at its end; the root is "".
func clean(p string) string { return strings.TrimSuffix(path.Clean(p), "/") }

func setNumber(to *int64, text string) {
	if n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64); err == nil && n >= 0 {
		*to = n
	}
}

// success reads a line as "HTTP/1.1 200 OK"; none is a good one.
func success(line string) bool {
	fields := strings.Fields(line)
	return len(fields) == 0 || len(fields) > 1 && strings.HasPrefix(fields[1], "2")
}

// children are those of a folder. A server behind another one may call the
// folder something else: then it is the one that all others lie in.
func children(all []resource, folder string) []resource {
	above := folder
	if !named(all, folder) {
		for i, r := range all {
			if i == 0 || len(r.path) < len(above) {
				above = r.path
			}
		}
	}
	var found []resource
	for _, r := range all {
		if r.path != above && clean(path.Dir(r.path)) == above {
			found = append(found, r)
		}
	}
	return found
}

// named tells that resources are the folder or lie in it.
func named(all []resource, folder string) bool {
	for _, r := range all {
		if r.path == folder || clean(path.Dir(r.path)) == folder {
			return true
		}
	}
	return false
}

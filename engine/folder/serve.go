package folder

import (
	"context"
	"crypto/subtle"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"strings"
)

// allowed are the methods that there are: none that writes.
const allowed = "OPTIONS, GET, HEAD, PROPFIND"

// mostAsked is how long a question may be, in bytes.
const mostAsked = 64 << 10

// ServeHTTP implements http.Handler.
func (f *Folder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !f.begin() {
		http.Error(w, "This folder was closed.", http.StatusServiceUnavailable)
		return
	}
	defer f.end()
	if status := f.admits(r); status != http.StatusOK {
		http.Error(w, http.StatusText(status), status)
		return
	}
	h := w.Header()
	// What is shown is somebody's files, and may be a page with a program in it:
	// a browser neither runs it, nor keeps it, nor tells others the address.
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'; style-src 'unsafe-inline'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	r.Body = http.MaxBytesReader(w, r.Body, mostAsked)
	switch r.Method {
	case http.MethodOptions:
		h.Set("DAV", "1") // without locks: those who write need them
		h.Set("MS-Author-Via", "DAV")
		h.Set("Allow", allowed)
	case "PROPFIND":
		f.describe(w, r)
	case http.MethodGet, http.MethodHead:
		f.get(w, r)
	default:
		h.Set("Allow", allowed)
		http.Error(w, "This folder can only be read.", http.StatusMethodNotAllowed)
	}
}

// admits checks who asks: the name by which the computer is called, so that no
// page in a browser comes by a name of its own that leads here, and the secret.
func (f *Folder) admits(r *http.Request) int {
	if r.Host != f.host {
		return http.StatusMisdirectedRequest
	}
	secret, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if subtle.ConstantTimeCompare([]byte(secret), []byte(f.secret)) != 1 {
		return http.StatusNotFound
	}
	if name, _, _ := strings.Cut(rest, "/"); name != f.name {
		return http.StatusNotFound
	}
	return http.StatusOK
}

// below is the path in the version that is asked for.
func (f *Folder) below(r *http.Request) string {
	return pathOf(strings.TrimPrefix(r.URL.Path, f.prefix()))
}

// describe answers what an item is, or what is in a folder, but not what is in
// all folders below it: that would read the whole version.
func (f *Folder) describe(w http.ResponseWriter, r *http.Request) {
	if d := r.Header.Get("Depth"); d != "0" && d != "1" {
		w.Header().Set("Content-Type", "application/xml; charset=utf-8")
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, `<?xml version="1.0" encoding="utf-8"?><D:error xmlns:D="DAV:"><D:propfind-finite-depth/></D:error>`)
		return
	}
	if i, err := f.info(r.Context(), f.below(r)); err == nil && !i.IsDir() && i.Size() >= 0 {
		f.dav.ServeHTTP(w, r)
		return
	}
	out := &without{ResponseWriter: w}
	f.dav.ServeHTTP(out, r)
	_ = out.finish() // the connection is gone, and with it who asked
}

// get sends a file, or a page that lists a folder for browsers.
func (f *Folder) get(w http.ResponseWriter, r *http.Request) {
	i, err := f.info(r.Context(), f.below(r))
	switch {
	case err != nil:
		f.fail(w, err)
	case i.IsDir():
		f.list(w, r, i)
	case i.text != "":
		w.Header().Set("Content-Type", i.contentType())
		http.ServeContent(w, r, "", i.ModTime(), strings.NewReader(i.text))
	default:
		f.send(w, r, i)
	}
}

// fail says why something cannot be read.
func (f *Folder) fail(w http.ResponseWriter, err error) {
	if errors.Is(err, fs.ErrNotExist) {
		http.Error(w, "There is nothing of that name.", http.StatusNotFound)
		return
	}
	http.Error(w, err.Error(), http.StatusInternalServerError)
}

// send sends a file, of which only what is wanted is read.
func (f *Folder) send(w http.ResponseWriter, r *http.Request, i *info) {
	file, err := f.files.open(r.Context(), i.file)
	if err != nil {
		f.fail(w, err)
		return
	}
	defer f.files.done(file)
	w.Header().Set("Content-Type", i.contentType())
	if file.Size() < 0 && r.Header.Get("Range") == "" {
		f.sendAll(w, r, file, i)
		return
	}
	if file.Size() < 0 { // parts of it are counted from its beginning, and perhaps from its end
		if err := measure(r.Context(), file); err != nil {
			f.fail(w, err)
			return
		}
	}
	http.ServeContent(w, r, "", i.ModTime(), &reader{ctx: r.Context(), file: file})
}

// sendAll sends a file whose length is not known before its end.
func (f *Folder) sendAll(w http.ResponseWriter, r *http.Request, file File, i *info) {
	w.Header().Set("Last-Modified", i.ModTime().UTC().Format(http.TimeFormat))
	if r.Method == http.MethodHead {
		return
	}
	if _, err := io.Copy(w, &reader{ctx: r.Context(), file: file}); err != nil {
		breakOff(w)
	}
}

// breakOff ends a connection. The length was not told, so only that says that
// what came was not all.
func breakOff(w http.ResponseWriter) {
	if c, _, err := http.NewResponseController(w).Hijack(); err == nil {
		_ = c.Close()
	}
}

// farOff is beyond the end of any file.
const farOff = 1 << 61

// measure reads a file to its end, to know its length.
func measure(ctx context.Context, file File) error {
	_, err := file.ReadAt(ctx, make([]byte, 1), farOff)
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// reader reads a file from a place on.
type reader struct {
	ctx  context.Context //nolint:containedctx // of one question
	file File
	at   int64
}

// Read implements io.Reader.
func (r *reader) Read(p []byte) (int, error) {
	n, err := r.file.ReadAt(r.ctx, p, r.at)
	r.at += int64(n)
	if n > 0 && errors.Is(err, io.EOF) {
		err = nil
	}
	return n, err
}

// Seek implements io.Seeker.
func (r *reader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += r.at
	case io.SeekEnd:
		offset += r.file.Size()
	}
	if offset < 0 {
		return r.at, fs.ErrInvalid
	}
	r.at = offset
	return offset, nil
}

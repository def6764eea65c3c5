package cloud

import (
	"bytes"
	"context"
	"encoding/json"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/rclone/rclone/fs/hash"
	"github.com/rclone/rclone/fs/object"

	"github.com/varve-backup/varve/backends"
)

// AuthorizeAt is Authorize with a provider of a test.
func AuthorizeAt(ctx context.Context, kind string, values map[string]string, browser Browser, ask Asker) (string, error) {
	prepare()
	i := slices.IndexFunc(services(), func(s *service) bool { return s.kind.Name == kind })
	t := &talk{service: services()[i], browser: browser, ask: ask}
	return t.run(ctx, values)
}

// BeginUpload begins an upload in parts that nobody ends.
func BeginUpload(t *testing.T, s backends.Store, name string) {
	t.Helper()
	st := s.(*Store)
	open := st.fs.Features().OpenChunkWriter
	info := object.NewStaticObjectInfo(name, time.Now(), 50<<20, true, map[hash.Type]string{}, nil)
	_, w, err := open(st.in(t.Context()), name, info)
	if err == nil {
		_, err = w.WriteChunk(st.in(t.Context()), 0, bytes.NewReader(make([]byte, 5<<20)))
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Uploads counts what BeginUpload began.
func Uploads(t *testing.T, s backends.Store) int {
	t.Helper()
	st := s.(*Store)
	out, err := command(st.in(t.Context()), st.fs, "list-multipart-uploads", nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(out)
	var uploads map[string][]any
	if err == nil {
		err = json.Unmarshal(b, &uploads)
	}
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, of := range uploads {
		n += len(of)
	}
	return n
}

// SweepAll is Sweep, of uploads of any age.
func SweepAll(t *testing.T, s backends.Store) error {
	t.Helper()
	st := s.(*Store)
	return sweepUploads(0)(st.in(t.Context()), st.fs)
}

// Renews tells whether the library renews the store's token in the background,
// and Close knows how to end that.
func Renews(s backends.Store) bool { return tokensOf(reflect.ValueOf(s.(*Store).fs)) != nil }

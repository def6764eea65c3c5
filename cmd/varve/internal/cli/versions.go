package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/varve-backup/varve/engine"
)

// versionRow is a version in a list.
type versionRow struct {
	versionName
	Host      string   `json:"host,omitempty"`
	Paths     []string `json:"paths,omitempty"`
	Tags      []string `json:"tags,omitempty"`
	Stored    *int64   `json:"stored,omitempty"`
	Full      bool     `json:"full"`
	Partial   bool     `json:"partial"`
	Encrypted bool     `json:"encrypted"`
	Damaged   string   `json:"damaged,omitempty"`
	Pin       *pinRow  `json:"pin,omitempty"`
}

// versionName names a version in a document.
type versionName struct {
	ID   string    `json:"id"`
	Time time.Time `json:"time"`
}

// versionOf names a version.
func versionOf(v engine.Version) versionName {
	return versionName{v.ID, v.Time.UTC()}
}

// short is the name that people see.
func (v versionName) short() string {
	if len(v.ID) == 64 {
		return v.ID[:8]
	}
	return v.ID
}

func versionRowOf(v engine.Version) *versionRow {
	r := &versionRow{
		versionName: versionOf(v), Host: v.Host, Paths: v.Paths, Tags: v.Tags, Full: v.Full, Partial: v.Partial,
		Encrypted: v.Encrypted, Damaged: v.Damaged, Pin: pinOf(&v),
	}
	// restic before 0.17 did not note what a run had stored.
	if v.Volumes > 0 || v.Stored > 0 {
		r.Stored = &v.Stored
	}
	return r
}

func (r *versionRow) text() string {
	kind, stored := "incremental", "-"
	if r.Full {
		kind = "full"
	}
	if r.Stored != nil {
		stored = size(*r.Stored)
	}
	cells := []string{r.short(), stamp(r.Time), fmt.Sprintf("%-11s", kind), fmt.Sprintf("%9s", stored), r.Host}
	for _, p := range r.Paths {
		cells = append(cells, named(p))
	}
	if r.Partial {
		cells = append(cells, "not whole: its run was interrupted")
	}
	if r.Pin != nil {
		cells = append(cells, r.Pin.words())
	}
	return strings.TrimRight(strings.Join(append(cells, r.Damaged), "  "), " ")
}

// formatName is what --format calls a format.
func formatName(f engine.Format) string {
	return map[engine.Format]string{engine.Volumes: "duplicity", engine.Deduplicated: "restic"}[f]
}

// listVersions lists what there is, newest first.
func (p *program) listVersions(ctx context.Context) int {
	s, err := p.engine.Status(ctx, p.destination())
	if err != nil {
		return p.fail(err)
	}
	var rows []*versionRow
	for _, c := range s.Chains {
		for _, v := range c.Versions {
			rows = append(rows, versionRowOf(v))
		}
	}
	slices.SortStableFunc(rows, func(a, b *versionRow) int { return b.Time.Compare(a.Time) })
	if len(rows) == 0 && !p.args.JSON {
		return p.answer(nil, "There is no backup.")
	}
	return p.table(struct {
		Format string `json:"format"`
	}{formatName(s.Format)}, "snapshots", plain(rows))
}

// statsDocument is what an archive amounts to.
type statsDocument struct {
	Format   string       `json:"format"`
	Versions int          `json:"versions"`
	Newest   *versionName `json:"newest,omitempty"`
	Files    int64        `json:"files"`
	Bytes    int64        `json:"bytes"`
	Items    int64        `json:"items"`
	Unsized  int64        `json:"files_of_unknown_size"`
	Stored   *int64       `json:"stored,omitempty"`
}

func (p *program) stats(ctx context.Context) int {
	s, err := p.engine.Stats(ctx, p.destination())
	if err != nil {
		return p.fail(err)
	}
	d := &statsDocument{
		Format: formatName(s.Format), Versions: s.Versions, Files: s.Files, Bytes: s.Bytes, Items: s.Items, Unsized: s.Unsized,
	}
	if s.Versions > 0 {
		v := versionOf(s.Newest)
		d.Newest = &v
	}
	if s.Stored >= 0 {
		d.Stored = &s.Stored
	}
	return p.answer(d, d.text())
}

func (d *statsDocument) text() string {
	lines := fmt.Sprintf("Versions:        %s", grouped(int64(d.Versions)))
	if d.Newest != nil {
		lines += fmt.Sprintf("\nNewest:          %s\n  files:         %s\n  their bytes:   %s (%s)",
			stamp(d.Newest.Time), grouped(d.Files), grouped(d.Bytes), size(d.Bytes))
		if d.Unsized > 0 {
			lines += fmt.Sprintf(", without %s of unknown length", count(d.Unsized, "file"))
		}
	}
	if d.Stored != nil {
		lines += fmt.Sprintf("\nStored bytes:    %s (%s)", grouped(*d.Stored), size(*d.Stored))
	}
	return lines
}

package catalog

import (
	"encoding/binary"
	"unicode"
	"unicode/utf8"
)

// A chunk of names is one section after the other:
//
//	uvarint  folder
//	string   its path, folded
//	string   folded names that were first seen in it, each with a zero byte
//	         behind it
//
// A folder has a section for each version that brought names to it.

// chunkSize is from where on a chunk is not made longer, in bytes.
const chunkSize = 1 << 17

// namesWriter gathers the sections of a version.
type namesWriter struct {
	chunk []byte
	path  []byte
	count int64
}

// add notes the new names of a folder.
func (w *namesWriter) add(r *reader, l *level) error {
	if len(l.fresh) == 0 {
		return nil
	}
	w.section(l.id, l.path, l.fresh)
	w.count += l.freshN
	if len(w.chunk) < chunkSize {
		return nil
	}
	return w.write(r)
}

func (w *namesWriter) section(folder int64, path string, names []byte) {
	if len(w.chunk) == 0 {
		w.chunk = append(w.chunk, make([]byte, sealLength)...)
	}
	w.path = appendFolded(w.path[:0], path)
	w.chunk = binary.AppendUvarint(w.chunk, uint64(folder))
	w.chunk = binary.AppendUvarint(w.chunk, uint64(len(w.path)))
	w.chunk = append(w.chunk, w.path...)
	w.chunk = binary.AppendUvarint(w.chunk, uint64(len(names)))
	w.chunk = append(w.chunk, names...)
}

// write stores a chunk.
func (w *namesWriter) write(r *reader) error {
	_, err := r.tx.ExecContext(r.ctx, "INSERT INTO names (data) VALUES (?)", sealed(w.chunk))
	w.chunk = w.chunk[:0]
	return err
}

// flush stores what is left, behind what is in the last chunk if that is short:
// a version brings few names, and there are many versions.
func (w *namesWriter) flush(r *reader) error {
	if _, err := r.tx.ExecContext(r.ctx, "UPDATE tally SET names = names + ?", w.count); err != nil {
		return err
	}
	w.count = 0
	if len(w.chunk) == 0 {
		return nil
	}
	var id int64
	var data []byte
	err := r.each("SELECT id, data FROM names WHERE id = (SELECT max(id) FROM names) AND length(data) < ?", []any{chunkSize},
		func() error { return nil }, &id, &data)
	if err != nil {
		return err
	}
	if id == 0 {
		return w.write(r)
	}
	if data, err = unsealed(data); err != nil {
		return err
	}
	joined := append(append(make([]byte, sealLength), data...), w.chunk[sealLength:]...)
	_, err = r.tx.ExecContext(r.ctx, "UPDATE names SET data = ? WHERE id = ?", sealed(joined), id)
	w.chunk = w.chunk[:0]
	return err
}

// appendFolded appends a name so that names which differ in case only are
// equal. Bytes that are no UTF-8 stay.
func appendFolded[S []byte | string](b []byte, name S) []byte {
	for i := 0; i < len(name); i++ {
		c := name[i]
		if c >= utf8.RuneSelf {
			return appendFoldedRunes(b, string(name[i:]))
		}
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		b = append(b, c)
	}
	return b
}

func appendFoldedRunes(b []byte, name string) []byte {
	for len(name) > 0 {
		r, size := utf8.DecodeRuneInString(name)
		if r == utf8.RuneError && size == 1 {
			b = append(b, name[0])
		} else {
			b = utf8.AppendRune(b, foldedRune(r))
		}
		name = name[size:]
	}
	return b
}

// foldedRune stands for all runes that differ from it in case only.
func foldedRune(r rune) rune {
	least := r
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		least = min(least, f)
	}
	if 'A' <= least && least <= 'Z' {
		least += 'a' - 'A'
	}
	return least
}

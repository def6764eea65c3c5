package settings

import (
	"context"
	"database/sql"
	"fmt"
)

// row is one of a query, or the only one.
type row interface{ Scan(into ...any) error }

// reader is a database, or a transaction in it.
type reader interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// readAll returns the rows of a query, each as scan reads it; what they are is
// named in errors.
func readAll[T any](ctx context.Context, from reader, what string, scan func(row) (T, error), query string, args ...any) (all []T, err error) {
	rows, err := from.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", what, err)
	}
	defer rows.Close()
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", what, err)
		}
		all = append(all, one)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("reading %s: %w", what, err)
	}
	return all, nil
}

// scanText reads the only column, which may hold bytes that are no text.
func scanText(at row) (string, error) {
	var text []byte
	err := at.Scan(&text)
	return string(text), err
}

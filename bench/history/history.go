package history

import (
	"bytes"
	"compress/gzip"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"

	"github.com/hartwood-vm/hartwood/bench/results"
	_ "modernc.org/sqlite" // the driver, in Go
)

const (
	version  = 1        // of the file's tables
	keep     = 1000     // runs; older ones make room
	maxBytes = 64 << 20 // of one run, unpacked
	driver   = "sqlite" // the name under which the library registers
	timeout  = "10000"  // milliseconds to wait for another program
)

// ErrDamaged reports a file that is no history, or no whole one.
var ErrDamaged = errors.New("the history is damaged")

// History is an open file.
type History struct {
	db   *sql.DB
	path string
}

// Open opens the file at path, or makes one.
func Open(ctx context.Context, path string) (*History, error) {
	if f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644); err != nil {
		return nil, err // with words that SQLite has not
	} else if err := f.Close(); err != nil {
		return nil, err
	}
	source := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: url.Values{
		"_pragma": {"busy_timeout(" + timeout + ")", "synchronous(FULL)"}, "_txlock": {"immediate"},
	}.Encode()}
	db, err := sql.Open(driver, source.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	h := &History{db, path}
	if err := h.prepare(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return h, nil
}

// Close closes the file.
func (h *History) Close() error { return h.db.Close() }

// prepare checks the file, and makes the table in one that is empty.
func (h *History) prepare(ctx context.Context) error {
	var state string
	if err := h.db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&state); err != nil || state != "ok" {
		if err == nil {
			err = fmt.Errorf("SQLite says %q", state)
		}
		return h.damaged(err)
	}
	var found, tables int
	err := errors.Join(h.db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&found),
		h.db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&tables))
	switch {
	case err != nil:
		return h.damaged(err)
	case found == version:
		return nil
	case found != 0 || tables != 0:
		return h.damaged(fmt.Errorf("it is of version %d with %d tables; this program knows version %d", found, tables, version))
	}
	tx, err := h.db.BeginTx(ctx, nil)
	if err != nil {
		return h.fault(err)
	}
	defer tx.Rollback() //nolint:errcheck // without effect after Commit
	for _, statement := range []string{
		"CREATE TABLE IF NOT EXISTS runs (id INTEGER PRIMARY KEY, time TEXT NOT NULL, results BLOB NOT NULL)",
		fmt.Sprintf("PRAGMA user_version = %d", version),
	} {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return h.fault(err)
		}
	}
	return h.fault(tx.Commit())
}

func (h *History) fault(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w; what was there remains", h.path, err)
}

func (h *History) damaged(err error) error {
	return fmt.Errorf("%w: %s: %v; move the file away to begin a new one", ErrDamaged, h.path, err)
}

// Add appends a run, and forgets the oldest ones if there are too many.
func (h *History) Add(ctx context.Context, r *results.Results) error {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if err := errors.Join(r.Write(w), w.Close()); err != nil {
		return err
	}
	tx, err := h.db.BeginTx(ctx, nil)
	if err != nil {
		return h.fault(err)
	}
	defer tx.Rollback() //nolint:errcheck // without effect after Commit
	if _, err := tx.ExecContext(ctx, "INSERT INTO runs (time, results) VALUES (?, ?)", r.When, packed.Bytes()); err != nil {
		return h.fault(err)
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM runs WHERE id <= (SELECT max(id) FROM runs) - ?", keep); err != nil {
		return h.fault(err)
	}
	return h.fault(tx.Commit())
}

// Newest returns the newest run and those before it that may be compared with it, at most limit in all, the oldest
// first.
func (h *History) Newest(ctx context.Context, limit int) (list []*results.Results, err error) {
	rows, err := h.db.QueryContext(ctx, "SELECT id, results FROM runs ORDER BY id DESC")
	if err != nil {
		return nil, h.damaged(err)
	}
	defer rows.Close()
	for rows.Next() && len(list) < limit {
		var id int64
		var packed []byte
		if err := rows.Scan(&id, &packed); err != nil {
			return nil, h.damaged(err)
		}
		r, err := unpack(packed)
		if err != nil {
			return nil, h.damaged(fmt.Errorf("run %d: %w", id, err))
		}
		if len(list) == 0 || results.Match(list[len(list)-1], r) == nil && r.Label == list[len(list)-1].Label {
			list = append([]*results.Results{r}, list...)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, h.damaged(err)
	}
	return list, nil
}

func unpack(packed []byte) (*results.Results, error) {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(z, maxBytes+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxBytes {
		return nil, errors.New("it is too long")
	}
	return results.Parse(text)
}

package store

import "testing"

// WriteAlone has every call have a transaction of its own, as where there is no scribe.
func WriteAlone(s *Store) {
	s.scribe.close()
	s.scribe = nil
}

// Tables are all there are.
var Tables = tables

// SettingOf returns a setting of the store's connections to PostgreSQL.
func SettingOf(t *testing.T, s *Store, name string) (value string) {
	t.Helper()
	if err := s.row(t.Context(), `SELECT current_setting($1)`, []any{name}, &value); err != nil {
		t.Fatal(err)
	}
	return value
}

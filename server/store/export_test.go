package store

// WriteAlone has every call have a transaction of its own, as where there are no scribes.
func WriteAlone(s *Store) {
	for _, scribe := range s.scribes {
		scribe.close()
	}
	s.scribes = nil
}

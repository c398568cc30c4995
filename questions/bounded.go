package questions

import "sync"

// bounded keeps what was made for a key that comes from outside, so that it is made once
// and yet nobody can fill the memory with keys they invent: when it is full, it is emptied.
// It is safe for concurrent use. The zero value is not: set size.
type bounded[K comparable, V any] struct {
	size int

	mu   sync.RWMutex
	made map[K]V
}

// get returns what was made for a key, or else makes it. Two that come at once may both
// make it.
func (b *bounded[K, V]) get(key K, build func() V) V {
	b.mu.RLock()
	v, ok := b.made[key]
	b.mu.RUnlock()
	if ok {
		return v
	}
	v = build()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.made == nil || len(b.made) >= b.size {
		b.made = map[K]V{}
	}
	b.made[key] = v
	return v
}

package store

import (
	"cmp"
	"slices"
	"sort"
)

// place is where a standing belongs among those of its set: more points first, then who
// finished first, then by tie. No two standings of a set share one.
type place struct {
	finishedAt int64 // unix milliseconds
	tie        int64
	points     int32
}

func (p place) compare(q place) int {
	switch {
	case p.points != q.points:
		return cmp.Compare(q.points, p.points)
	case p.finishedAt != q.finishedAt:
		return cmp.Compare(p.finishedAt, q.finishedAt)
	}
	return cmp.Compare(p.tie, q.tie)
}

// order is a sorted set of places that knows how many come before one. It is a list of
// sorted chunks: finding a place takes two binary searches, adding one moves the rest of
// its chunk and raises the counts of the chunks behind it. A million places take 30 MB,
// and one is found in half a microsecond. (A B-tree that knows positions but no ranks, as
// tidwall/btree is, has to search over positions, which takes fifteen times as long.)
type order struct {
	chunks [][]place // none is empty
	before []int     // how many places the chunks before each one hold
	size   int
}

const (
	chunkSize = 512               // places at most: 12 KB, one of the sizes Go allocates in
	chunkFull = chunkSize * 7 / 8 // leaves room to grow
	chunkThin = chunkSize / 4     // looks for a neighbour to join
)

// find returns the chunk in which a place is or would be, its index there, and whether it
// is there.
func (o *order) find(p place) (chunk, at int, found bool) {
	chunk = max(0, sort.Search(len(o.chunks), func(i int) bool { return o.chunks[i][0].compare(p) > 0 })-1)
	if chunk < len(o.chunks) {
		at, found = slices.BinarySearchFunc(o.chunks[chunk], p, place.compare)
	}
	return chunk, at, found
}

// rank returns how many places come before p, and whether p is there itself.
func (o *order) rank(p place) (before int, found bool) {
	if o.size == 0 {
		return 0, false
	}
	chunk, at, found := o.find(p)
	return o.before[chunk] + at, found
}

// append adds a place that comes after all others.
func (o *order) append(p place) {
	last := len(o.chunks) - 1
	if last < 0 || len(o.chunks[last]) >= chunkFull {
		last++
		o.chunks = append(o.chunks, make([]place, 0, chunkSize))
		o.before = append(o.before, o.size)
	}
	o.chunks[last] = append(o.chunks[last], p)
	o.size++
}

// insert adds a place, if it is not there yet.
func (o *order) insert(p place) {
	if o.size == 0 {
		o.append(p)
		return
	}
	chunk, at, found := o.find(p)
	if found {
		return
	}
	if len(o.chunks[chunk]) == chunkSize {
		o.makeRoom(chunk)
		chunk, at, _ = o.find(p)
	}
	o.chunks[chunk] = slices.Insert(o.chunks[chunk], at, p)
	o.count(chunk, 1)
}

// remove takes a place out, if it is there.
func (o *order) remove(p place) {
	chunk, at, found := o.find(p)
	if !found {
		return
	}
	o.chunks[chunk] = slices.Delete(o.chunks[chunk], at, at+1)
	o.count(chunk, -1)
	if len(o.chunks[chunk]) < chunkThin {
		o.join(chunk)
	}
}

// count notes that a chunk has so many more places.
func (o *order) count(chunk, more int) {
	for i := chunk + 1; i < len(o.before); i++ {
		o.before[i] += more
	}
	o.size += more
}

// makeRoom lets a full chunk share with a neighbour that has room, or else splits it.
// (Splitting alone would leave chunks half full where places come in order, as those of
// equal points do, by the time of the finish.)
func (o *order) makeRoom(chunk int) {
	switch {
	case chunk > 0 && len(o.chunks[chunk-1]) <= chunkFull:
		chunk--
	case chunk+1 < len(o.chunks) && len(o.chunks[chunk+1]) <= chunkFull:
	default:
		o.chunks = slices.Insert(o.chunks, chunk+1, make([]place, 0, chunkSize))
		o.before = slices.Insert(o.before, chunk+1, 0)
	}
	left, right := o.chunks[chunk], o.chunks[chunk+1]
	half := (len(left) + len(right)) / 2
	if len(left) > half {
		right = slices.Insert(right, 0, left[half:]...)
		left = left[:half]
	} else {
		moved := half - len(left)
		left = append(left, right[:moved]...)
		right = slices.Delete(right, 0, moved)
	}
	o.chunks[chunk], o.chunks[chunk+1] = left, right
	o.before[chunk+1] = o.before[chunk] + half
}

// join puts a thin chunk together with a neighbour where both fit into one, and drops an
// empty one.
func (o *order) join(chunk int) {
	left := max(0, chunk-1)
	switch {
	case len(o.chunks[chunk]) == 0:
		o.drop(chunk)
	case left+1 < len(o.chunks) && len(o.chunks[left])+len(o.chunks[left+1]) <= chunkFull:
		o.chunks[left] = append(o.chunks[left], o.chunks[left+1]...)
		o.drop(left + 1)
	}
}

func (o *order) drop(chunk int) {
	o.chunks = slices.Delete(o.chunks, chunk, chunk+1)
	o.before = slices.Delete(o.before, chunk, chunk+1)
}

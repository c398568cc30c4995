package store

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// naive is what order stands for: a sorted slice.
type naive []place

func (n naive) rank(p place) int {
	at, _ := slices.BinarySearchFunc(n, p, place.compare)
	return at
}

func (n *naive) insert(p place) {
	if at, found := slices.BinarySearchFunc(*n, p, place.compare); !found {
		*n = slices.Insert(*n, at, p)
	}
}

func (n *naive) remove(p place) {
	if at, found := slices.BinarySearchFunc(*n, p, place.compare); found {
		*n = slices.Delete(*n, at, at+1)
	}
}

func (o *order) all() (places []place) {
	for _, chunk := range o.chunks {
		places = append(places, chunk...)
	}
	return places
}

// sound checks what order promises itself.
func (o *order) sound(t interface{ Fatalf(string, ...any) }) {
	sum := 0
	for i, chunk := range o.chunks {
		if len(chunk) == 0 || len(chunk) > chunkSize || cap(chunk) != chunkSize {
			t.Fatalf("chunk %d of %d has %d places, room for %d", i, len(o.chunks), len(chunk), cap(chunk))
		}
		if o.before[i] != sum {
			t.Fatalf("%d places are counted before chunk %d, there are %d", o.before[i], i, sum)
		}
		sum += len(chunk)
	}
	if o.size != sum || len(o.before) != len(o.chunks) {
		t.Fatalf("counted %d places, there are %d", o.size, sum)
	}
}

// Whatever is added and taken out, one place at a time or in long runs up, down and at
// random, an order answers as a sorted slice does.
func TestOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var o order
		var n naive
		drawPlace := rapid.Custom(func(t *rapid.T) place {
			return place{
				points:     rapid.Int32Range(-3, 3).Draw(t, "points"),
				finishedAt: rapid.Int64Range(0, 2000).Draw(t, "finishedAt"),
				tie:        rapid.Int64Range(0, 3).Draw(t, "tie"),
			}
		})
		loaded := slices.SortedFunc(slices.Values(rapid.SliceOfN(drawPlace, 0, 50).Draw(t, "loaded")), place.compare)
		for _, p := range slices.Compact(loaded) {
			o.append(p)
			n.insert(p)
		}
		for range rapid.IntRange(0, 12).Draw(t, "steps") {
			p := drawPlace.Draw(t, "place")
			run := rapid.SampledFrom([]int{1, 1, 100, 1500}).Draw(t, "run")
			step := rapid.SampledFrom([]int64{-1, 1, 7, 677}).Draw(t, "step") // 677 visits all in a scattered order
			remove := rapid.Bool().Draw(t, "remove")
			for range run {
				if remove {
					o.remove(p)
					n.remove(p)
				} else {
					o.insert(p)
					n.insert(p)
				}
				p.finishedAt = (p.finishedAt + step + 2001) % 2001
			}
			o.sound(t)
			if !slices.Equal(o.all(), n) {
				t.Fatalf("the order holds\n%v\nand should hold\n%v", o.all(), n)
			}
			for range 20 {
				p := drawPlace.Draw(t, "asked")
				if before, found := o.rank(p); before != n.rank(p) || found != slices.Contains(n, p) {
					t.Fatalf("%d come before %v, should be %d; it is there: %v", before, p, n.rank(p), found)
				}
			}
		}
	})
}

// All of a chunk may leave while its neighbours are too full to join: those with the fewest
// points, say, do better.
func TestOrderDropsEmptyChunks(t *testing.T) {
	for emptied := range 3 {
		var o order
		var n naive
		for i := range int64(3 * chunkFull) {
			o.append(place{finishedAt: 2 * i})
			n.insert(place{finishedAt: 2 * i})
		}
		add := func(p place) { o.insert(p); n.insert(p) }
		for i := range int64(3 * chunkFull) {
			if int(i/chunkFull) != emptied && i%chunkFull < 50 {
				add(place{finishedAt: 2*i + 1})
			}
		}
		for i := range int64(chunkFull) {
			p := place{finishedAt: 2 * (int64(emptied)*chunkFull + i)}
			o.remove(p)
			n.remove(p)
		}
		o.sound(t)
		add(place{finishedAt: int64(2*emptied*chunkFull) + 5})
		o.sound(t)
		if !slices.Equal(o.all(), n) {
			t.Errorf("after chunk %d was emptied the order holds %d places, and should hold %d", emptied, o.size, len(n))
		}
	}
}

func somePlace() place {
	return place{points: rand.Int32N(1170), finishedAt: 1_700_000_000_000 + rand.Int64N(1e11), tie: rand.Int64()}
}

func aMillion() (o order) {
	for range 1_000_000 {
		o.insert(somePlace())
	}
	return o
}

// In whatever order a million standings come, they take at most 40 bytes each.
func TestOrderIsCompact(t *testing.T) {
	for name, next := range map[string]func(i int) place{
		"at random":            func(int) place { return somePlace() },
		"by time":              func(i int) place { return place{points: rand.Int32N(1170), finishedAt: int64(i)} },
		"first of few points":  func(i int) place { return place{points: rand.Int32N(3), finishedAt: int64(i)} },
		"each before the last": func(i int) place { return place{points: int32(i)} },
	} {
		var o order
		const n = 60_000
		for i := range n {
			o.insert(next(i))
		}
		o.sound(t)
		if bytes := len(o.chunks) * chunkSize * 24 / n; bytes > 40 {
			t.Errorf("%s: %d bytes a place", name, bytes)
		}
		for i, p := range o.all() {
			if i%10 != 0 {
				o.remove(p)
			}
		}
		o.sound(t)
		if bytes := len(o.chunks) * chunkSize * 24 / o.size; bytes > 100 {
			t.Errorf("%s, and nine of ten gone: %d bytes a place", name, bytes)
		}
	}
}

func BenchmarkOrderRank(b *testing.B) {
	o := aMillion()
	places := o.all()
	rand.Shuffle(len(places), func(i, j int) { places[i], places[j] = places[j], places[i] })
	i := 0
	for b.Loop() {
		if _, found := o.rank(places[i%len(places)]); !found {
			b.Fatal("no rank")
		}
		i++
	}
}

func BenchmarkOrderInsert(b *testing.B) {
	o := aMillion()
	for b.Loop() {
		p := somePlace()
		o.insert(p)
		o.remove(p)
	}
}

func BenchmarkOrderMemory(b *testing.B) {
	for b.Loop() {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		o := aMillion()
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(o.size), "bytes/standing")
	}
}

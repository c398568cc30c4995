package main

import "time"

// starting measures how soon aula serves on a database that is there, and what it holds
// in memory when nobody calls.
func (b *bench) starting() error {
	starts, idle := 15, 2*time.Second
	if b.Quick {
		starts, idle = 1, 0
	}
	b.report.note("Starts and idle memory are medians of %d starts, the memory after %v without a call.", starts, idle)
	first, err := b.startAula("start")
	if err != nil {
		return err
	}
	first.close()
	var times, memory []float64
	for i := range starts {
		began := time.Now()
		t, err := b.startAula("start") // returns after the first reply
		if err != nil {
			return err
		}
		times = append(times, time.Since(began).Seconds()*1000)
		time.Sleep(idle)
		memory = append(memory, float64(t.resident())/1e6)
		t.close()
		b.progress("start: %d of %d", i+1, starts)
	}
	b.report.row("from exec to the first reply, warm", spreadOf(times), atMost("ms", 50, 20))
	b.report.row("memory when idle (RSS)", spreadOf(memory), atMost("MB", 25, 18))
	return nil
}

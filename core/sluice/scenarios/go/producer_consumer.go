// Several who make, several who take, and one channel between them.
package main

import (
	"fmt"
	"sync"
	"sync/atomic"
)

type item struct{ id int64 }

// [show]
// produce makes items and sends them; it waits as long as the channel is full.
func produce(into chan<- item, next *int64, items int64) {
	for {
		id := atomic.AddInt64(next, 1) - 1
		if id >= items {
			return
		}
		work()
		into <- item{id}
	}
}

// consume takes items until the channel has been closed and is empty.
func consume(from <-chan item, taken *int64) {
	for range from {
		work()
		atomic.AddInt64(taken, 1)
	}
}

func run(producers, consumers, buffer int, items int64) int64 {
	between := make(chan item, buffer)
	var next, taken int64

	var makers, takers sync.WaitGroup
	for i := 0; i < consumers; i++ {
		takers.Add(1)
		go func() {
			defer takers.Done()
			consume(between, &taken)
		}()
	}
	for i := 0; i < producers; i++ {
		makers.Add(1)
		go func() {
			defer makers.Done()
			produce(between, &next, items)
		}()
	}

	makers.Wait()
	close(between) // nobody sends any more; what lies inside is still received
	takers.Wait()
	return taken
}

// [/show]

func work() {}

func main() {
	fmt.Println(run(3, 2, 32, 10_000))
}

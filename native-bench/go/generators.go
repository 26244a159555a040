package main

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
)

// A goroutine makes a channel of 1 and a goroutine that sends one value and closes it, and receives until then.
func generators(items int) error {
	var sum uint64
	var all sync.WaitGroup
	all.Add(items)
	for id := 0; id < items; id++ {
		go func(id uint64) {
			squares := make(chan uint64, 1)
			go func() {
				squares <- id * id
				close(squares)
			}()
			for square := range squares {
				atomic.AddUint64(&sum, square)
			}
			all.Done()
		}(uint64(id))
	}
	all.Wait()
	return checkSquares("gen", sum, items)
}

// Every generator waits in its first send before the first of them is asked.
func generatorsAlive(items int) error {
	var begun int64
	channels := make([]chan uint64, items)
	for id := range channels {
		channels[id] = make(chan uint64)
		go func(into chan uint64, id uint64) {
			atomic.AddInt64(&begun, 1)
			into <- id * id
			close(into)
		}(channels[id], uint64(id))
	}
	for atomic.LoadInt64(&begun) != int64(items) {
		runtime.Gosched()
	}
	residentWhenAllAlive = residentBytes()
	var sum uint64
	for _, from := range channels {
		for square := range from {
			sum += square
		}
	}
	return checkSquares("genalive", sum, items)
}

func checkSquares(name string, sum uint64, items int) error {
	var want uint64
	for id := uint64(0); id < uint64(items); id++ {
		want += id * id
	}
	if sum != want {
		return fmt.Errorf("%s: the sum is %d, not %d", name, sum, want)
	}
	return nil
}

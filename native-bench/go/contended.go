package main

import (
	"fmt"
	"runtime"
	"sync"
)

const prefilled = 1000

// A slice behind a mutex, popped at one end or the other.
type container struct {
	mutex  sync.Mutex
	values []uint64
	fifo   bool
}

func (c *container) push(value uint64) {
	c.mutex.Lock()
	c.values = append(c.values, value)
	c.mutex.Unlock()
}

func (c *container) pop() (value uint64, found bool) {
	c.mutex.Lock()
	if last := len(c.values) - 1; last >= 0 {
		found = true
		if c.fifo {
			value, c.values = c.values[0], c.values[1:]
		} else {
			value, c.values = c.values[last], c.values[:last]
		}
	}
	c.mutex.Unlock()
	return
}

// What went in or came out: how many, and their sum.
type flow struct{ count, sum uint64 }

func (f *flow) add(value uint64) { f.count, f.sum = f.count+1, f.sum+value }

// As many goroutines as workers; a random bit before each operation decides between push and pop.
func contended(fifo bool, operations int) error {
	held := &container{fifo: fifo}
	members := runtime.GOMAXPROCS(0)
	in, out := make([]flow, members+1), make([]flow, members+1)
	for value := uint64(0); value < prefilled; value++ {
		held.push(value)
		in[members].add(value)
	}

	var all sync.WaitGroup
	for m := 0; m < members; m++ {
		all.Add(1)
		go func(who, left int) {
			defer all.Done()
			random := uint64(0x9e3779b97f4a7c15) * uint64(who+1)
			var pushed, popped flow
			for ; left > 0; left-- {
				random ^= random << 13
				random ^= random >> 7
				random ^= random << 17
				if random&1 != 0 {
					held.push(random)
					pushed.add(random)
				} else if value, found := held.pop(); found {
					popped.add(value)
				}
			}
			in[who], out[who] = pushed, popped
		}(m, share(m+1, members, operations)-share(m, members, operations))
	}
	all.Wait()

	for value, found := held.pop(); found; value, found = held.pop() {
		out[members].add(value)
	}
	var wentIn, cameOut flow
	for m := range in {
		wentIn.count, wentIn.sum = wentIn.count+in[m].count, wentIn.sum+in[m].sum
		cameOut.count, cameOut.sum = cameOut.count+out[m].count, cameOut.sum+out[m].sum
	}
	if wentIn != cameOut {
		return fmt.Errorf("%d values went in, %d came out, or others", wentIn.count, cameOut.count)
	}
	return nil
}

// The same addition done wrong and done right.
package main

import (
	"fmt"
	"sync"
	"sync/atomic"
)

// [show]
type counters struct {
	lock   sync.Mutex
	wrong  int // behind lock, but not for the whole of an addition
	right  int // behind lock, for the whole of it
	atOnce int64
}

// addWrongly does two safe steps that are no safe addition. The race detector says
// nothing: there is no data race, only a wrong sum.
func (c *counters) addWrongly() {
	c.lock.Lock()
	seen := c.wrong
	c.lock.Unlock()

	work() // whoever reads now reads the same

	c.lock.Lock()
	c.wrong = seen + 1
	c.lock.Unlock()
}

// addRightly holds the lock from the reading to the writing.
func (c *counters) addRightly() {
	c.lock.Lock()
	defer c.lock.Unlock()
	seen := c.right
	work()
	c.right = seen + 1
}

func count(c *counters, times int) {
	for i := 0; i < times; i++ {
		c.addWrongly()
		c.addRightly()
		atomic.AddInt64(&c.atOnce, 1) // reads and writes in one step
	}
}

// [/show]

func work() {}

func main() {
	var c counters
	var crew sync.WaitGroup
	for i := 0; i < 4; i++ {
		crew.Add(1)
		go func() {
			defer crew.Done()
			count(&c, 10_000)
		}()
	}
	crew.Wait()
	fmt.Println(c.wrong <= 40_000, c.right, c.atOnce)
}

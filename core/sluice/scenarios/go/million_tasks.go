// A million goroutines, all alive at once.
package main

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
)

// [show]
// A crowd waits at a door.
type crowd struct {
	door chan struct{}
	here atomic.Int64
	left sync.WaitGroup
}

func (c *crowd) one() {
	defer c.left.Done()
	c.here.Add(1)
	<-c.door
	work()
}

// gather starts them all, lets them all wait, and opens the door.
func gather(tasks int) (alive int64, bytesEach uint64) {
	c := crowd{door: make(chan struct{})}
	before := memory()
	c.left.Add(tasks)
	for i := 0; i < tasks; i++ {
		go c.one()
	}
	for c.here.Load() < int64(tasks) {
		runtime.Gosched()
	}
	alive, bytesEach = c.here.Load(), (memory()-before)/uint64(tasks)
	close(c.door)
	c.left.Wait()
	return alive, bytesEach
}

// memory is what the heap and the stacks take. A stack begins with 2 KiB.
func memory() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}

// [/show]

func work() {}

func main() {
	alive, bytes := gather(100_000)
	fmt.Println(alive, bytes > 1000)
}

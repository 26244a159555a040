// One table that is mostly read.
package main

import (
	"fmt"
	"math/rand"
	"sync"
)

// [show]
// A table is left half written while a writer works on it: whoever sees that was let in
// too early.
type table struct {
	lock          sync.RWMutex
	first, second int
}

func (t *table) read() (whole bool) {
	t.lock.RLock() // beside others who read
	defer t.lock.RUnlock()
	before := t.first
	work()
	return t.second == before
}

func (t *table) write() {
	t.lock.Lock() // alone; holds back readers that come later
	defer t.lock.Unlock()
	t.first++
	work()
	t.second++
}

// use reads or writes, then does something else.
func use(t *table, operations, readPercent int) (torn int) {
	for i := 0; i < operations; i++ {
		if rand.Intn(100) >= readPercent {
			t.write()
		} else if !t.read() {
			torn++
		}
		work()
	}
	return torn
}

// [/show]

func work() {}

func main() {
	var t table
	var crew sync.WaitGroup
	for i := 0; i < 4; i++ {
		crew.Add(1)
		go func() {
			defer crew.Done()
			if torn := use(&t, 1000, 90); torn > 0 {
				panic(fmt.Sprintf("%d reads saw a write half done", torn))
			}
		}()
	}
	crew.Wait()
	fmt.Println(t.first == t.second)
}

// A queue behind a mutex, and those who wait until something lies in it.
package main

import (
	"fmt"
	"sync"
)

// [show]
// A letterBox is touched by whoever holds its lock, and by nobody else.
type letterBox struct {
	lock    sync.Mutex
	changed *sync.Cond
	letters []int
	closed  bool
}

func newLetterBox() *letterBox {
	b := &letterBox{}
	b.changed = sync.NewCond(&b.lock)
	return b
}

// readLetters takes letters, and sleeps while there is none.
func readLetters(b *letterBox) (read int) {
	for {
		b.lock.Lock()
		for len(b.letters) == 0 && !b.closed {
			b.changed.Wait() // lets go of the lock, and has it again when it returns
		}
		if len(b.letters) == 0 { // closed, and all read
			b.lock.Unlock()
			return read
		}
		b.letters = b.letters[1:]
		b.lock.Unlock()
		work()
		read++
	}
}

func writeLetters(b *letterBox, count int) {
	for number := 1; number <= count; number++ {
		work()
		b.lock.Lock()
		b.letters = append(b.letters, number)
		b.lock.Unlock()
		b.changed.Signal() // or Broadcast, which wakes all of them
	}
	b.lock.Lock()
	b.closed = true
	b.lock.Unlock()
	b.changed.Broadcast() // whoever waits for the last letter waits no longer
}

// [/show]

func work() {}

func main() {
	b := newLetterBox()
	reads := make(chan int)
	for i := 0; i < 6; i++ {
		go func() { reads <- readLetters(b) }()
	}
	writeLetters(b, 10_000)
	sum := 0
	for i := 0; i < 6; i++ {
		sum += <-reads
	}
	fmt.Println(sum)
}

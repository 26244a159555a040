package main

import (
	"fmt"
	"sync"
)

const (
	fibOf     = 32
	fibCalls  = 7049155
	fibWarmUp = 27

	treeNodes      = 3197089
	atRoot         = 2000
	atRootOfWarmUp = 200
	elsewhere      = 8
)

// Without a cutoff: of the two calls in each call, one is a goroutine.
func fibTasks(calls int) error {
	n := fibWarmUp
	if calls == fibCalls {
		n = fibOf
	}
	var value uint64
	fib(n, &value)
	before, want := uint64(1), uint64(0)
	for i := 0; i < n; i++ {
		before, want = want, want+before
	}
	if value != want {
		return fmt.Errorf("fib: %d gives %d, not %d", n, value, want)
	}
	return nil
}

func fib(n int, into *uint64) {
	if n < 2 {
		*into = uint64(n)
		return
	}
	var larger, smaller uint64
	var other sync.WaitGroup
	other.Add(1)
	go func() {
		fib(n-1, &larger)
		other.Done()
	}()
	fib(n-2, &smaller)
	other.Wait()
	*into = larger + smaller
}

// An unbalanced tree that nobody can foresee, a goroutine for each node but the root.
func countTree(nodes int) error {
	children, want := atRoot, uint64(treeNodes)
	if nodes != treeNodes {
		children = atRootOfWarmUp
		want = countAlone(mix(68), children)
	}
	if counted := count(mix(68), children); counted != want {
		return fmt.Errorf("uts: %d of %d nodes", counted, want)
	}
	return nil
}

func count(state uint64, children int) uint64 {
	if children == 0 {
		return 1
	}
	below := make([]uint64, children)
	var all sync.WaitGroup
	all.Add(children)
	for i := range below {
		go func(i int) {
			next := child(state, i)
			below[i] = count(next, childrenOf(next))
			all.Done()
		}(i)
	}
	all.Wait()
	sum := uint64(1)
	for _, each := range below {
		sum += each
	}
	return sum
}

func countAlone(state uint64, children int) uint64 {
	sum := uint64(1)
	for i := 0; i < children; i++ {
		next := child(state, i)
		sum += countAlone(next, childrenOf(next))
	}
	return sum
}

func child(state uint64, i int) uint64 { return mix(state*31 + uint64(i) + 1) }

func childrenOf(state uint64) int {
	if mix(state) < 2303591209400008704 {
		return elsewhere
	}
	return 0
}

// A step of splitmix64.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb
	return x ^ (x >> 31)
}

// A tree of contexts, and one goroutine that waits at each of them.
package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// [show]
var errNobodyNeedsIt = errors.New("nobody needs it any more")

// A node can be cancelled with a cause (since Go 1.20), and everything below it with it.
type node struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
}

// grow makes a tree: the children of i follow one another from i*width + 1.
func grow(root context.Context, size, width int) []node {
	nodes := make([]node, size)
	for i := range nodes {
		parent := root
		if i > 0 {
			parent = nodes[(i-1)/width].ctx
		}
		ctx, cancel := context.WithCancelCause(parent)
		nodes[i] = node{ctx, cancel}
	}
	return nodes
}

// live waits for the end, and tidies up.
func live(n node) error {
	<-n.ctx.Done()
	tidyUp()
	return context.Cause(n.ctx)
}

// shorten gives a child its own deadline. It never outlives its parent's.
func shorten(parent context.Context, wish time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(parent, wish)
}

// [/show]

func tidyUp() {}

func main() {
	const width, size = 3, 40
	nodes := grow(context.Background(), size, width)
	var crew sync.WaitGroup
	causes := make([]error, size)
	for i := range nodes {
		crew.Add(1)
		go func(i int) {
			defer crew.Done()
			causes[i] = live(nodes[i])
		}(i)
	}
	nodes[1].cancel(errNobodyNeedsIt)
	fmt.Println(nodes[4].ctx.Err() != nil, nodes[2].ctx.Err() == nil)
	nodes[0].cancel(nil)
	crew.Wait()
	fmt.Println(causes[4] == errNobodyNeedsIt, causes[2] == context.Canceled)

	parent, cancel := shorten(context.Background(), time.Millisecond)
	defer cancel()
	child, cancelChild := shorten(parent, time.Hour)
	defer cancelChild()
	<-child.Done()
	fmt.Println(child.Err())
}

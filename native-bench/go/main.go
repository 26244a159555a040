// The same questions put to Go: one workload, one sample, one line of JSON.
//
//	go build -o questions . && ./questions -workload=ping-pong -workers=2 -items=1000000 -warm-up=100000
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime"
	"sort"
	"strings"
	"time"
)

// A workload does its work for `items` items and says what is wrong with the result, or nothing.
type workload func(items int) error

var workloads = map[string]workload{
	"ping-pong":         pingPong,
	"threads-ping-pong": pingPongThreads,
	"buffered-1p1c":     func(items int) error { return buffered(1, 1, items) },
	"buffered-4p4c":     func(items int) error { return buffered(4, 4, items) },
	"spawn":             spawn,
	"spawnseq":          spawnInTurn,
	"gen":               generators,
	"genalive":          generatorsAlive,
	"ten-million-alive": generatorsAlive,
	"fib":               fibTasks,
	"uts":               countTree,
	"context-flat":      func(items int) error { return cancelTrees(items, func(i int) int { return 0 }) },
	"context-tree":      func(items int) error { return cancelTrees(items, func(i int) int { return (i - 1) / 10 }) },
	"context-err":       askContext,
	"context-wake":      wakeAll,
	"select-ready-2":    selectReady2,
	"select-ready-8":    selectReady8,
	"select-block-2":    selectBlock2,
	"select-block-8":    selectBlock8,
	"select-poll":       selectPoll,
	"stack":             func(items int) error { return contended(false, items) },
	"queue":             func(items int) error { return contended(true, items) },
	"counter-atomic":    counterAtomic,
	"counter-mutex":     counterMutex,
}

type sample struct {
	Workload string `json:"workload"`
	Workers  int    `json:"workers"`
	Items    int    `json:"items"`
	Ns       int64  `json:"ns"`
	Bytes    int64  `json:"bytes,omitempty"`
	Version  string `json:"version"`
}

func main() {
	name := flag.String("workload", "", "which workload: "+strings.Join(names(), ", "))
	workers := flag.Int("workers", 2, "GOMAXPROCS")
	items := flag.Int("items", 1000000, "how many items to time")
	warmUp := flag.Int("warm-up", 100000, "how many items to run before, untimed")
	flag.Parse()

	run, known := workloads[*name]
	if !known || *workers < 1 || *items < 1 || *warmUp < 0 {
		fmt.Fprintf(os.Stderr, "usage: -workload=%s -workers=N -items=N -warm-up=N\n", strings.Join(names(), "|"))
		os.Exit(2)
	}
	runtime.GOMAXPROCS(*workers)

	before := residentBytes()
	if *warmUp > 0 {
		check(run(*warmUp))
	}
	start, waited = time.Now(), 0
	err := run(*items)
	took := time.Since(start) - waited
	check(err)

	var bytes int64
	if residentWhenAllAlive != 0 {
		bytes = residentWhenAllAlive - before
	}
	line, err := json.Marshal(sample{*name, *workers, *items, took.Nanoseconds(), bytes, runtime.Version()})
	check(err)
	fmt.Println(string(line))
}

// A wrong result has no number.
func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func names() []string {
	var all []string
	for name := range workloads {
		all = append(all, name)
	}
	sort.Strings(all)
	return all
}

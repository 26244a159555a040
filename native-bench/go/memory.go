package main

import (
	"fmt"
	"os"
)

// What was resident when everything was alive, where a workload says so.
var residentWhenAllAlive int64

// The resident bytes of this process; 0 where the system does not tell.
func residentBytes() int64 {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	var total, resident int64
	if _, err := fmt.Sscan(string(text), &total, &resident); err != nil {
		return 0
	}
	return resident * int64(os.Getpagesize())
}

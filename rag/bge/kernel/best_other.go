//go:build !amd64 && !arm64

package kernel

// Best is the fastest implementation that this CPU can run.
func Best() *Set { return Plain() }

package kernel

import "golang.org/x/sys/cpu"

// lanes is how many float32 values a register holds.
const lanes = 8

// Best is the fastest implementation that this CPU can run.
func Best() *Set {
	if !cpu.X86.HasAVX2 || !cpu.X86.HasFMA {
		return Plain()
	}
	return assembly("avx2")
}

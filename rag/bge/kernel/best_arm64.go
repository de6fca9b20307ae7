package kernel

// lanes is how many float32 values a register holds.
const lanes = 4

// Best is the fastest implementation that this CPU can run: every arm64 CPU has
// NEON.
func Best() *Set { return assembly("neon") }

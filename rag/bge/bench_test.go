package bge

import (
	"context"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"footnote/rag/bge/kernel"
	"footnote/rag/bge/weights"
)

var (
	paragraphsFile = flag.String("paragraphs", "", "for BenchmarkPassages: a text, a paragraph a line; as a rule the goldens, joined")
	question       = flag.String("question", "When will the new harbour bridge be opened for trains and for cyclists?", "for BenchmarkQuery; 16 tokens")
)

func benchmarkParagraphs(b *testing.B) []string {
	if *paragraphsFile != "" {
		file, err := os.ReadFile(*paragraphsFile)
		if err != nil {
			b.Fatal(err)
		}
		return strings.Split(strings.TrimSuffix(string(file), "\n"), "\n")
	}
	texts, _ := goldens(b)
	var paragraphs []string
	for ten := range slices.Chunk(texts[6:66], 5) {
		paragraphs = append(paragraphs, strings.Join(ten, " "))
	}
	return paragraphs
}

// BenchmarkPassages measures paragraphs and tokens a second on all CPUs.
func BenchmarkPassages(b *testing.B) {
	e, paragraphs := newEmbedder(b, kernel.Best()), benchmarkParagraphs(b)
	var tokens int
	for _, p := range paragraphs {
		tokens += len(e.tokenizer.encode(nil, p, weights.Positions))
	}
	embedAll(b, e, paragraphs[:2])
	for b.Loop() {
		embedAll(b, e, paragraphs)
	}
	seconds := b.Elapsed().Seconds()
	b.ReportMetric(float64(len(paragraphs)*b.N)/seconds, "paragraphs/s")
	b.ReportMetric(float64(tokens*b.N)/seconds, "tokens/s")
}

// BenchmarkQuery reports the median of 100 queries with nothing else to do, and
// the 95th percentile of 100 while passages are embedded.
func BenchmarkQuery(b *testing.B) {
	e := newEmbedder(b, kernel.Best())
	hundred := func() []float64 {
		times := make([]float64, 100)
		for i := range times {
			start := time.Now()
			if _, err := e.EmbedQuery(context.Background(), *question); err != nil {
				b.Fatal(err)
			}
			times[i] = float64(time.Since(start).Microseconds()) / 1000
		}
		slices.Sort(times)
		return times
	}
	var idle, busy []float64
	for b.Loop() {
		idle = hundred()
		ctx, cancel := context.WithCancel(context.Background())
		stopped := make(chan struct{})
		go func() {
			defer close(stopped)
			_, _ = e.EmbedPassages(ctx, slices.Repeat(benchmarkParagraphs(b), 1000))
		}()
		time.Sleep(20 * time.Millisecond)
		busy = hundred()
		cancel()
		<-stopped
	}
	b.ReportMetric(idle[50], "median-ms")
	b.ReportMetric(busy[50], "busy-median-ms")
	b.ReportMetric(busy[95], "busy-p95-ms")
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		if _, err := New(); err != nil {
			b.Fatal(err)
		}
	}
}

// Hostile texts for the tokenizer, a megabyte each: the time is that of reading
// them.
func BenchmarkTokenizer(b *testing.B) {
	e := newEmbedder(b, kernel.Best())
	for name, part := range map[string]string{"words": "plain words and ", "one word": "a", "accents": "\u0301", "spaces": " ", "brackets": "[", "no pieces": "\u10d0\u10d1 "} {
		text := strings.Repeat(part, 1<<20/len(part))
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				e.tokenizer.encode(nil, text, 1<<30)
			}
		})
	}
}

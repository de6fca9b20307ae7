package bge

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"footnote/rag"
	"footnote/rag/bge/kernel"
	"footnote/rag/bge/weights"
)

var vectorsFile = flag.String("vectors", "testdata/vectors.jsonl", "texts with the original model's vectors, made by reference/vectors.py")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var _ rag.Embedder = (*Embedder)(nil)

func newEmbedder(t testing.TB, set *kernel.Set) *Embedder {
	t.Helper()
	e, err := load(asset, set)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func embedAll(t testing.TB, e *Embedder, texts []string) []rag.Vector {
	t.Helper()
	vectors, err := e.EmbedPassages(context.Background(), texts)
	if err != nil {
		t.Fatal(err)
	}
	return vectors
}

// goldens reads what reference/vectors.py wrote. In short mode it keeps one in
// ten.
func goldens(t testing.TB) (texts []string, vectors []rag.Vector) {
	t.Helper()
	file, err := os.Open(*vectorsFile)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for n := 0; lines.Scan(); n++ {
		if testing.Short() && n%10 != 0 {
			continue
		}
		var golden struct {
			Text   string
			Vector []byte
		}
		if err := json.Unmarshal(lines.Bytes(), &golden); err != nil {
			t.Fatal(err)
		}
		v := make(rag.Vector, len(golden.Vector)/2)
		for i := range v {
			v[i] = float32(int16(binary.LittleEndian.Uint16(golden.Vector[2*i:]))) / 32767
		}
		texts, vectors = append(texts, golden.Text), append(vectors, v)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return texts, vectors
}

func cosine(a, b rag.Vector) float64 {
	var ab, aa, bb float64
	for i := range a {
		ab += float64(a[i]) * float64(b[i])
		aa += float64(a[i]) * float64(a[i])
		bb += float64(b[i]) * float64(b[i])
	}
	return ab / math.Sqrt(aa*bb)
}

// The vectors are those of the original model in float32, but for the rounding
// of the weights. Plain Go passes with the same goldens.
func TestVectors(t *testing.T) {
	texts, want := goldens(t)
	best := embedAll(t, newEmbedder(t, kernel.Best()), texts)
	checkCosines(t, kernel.Best().Name, texts, best, want, .998, .9995)
	if kernel.Best().Name == "plain" {
		return
	}

	some := min(len(texts), 50) // plain Go is slow, and slower with -race
	if testing.Short() {
		some = 3
	}
	plain := embedAll(t, newEmbedder(t, kernel.Plain()), texts[:some])
	checkCosines(t, "plain", texts, plain, want, .998, .9995)
	checkCosines(t, "best against plain", texts, best[:some], plain, .99999, .99999)
}

func checkCosines(t *testing.T, what string, texts []string, got, want []rag.Vector, each, median float64) {
	t.Helper()
	cosines := make([]float64, len(got))
	for i := range got {
		cosines[i] = cosine(got[i], want[i])
		if cosines[i] < each {
			t.Errorf("%s: cosine %.6f for %.60q", what, cosines[i], texts[i])
		}
	}
	slices.Sort(cosines)
	middle := cosines[len(cosines)/2]
	t.Logf("%s: %d texts, cosine at least %.6f, median %.6f", what, len(got), cosines[0], middle)
	if middle < median {
		t.Errorf("%s: median cosine %.6f", what, middle)
	}
}

func TestUnitLength(t *testing.T) {
	texts, _ := goldens(t)
	texts = append(texts[:10], "", " ", "\x00\xff\xfe", strings.Repeat("word ", 1000))
	for i, v := range embedAll(t, newEmbedder(t, kernel.Best()), texts) {
		var square float64
		for _, x := range v {
			square += float64(x) * float64(x)
		}
		if len(v) != weights.Hidden || math.Abs(square-1) > 1e-6 {
			t.Errorf("%.40q: %d values, squared length %v", texts[i], len(v), square)
		}
	}
}

// Bit for bit, a vector depends neither on the batch nor on how many are
// computed at a time, nor on what the memory held before.
func TestBatchDoesNotMatter(t *testing.T) {
	texts, _ := goldens(t)
	if len(texts) > 20 {
		texts = texts[len(texts)-20:]
	}
	e := newEmbedder(t, kernel.Best())
	want := embedAll(t, e, texts)
	one := newEmbedder(t, kernel.Best())
	one.turns = newTurns(1)
	many := newEmbedder(t, kernel.Best())
	many.turns = newTurns(7)
	backwards := slices.Clone(texts)
	slices.Reverse(backwards)
	for _, e := range []*Embedder{one, many} {
		got := embedAll(t, e, backwards)
		slices.Reverse(got)
		for i := range texts {
			alone := embedAll(t, e, texts[i:i+1])[0]
			if !slices.Equal(got[i], want[i]) || !slices.Equal(alone, want[i]) {
				t.Errorf("another vector in another batch: %.60q", texts[i])
			}
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	texts, _ := goldens(t)
	texts = texts[:8]
	e := newEmbedder(t, kernel.Best())
	want := embedAll(t, e, texts)
	asked := make([]string, len(texts)) // as a question's vector is that of these words
	for i, text := range texts {
		asked[i] = "Represent this sentence for searching relevant passages: " + text
	}
	wantAsked := embedAll(t, e, asked)
	var callers sync.WaitGroup
	for n := range 6 {
		callers.Go(func() {
			if n%2 == 0 {
				got, err := e.EmbedPassages(context.Background(), texts)
				if err != nil || !slices.EqualFunc(got, want, slices.Equal[rag.Vector]) {
					t.Errorf("passages: other vectors, error %v", err)
				}
				return
			}
			for i, text := range texts {
				got, err := e.EmbedQuery(context.Background(), text)
				if err != nil || !slices.Equal(got, wantAsked[i]) {
					t.Errorf("query %d: another vector, error %v", i, err)
				}
			}
		})
	}
	callers.Wait()
}

func TestCancel(t *testing.T) {
	e := newEmbedder(t, kernel.Best())
	ctx, cancel := context.WithCancel(context.Background())
	texts := make([]string, 1_000_000) // takes far longer than the test may
	for i := range texts {
		texts[i] = "so many texts"
	}
	done := make(chan error)
	go func() {
		vectors, err := e.EmbedPassages(ctx, texts)
		if vectors != nil {
			t.Error("vectors in spite of the end of the context")
		}
		done <- err
	}()
	if _, err := e.EmbedQuery(ctx, "a question in between"); err != nil {
		t.Error(err)
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("passages: error %v", err)
	}
	if _, err := e.EmbedQuery(ctx, "too late"); !errors.Is(err, context.Canceled) {
		t.Errorf("query: error %v", err)
	}
	embedAll(t, e, texts[:3]) // all turns are back
	if e.turns.free != e.turns.all {
		t.Errorf("%d turns of %d are free", e.turns.free, e.turns.all)
	}
}

func TestNoTexts(t *testing.T) {
	if got := embedAll(t, newEmbedder(t, kernel.Best()), nil); len(got) != 0 {
		t.Errorf("%d vectors", len(got))
	}
}

// Memory is taken once a text, not once a token.
func TestAllocations(t *testing.T) {
	e := newEmbedder(t, kernel.Best())
	text := strings.Repeat("a word or two, ", 40)
	if n := testing.AllocsPerRun(5, func() { _, _ = e.EmbedQuery(context.Background(), text) }); n > 20 {
		t.Errorf("%v allocations for 200 tokens", n)
	}
}

func TestDamagedWeights(t *testing.T) {
	flipped := bytes.Clone(asset)
	flipped[len(flipped)/2] ^= 1
	for name, file := range map[string][]byte{
		"empty":       nil,
		"a text":      []byte(strings.Repeat("no weights ", 10)),
		"cut":         asset[:len(asset)-1],
		"longer":      append(bytes.Clone(asset), 0),
		"header only": asset[:12],
		"one bit":     flipped,
	} {
		if _, err := load(file, kernel.Best()); !errors.Is(err, weights.ErrDamaged) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// A change of the weights needs a new name, or old vectors would stay in use.
func TestNameFollowsWeights(t *testing.T) {
	sum, err := weights.Sum(asset)
	if err != nil {
		t.Fatal(err)
	}
	const named = "bge-small-en-v1.5-int8.1 with 532ff1fd"
	if got := fmt.Sprintf("%s with %08x", modelName, sum); got != named {
		t.Errorf("the model is %s, the test knows %s", got, named)
	}
}

func TestWeightsRoundTrip(t *testing.T) {
	m, err := weights.Read(asset)
	if err != nil {
		t.Fatal(err)
	}
	file, err := weights.Write(m)
	if err != nil || !bytes.Equal(file, asset) {
		t.Errorf("written again, the weights are %d bytes instead of %d, or others; error %v", len(file), len(asset), err)
	}
}

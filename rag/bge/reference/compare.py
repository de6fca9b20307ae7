"""Prints how fast the Go embedder is against onnxruntime, both on the same
paragraphs in the same run.

    python3 compare.py MODEL_FOLDER DOCS_FOLDER [ROUNDS]

DOCS_FOLDER holds *.txt with a paragraph a line; 500 of them are taken.
onnxruntime computes in float32 with two threads, and gets its best batch size
of 1, 8 and 32, paragraphs sorted by length and cut into tokens beforehand; the
Go embedder gets GOMAXPROCS=2 and text. Questions are cut beforehand as well, and
have the instruction in front. Each round runs both, one after the other, and the
median of the rounds' ratios comes last. Needs what model.py needs, and go.
"""

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

import onnxruntime

from model import Model, paragraphs, tokenizer

THREADS, COUNT = 2, 500
INSTRUCTION = "Represent this sentence for searching relevant passages: "
QUESTION = "When will the new harbour bridge be opened for trains and for cyclists?"


class Timed(Model):
    def rate(self, texts, tokens, size):
        """Paragraphs a second, tokens cut beforehand."""
        batch = sorted((tokens.encode(t).ids for t in texts), key=len)
        start = time.perf_counter()
        for i in range(0, len(batch), size):
            self.embed(batch[i : i + size])
        return len(batch) / (time.perf_counter() - start)

    def query(self, tokens):
        """Milliseconds, the median of 100."""
        times = []
        for _ in range(100):
            start = time.perf_counter()
            self.embed([tokens.encode(INSTRUCTION + QUESTION).ids])
            times.append(1e3 * (time.perf_counter() - start))
        return statistics.median(times)


def go(test, paragraphs_file):
    """Paragraphs a second and milliseconds for the question."""
    out = subprocess.run([test, "-test.run=^$", "-test.bench=^Benchmark(Passages|Query)$", "-test.benchtime=1x",
                          "-paragraphs", paragraphs_file, "-question", QUESTION],
                         check=True, capture_output=True, text=True, env=os.environ | {"GOMAXPROCS": str(THREADS)}).stdout
    return float(re.search(r"([\d.e+]+) paragraphs/s", out)[1]), float(re.search(r"([\d.e+]+) median-ms", out)[1])


def main():
    folder, docs = sys.argv[1:3]
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    texts, tokens = paragraphs(docs, COUNT), tokenizer(folder)
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    with tempfile.TemporaryDirectory() as work:
        test, lines = work + "/bge.test", work + "/paragraphs.txt"
        subprocess.run(["go", "test", "-c", "-o", test, package], check=True, cwd=package)
        with open(lines, "w", encoding="utf-8") as f:
            f.write("\n".join(texts) + "\n")
        onnx = Timed(folder, THREADS)
        onnx.rate(texts[:20], tokens, 1)
        best = max((1, 8, 32), key=lambda size: onnx.rate(texts[:100], tokens, size))
        length = statistics.mean(len(tokens.encode(t).ids) for t in texts)
        print(f"{len(texts)} paragraphs of {length:.0f} tokens, a question of {len(tokens.encode(INSTRUCTION + QUESTION).ids)}; "
              f"onnxruntime {onnxruntime.__version__} with batches of {best}")
        ratios, query_ratios = [], []
        for _ in range(rounds):
            theirs, theirs_query = onnx.rate(texts, tokens, best), onnx.query(tokens)
            ours, ours_query = go(test, lines)
            ratios.append(ours / theirs)
            query_ratios.append(theirs_query / ours_query)
            print(f"paragraphs/s: {ours:.1f} here, {theirs:.1f} onnxruntime, ratio {ratios[-1]:.2f}; "
                  f"question: {ours_query:.2f} ms here, {theirs_query:.2f} ms onnxruntime, ratio {query_ratios[-1]:.2f}", flush=True)
        print(f"median ratio: paragraphs {statistics.median(ratios):.2f}, question {statistics.median(query_ratios):.2f}")


main()

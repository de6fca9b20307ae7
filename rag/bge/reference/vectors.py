"""Writes texts and their reference vectors, as JSON lines.

    python3 vectors.py MODEL_FOLDER DOCS_FOLDER 500 > vectors.jsonl
    go test ./rag/bge -run TestVectors -v -vectors vectors.jsonl

    python3 vectors.py MODEL_FOLDER ../testdata/texts.json > ../testdata/vectors.jsonl

The first form takes paragraphs of a folder of *.txt, the second the texts of a
JSON list. A vector is 384 int16, little-endian, in base64: 32767 times the
value. Needs what model.py needs.
"""

import base64
import json
import sys

import numpy as np

from model import Model, paragraphs, tokenizer


def main():
    folder, source = sys.argv[1:3]
    if source.endswith(".json"):
        with open(source, encoding="utf-8") as f:
            texts = json.load(f)
    else:
        texts = paragraphs(source, int(sys.argv[3]))
    model, tokens = Model(folder), tokenizer(folder)
    for text in texts:
        v = np.round(model.embed([tokens.encode(text).ids])[0] * 32767).astype("<i2")
        print(json.dumps({"text": text, "vector": base64.b64encode(v.tobytes()).decode()}, ensure_ascii=False))


main()

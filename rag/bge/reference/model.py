"""The published model, in float32 with onnxruntime, to compare with.

Needs: onnxruntime, tokenizers, numpy. MODEL_FOLDER is the folder with the .onnx
and the tokenizer.json; ../convert/main.go says where they are from.
"""

import glob
import random

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

NAME, LONGEST = "bge-small-en-v1.5", 256


class Model:
    def __init__(self, folder, threads=2):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self.session = onnxruntime.InferenceSession(f"{folder}/{NAME}.onnx", options, providers=["CPUExecutionProvider"])

    def embed(self, batch):
        """Lists of ids as vectors: those of the first tokens, at unit length."""
        ids, mask = pad(batch)
        inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        v = self.session.run(None, inputs)[0][:, 0]
        return v / np.linalg.norm(v, axis=1, keepdims=True)


def tokenizer(folder):
    t = Tokenizer.from_file(f"{folder}/{NAME}-tokenizer.json")
    t.no_padding()
    t.enable_truncation(LONGEST)
    return t


def pad(batch):
    """Lists of ids as two arrays, ids and mask."""
    ids = np.zeros((len(batch), max(map(len, batch))), np.int64)
    mask = np.zeros_like(ids)
    for row, tokens in enumerate(batch):
        ids[row, : len(tokens)] = tokens
        mask[row, : len(tokens)] = 1
    return ids, mask


def paragraphs(folder, count):
    """The same count of paragraphs (lines) of a folder's *.txt each time."""
    lines = []
    for name in sorted(glob.glob(folder + "/*.txt")):
        with open(name, encoding="utf-8") as f:
            lines += [line for line in f.read().split("\n") if line.strip()]
    return random.Random(1).sample(lines, min(count, len(lines)))

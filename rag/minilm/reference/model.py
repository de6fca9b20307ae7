"""The original model, in float32 with torch, to compare with.

Needs: torch, safetensors, tokenizers, numpy. MODEL_FOLDER is the folder with
model.safetensors and tokenizer.json; ../convert/main.go says where it is from.
"""

import glob
import random

import numpy as np
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch.nn import functional

LAYERS, HEADS, HIDDEN, LONGEST = 6, 12, 384, 256


class MiniLM(torch.nn.Module):
    """Takes ids and mask (texts x tokens), returns hidden states."""

    def __init__(self, folder):
        super().__init__()
        for name, tensor in load_file(folder + "/model.safetensors").items():
            if tensor.is_floating_point():
                self.register_buffer(name.replace(".", "_"), tensor.float())

    def get(self, name):
        return getattr(self, name.replace(".", "_"))

    def linear(self, x, name):
        return functional.linear(x, self.get(name + ".weight"), self.get(name + ".bias"))

    def norm(self, x, name):
        return functional.layer_norm(x, (HIDDEN,), self.get(name + ".weight"), self.get(name + ".bias"), 1e-12)

    def heads(self, x):
        return x.reshape(x.shape[0], x.shape[1], HEADS, HIDDEN // HEADS).permute(0, 2, 1, 3)

    def forward(self, ids, mask):
        x = self.get("embeddings.word_embeddings.weight")[ids]
        x = x + self.get("embeddings.position_embeddings.weight")[torch.arange(ids.shape[1])]
        x = self.norm(x + self.get("embeddings.token_type_embeddings.weight")[0], "embeddings.LayerNorm")
        hide = (1.0 - mask.float())[:, None, None, :] * -1e9
        for i in range(LAYERS):
            at = f"encoder.layer.{i}."
            q, k, v = (self.heads(self.linear(x, f"{at}attention.self.{n}")) for n in ("query", "key", "value"))
            weights = torch.softmax(q @ k.transpose(-1, -2) / (HIDDEN / HEADS) ** 0.5 + hide, -1)
            found = (weights @ v).permute(0, 2, 1, 3).reshape(x.shape)
            x = self.norm(x + self.linear(found, at + "attention.output.dense"), at + "attention.output.LayerNorm")
            inner = functional.gelu(self.linear(x, at + "intermediate.dense"))
            x = self.norm(x + self.linear(inner, at + "output.dense"), at + "output.LayerNorm")
        return x


def tokenizer(folder):
    t = Tokenizer.from_file(folder + "/tokenizer.json")
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


def pool(hidden, mask):
    """The mean of each text's tokens, at unit length."""
    v = (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdims=True)
    return v / np.linalg.norm(v, axis=1, keepdims=True)


def paragraphs(folder, count):
    """The same count of paragraphs (lines) of a folder's *.txt each time."""
    lines = []
    for name in sorted(glob.glob(folder + "/*.txt")):
        with open(name, encoding="utf-8") as f:
            lines += [line for line in f.read().split("\n") if line.strip()]
    return random.Random(1).sample(lines, min(count, len(lines)))

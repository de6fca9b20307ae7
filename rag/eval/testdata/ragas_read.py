"""Reads samples as ragas does and prints them back, as a JSON list.

    pip install ragas
    python3 ragas_read.py SAMPLES

TestRagas calls it if python3 finds the package, and skips otherwise."""

import json
import sys

from ragas import EvaluationDataset

dataset = EvaluationDataset.from_jsonl(sys.argv[1])
print(json.dumps({"type": dataset.get_sample_type().__name__, "samples": dataset.to_list()}))

"""Prints what trec_eval says of a run, as JSON: question -> measure -> value.

    pip install pytrec_eval-terrier
    python3 trec_eval.py QRELS RUN

TestTrecEval calls it if python3 finds the package, and skips otherwise."""

import json
import sys

import pytrec_eval

with open(sys.argv[1]) as f:
    qrels = pytrec_eval.parse_qrel(f)
with open(sys.argv[2]) as f:
    run = pytrec_eval.parse_run(f)
measures = {"recip_rank", "recall.1,3,5,10", "success.1,3,5,10", "ndcg_cut.1,3,5,10"}
print(json.dumps(pytrec_eval.RelevanceEvaluator(qrels, measures).evaluate(run)))

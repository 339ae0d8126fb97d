"""A made-up run of a text encoder's training."""

from typing import Any

import numpy as np
from run_records import NASTY

from bert_keras.evaluation import METRICS
from bert_keras.reporting import Curve, HardGroup, VectorFindings, VectorRunRecord

KINDS = ("pairs", "triples", "scored_pairs", "labelled_texts")


def vector_record(kind: str, values: Any = (1, 2, 0, 7)) -> VectorRunRecord:
    names = METRICS[kind]
    report = {
        "metrics": dict.fromkeys(names, 0.75) | {"by_dimension": [{"dimension": 128} | dict.fromkeys(names, 0.5)]},
        "test_metrics": dict.fromkeys(names, 0.25),
        "baseline": {
            split: {"prediction": "the model before", "heading": "before", names[0]: 0.5, names[1]: 0.5}
            for split in ("dev", "test")
        },
        "interval": {"dev": {names[0]: [0.7, 0.8]}},
        "data": {
            "train": {"file": "train.csv", "rows_read": 5, "rows": 4, "texts": 8, "left_out": {"no text": 1}},
            "dev": {"file": "dev.csv", "rows_read": 4, "rows": 4, "texts": 8, "left_out": {}, "in_train": 2},
        },
        "training": {"epochs": 1, "history": {"loss": [0.5]}},
        "model": {"preset": "tiny", "task": kind, "pooling": ["mean"], "dimension": 384},
        "environment": {"python": "3.11"},
    }
    cosines = np.linspace(0.1, 0.9, 9)
    findings = VectorFindings(cosines, cosines - 0.3, np.array(values))
    scored = kind == "scored_pairs"
    hard = [
        HardGroup(
            [text, "its pair"], "4.5" if scored else "", 9.0, 7.0, None if scored else text[::-1], "dev.csv, line 3"
        )
        for text in NASTY
    ]
    curve = {"loss": Curve([1, 2], [0.9, 0.5])}
    lengths = {"train": np.arange(2, 10), "dev": np.arange(3, 7)}
    numbers = np.arange(4.0) if scored else np.zeros(0)
    return VectorRunRecord(
        "my run", report, curve, {}, lengths, findings, findings, numbers, hard, "runs/my run", "saved_models/my run"
    )

"""Finished runs of each kind, made up of random numbers."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from bert_keras import evaluation
from bert_keras.reporting import Curve, Evaluated, RowText, RunRecord

NASTY = (
    "<img src=x onerror=alert(1)>",
    "</style><script>alert('x')</script>",
    '"><svg onload=alert(1)>',
    "{{ 7*7 }} {% raw %}",
    "$\\frac{1}{2}$ & &amp; *a* _b_ `c` | [x](javascript:alert(1))",
    "שלום עולם, مرحبا 123",
    "東京 😀\nzwei\tZeilen",
    "url(http://example.com/x.png) https://example.com",
)
_SENTENCE = "a charming journey of two hours that never quite finds its way home and yet the ending stays with you"
_WORDS = tuple(_SENTENCE.split(" "))


def texts(count: int, seed: int = 0) -> list[str]:
    """Sentences of random words, now and then a nasty one, now and then a long one."""
    random = np.random.default_rng(seed)
    made = [" ".join(random.choice(_WORDS, random.integers(2, 40))) for _ in range(count)]
    made[: len(NASTY)] = NASTY[:count]
    made[len(NASTY)] = " ".join(made * 3)[:3000]
    return made


def outputs(task: str, targets: np.ndarray, labels: int, seed: int = 0, noise: float = 1.0) -> np.ndarray:
    """What a fairly good model says."""
    random = np.random.default_rng(seed)
    if task == "regression":
        return (targets + random.normal(0, 0.5 * noise, len(targets))).astype(np.float32)
    if task == "multi_label":
        logits = (targets * 2 - 1) * 2.0 + random.normal(0, 1.5 * noise, targets.shape)
        return (1 / (1 + np.exp(-logits))).astype(np.float32)
    logits = np.eye(labels)[targets] * 4 + random.normal(0, 1.2 * noise, [len(targets), labels])
    powers = np.exp(logits)
    return (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)


def targets(task: str, rows: int, labels: int, seed: int = 0) -> np.ndarray:
    """What is true."""
    random = np.random.default_rng(seed)
    if task == "regression":
        return random.uniform(0, 5, rows)
    return (
        (random.uniform(size=[rows, labels]) < 0.3).astype(np.float32)
        if task == "multi_label"
        else random.integers(labels, size=rows)
    )


def run_record(task: str, labels: Sequence[str], rows: int = 120, steps: int = 60, pairs: bool = False) -> RunRecord:
    """A run on as many rows of dev and half as many of test."""
    evaluated, scores = {}, {}
    for place, split in enumerate(("dev", "test")):
        count = rows // (place + 1)
        true = targets(task, count, len(labels), place)
        given = outputs(task, true, len(labels), place)
        lines = texts(count, place)

        def find(chosen: Sequence[int], lines: list[str] = lines, split: str = split) -> list[RowText]:
            return [
                RowText(lines[row], lines[row - 1] if pairs else None, f"{split}.tsv, line {row + 2}") for row in chosen
            ]

        lengths = np.array([min(128, 2 + len(line.split())) for line in lines])
        evaluated[split] = Evaluated(true, given, lengths, find)
        scores[split] = evaluation.scores(task, true, given, labels)
    random = np.random.default_rng(1)
    at = list(range(1, steps + 1))
    fall = 0.2 + np.exp(-np.arange(steps) / (0.3 * steps)) + random.normal(0, 0.05, steps)
    metric = evaluation.METRICS[task][0]
    train = {
        "loss": Curve(at, fall.tolist()),
        metric: Curve(at, (1 - 0.5 * fall).tolist()),
        "learning_rate": Curve(at, np.interp(at, [0, steps / 10, steps], [0, 5e-5, 0]).tolist()),
        "gradient_norm": Curve(at, (fall * 5).tolist()),
    }
    ends = [steps // 3, 2 * steps // 3, steps]
    dev = {"loss": Curve(ends, [0.6, 0.4, 0.35]), metric: Curve(ends, [0.7, 0.8, 0.83])}
    return RunRecord(
        "my <run>",
        report(task, labels, scores, rows),
        train,
        dev,
        evaluated,
        lengths,
        "runs/my run",
        pairs,
        "saved_models/mine",
    )


def report(task: str, labels: Sequence[str], scores: dict[str, dict[str, Any]], rows: int) -> dict[str, Any]:
    """What `report.json` of that run holds."""
    split = {
        "rows_read": rows + 3,
        "rows_left_out": {"empty text": 2, "empty label": 1},
        "rows_cut": 4,
        "duplicates": 1,
    }
    return {
        "metrics": scores["dev"],
        "test_metrics": scores["test"],
        "training": {
            "seconds": 73.25,
            "steps": 60,
            "examples_per_second": 812.34,
            "epochs": 3,
            "history": {"loss": [1.0, 0.5, 0.4], "val_loss": [0.6, 0.4, 0.35]},
            "recipe": {"learning_rate": 5e-5, "batch_size": 32, "seed": 0, "class_weights": "none", "patience": None},
        },
        "data": {
            "train": {"file": "data/<b>train</b>.tsv", **split},
            "dev": {"file": "data/dev.tsv", **split, "in_train": 2},
            "test": {"file": "data/test.tsv", **split, "in_train": 0},
        },
        "model": {
            "preset": "minilm_l6_en_uncased",
            "task": task,
            "labels": list(labels),
            "parameters": 22_713_986,
            "trainable_parameters": 22_713_986,
        },
        "environment": {
            "python": "3.11.2",
            "versions": {"keras": "3.15.1", "tensorflow": "2.21.0"},
            "cores": 2,
            "precision": "float32",
        },
        "seed": 0,
    }

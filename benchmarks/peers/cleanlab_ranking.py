"""Ranks rows by the doubt about their labels with cleanlab; see `label_errors.py`."""

from pathlib import Path
from typing import Any

import numpy as np
from cleanlab.filter import find_label_issues
from cleanlab.rank import get_label_quality_scores
from peers.protocol import Requests

METHODS = ("self_confidence", "normalized_margin")


def rank(file: str) -> dict[str, Any]:
    """Ranks the rows of a file of labels and probabilities; returns the file with the orders, most doubtful first."""
    judged = np.load(file)
    labels, probabilities = judged["labels"], judged["probabilities"].astype(np.float64)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    orders = {
        method: np.argsort(get_label_quality_scores(labels, probabilities, method=method), kind="stable")
        for method in METHODS
    }
    in_error = find_label_issues(labels, probabilities, filter_by="prune_by_noise_rate", n_jobs=1)
    ranked = Path(file).with_name("ranked.npz")
    np.savez(ranked, in_error=in_error, **orders)
    return {"file": str(ranked), "methods": list(METHODS)}


if __name__ == "__main__":
    Requests().serve({"rank": rank})

"""Pictures of the lengths of rows, and of scores by length."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from bert_keras.evaluation import LengthBucket
from bert_keras.reporting.drawing import MUTED, SERIES, chart, legend
from bert_keras.reporting.names import title

_BINS = 40


def length_figure(lengths: Mapping[str, np.ndarray], what: str = "rows") -> Figure:
    """Draws a histogram of the row lengths of each split, as shares of its rows.

    Args:
        lengths: The number of tokens per row, `[rows]`, by split.
        what: The plural for rows on the axis, e.g. `windows`.

    Returns:
        The figure.
    """
    figure, axes = chart("length", "tokens, [CLS] and [SEP] included", f"share of the {what}")
    longest = max(int(of.max()) for of in lengths.values())
    edges = np.unique(np.linspace(0, longest, min(_BINS, longest) + 1).round())
    for colour, (split, of) in zip(SERIES, lengths.items(), strict=False):
        behind = split == "train"
        counts = np.histogram(of, edges)[0]
        axes.stairs(counts / max(1, len(of)), edges, color=colour, fill=behind, alpha=0.35 if behind else 1)
        axes.plot([], [], color=colour, alpha=0.5 if behind else 1, label=f"{split}, median {np.median(of):.0f}")
    axes.set_xlim(0)
    legend(axes)
    return figure


def by_length_figure(buckets: Sequence[LengthBucket], metric: str) -> Figure:
    """Draws a metric by the length of the rows.

    Args:
        buckets: The result of `evaluation.scores_by_length`.
        metric: The name of the metric.

    Returns:
        The figure; each bar is labelled with its number of rows.
    """
    figure, axes = chart(f"{title(metric)} by length", "tokens", title(metric))
    values = [bucket.metrics[metric] for bucket in buckets]
    bars = axes.bar(range(len(buckets)), values, color=SERIES[0], width=0.7)
    axes.set_xticks(range(len(buckets)), [bucket_name(bucket) for bucket in buckets])
    axes.bar_label(bars, [f"{bucket.rows:,}\nrows" for bucket in buckets], color=MUTED, fontsize=8, padding=2)
    axes.grid(visible=False, axis="x")
    low, high = min(0.0, *values), max(0.0, *values)
    axes.set_ylim(1.2 * low, 1.2 * high or 1)
    return figure


def bucket_name(bucket: LengthBucket) -> str:
    """Returns the range of lengths in a bucket as text, e.g. `17-32` or `129+`."""
    return f"{bucket.shortest}+" if bucket.longest is None else f"{bucket.shortest}-{bucket.longest}"

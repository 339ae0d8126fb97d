"""The metrics of a split beside their intervals and what a constant answer scores, as reports show them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bert_keras.reporting.names import better_is_lower, score, title

PREDICTION = "prediction"
"""The key of a baseline in `report.json` that describes its constant answer; all others are metrics."""

HEADING = "heading"
"""The key of a baseline in `report.json` that names it in a word or two, if it is no constant answer."""
_CONSTANT = "constant"

Form = Callable[[float], str]
"""A function that returns a metric as text."""


@dataclass(frozen=True)
class Headline:
    """A metric of a split.

    Attributes:
        metric: The name of the metric.
        value: Its value.
        interval: The low and the high end of its 95 % interval; `None` if it has none.
        baseline: What a constant answer scores; `None` if that is not known.
    """

    metric: str
    value: float
    interval: tuple[float, float] | None = None
    baseline: float | None = None

    @property
    def beats_baseline(self) -> bool:
        """Whether the whole interval is better than the baseline; true if either is missing."""
        if self.interval is None or self.baseline is None:
            return True
        low, high = self.interval
        return high < self.baseline if better_is_lower(self.metric) else low > self.baseline


@dataclass(frozen=True)
class Headlines:
    """The metrics of a split.

    Attributes:
        split: The name of the split.
        prediction: The constant answer in words, e.g. `always 'positive'`; empty without a baseline.
        of: The metrics, the main one first.
        heading: What the baseline is called.
    """

    split: str
    prediction: str
    of: list[Headline]
    heading: str = _CONSTANT

    def rows(self, form: Form = score) -> list[list[str]]:
        """Returns the cells of a table: name, value, interval and baseline of each metric, as far as they are known.

        Args:
            form: A function that returns a metric as text.
        """
        shown = [["" if ends is None else interval_words(ends, form) for ends in self._intervals]]
        if self.prediction:
            shown.append(["" if one.baseline is None else form(one.baseline) for one in self.of])
        names, values = [title(one.metric) for one in self.of], [form(one.value) for one in self.of]
        return [list(row) for row in zip(names, values, *shown, strict=True)]

    @property
    def heads(self) -> list[str]:
        """The headings of the columns of `rows`."""
        return [self.split, "value", "95 % interval", *([self.heading] if self.prediction else [])]

    @property
    def is_constant(self) -> bool:
        """Whether the baseline is one answer for all rows."""
        return self.heading == _CONSTANT

    def warning(self, form: Form = score) -> str | None:
        """Returns a sentence if the main metric does not beat its baseline; `None` if it does."""
        main = self.of[0]
        if main.beats_baseline or main.interval is None or main.baseline is None:
            return None
        return (
            f"{self.split}: {title(main.metric)} {form(main.value)} ({interval_words(main.interval, form)}) does not "
            f"beat {self.prediction} ({form(main.baseline)})"
        )

    @property
    def _intervals(self) -> list[tuple[float, float] | None]:
        return [one.interval for one in self.of]


def headlines(report: Mapping[str, Any], split: str, scores: Mapping[str, Any], metrics: Iterable[str]) -> Headlines:
    """Returns metrics of a split with the intervals and baselines that a report holds.

    Args:
        report: The content of `report.json`, or as much of it as is known: `baseline` and `interval`, by split.
        split: The split.
        scores: The metrics of the split by name.
        metrics: The names of the metrics, the main one first; those that are missing are left out.

    Returns:
        The metrics.
    """
    baseline = report.get("baseline", {}).get(split, {})
    intervals: Mapping[str, Sequence[float]] = report.get("interval", {}).get(split, {})
    ends = {name: (low, high) for name, (low, high) in intervals.items()}
    found = [
        Headline(name, scores[name], ends.get(name), baseline.get(name))
        for name in metrics
        if scores.get(name) is not None
    ]
    return Headlines(split, str(baseline.get(PREDICTION, "")), found, str(baseline.get(HEADING, _CONSTANT)))


def headlines_of_splits(report: Mapping[str, Any], metrics: Iterable[str]) -> list[Headlines]:
    """Returns the metrics of dev and, where it was evaluated, of test; the arguments are those of `headlines`."""
    splits = {"dev": report["metrics"], "test": report.get("test_metrics")}
    names = list(metrics)
    return [headlines(report, split, scores, names) for split, scores in splits.items() if scores is not None]


def interval_words(ends: tuple[float, float], form: Form = score) -> str:
    """Returns an interval as text, e.g. `0.86 to 0.95`."""
    return f"{form(ends[0])} to {form(ends[1])}"

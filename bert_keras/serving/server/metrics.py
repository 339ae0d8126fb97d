"""Metrics under TensorFlow Serving's names, as Prometheus reads them."""

import bisect
from collections.abc import Callable, Iterable

from bert_keras.serving.server.codes import code_name
from bert_keras.serving.server.records import RequestRecord

# TensorFlow Serving's buckets of microseconds, 10 to some 20 minutes.
_LIMITS = tuple(10 * 1.8**power for power in range(33))
_TEXTS = (*(f"{limit:.6g}" for limit in _LIMITS), "+Inf")


class Histogram:
    """A distribution of times for each combination of labels.

    Args:
        name: The metric's name.
        labels: The names of the labels.
    """

    def __init__(self, name: str, labels: Iterable[str]) -> None:
        self.name = name
        self.labels = tuple(labels)
        self.counts: dict[tuple[str, ...], list[int]] = {}
        self.sums: dict[tuple[str, ...], float] = {}

    def add(self, values: tuple[str, ...], microseconds: float) -> None:
        """Adds a time."""
        counts = self.counts.get(values)
        if counts is None:
            counts = self.counts[values] = [0] * (len(_LIMITS) + 1)
        counts[bisect.bisect_right(_LIMITS, microseconds)] += 1
        self.sums[values] = self.sums.get(values, 0.0) + microseconds

    def lines(self) -> Iterable[str]:
        """Yields the lines of the page."""
        yield f"# TYPE {self.name} histogram"
        for values, counts in self.counts.items():
            labels = _labels(self.labels, values)
            total = 0
            for text, count in zip(_TEXTS, counts, strict=True):
                total += count
                yield f'{self.name}_bucket{{{labels},le="{text}"}} {total}'
            yield f"{self.name}_sum{{{labels}}} {self.sums[values]:.6g}"
            yield f"{self.name}_count{{{labels}}} {total}"


class Metrics:
    """Counts and times of the requests to models.

    Requests for models that are not served are not counted under the names that they ask for: anyone can make up names.

    Args:
        waiting: Returns the number of requests that run or wait.
    """

    def __init__(self, waiting: Callable[[], int]) -> None:
        self.waiting = waiting
        self.requests: dict[tuple[str, ...], int] = {}
        self.latency = Histogram(":tensorflow:serving:request_latency", ("model_name", "API", "entrypoint"))
        self.runtime = Histogram(":tensorflow:serving:runtime_latency", ("model_name", "API", "runtime"))

    def add(self, record: RequestRecord) -> None:
        """Counts a request that was answered."""
        if not record.model or not record.api:
            return
        key = (record.model, code_name(record.code))
        self.requests[key] = self.requests.get(key, 0) + 1
        self.latency.add((record.model, record.api, record.entrypoint), record.seconds * 1e6)
        if record.model_seconds and not record.code:
            self.runtime.add((record.model, record.api, "TF1"), record.model_seconds * 1e6)

    def page(self) -> str:
        """Returns all metrics as text."""
        name = ":tensorflow:serving:request_count"
        lines = [f"# TYPE {name} counter"]
        lines += [f"{name}{{{_labels(('model_name', 'status'), key)}}} {n}" for key, n in self.requests.items()]
        lines += [*self.latency.lines(), *self.runtime.lines()]
        waiting = ":bert_keras:serving:waiting_requests"
        lines += [f"# TYPE {waiting} gauge", f"{waiting}{{}} {self.waiting()}"]
        return "\n".join(lines) + "\n"


def _labels(names: Iterable[str], values: Iterable[str]) -> str:
    pairs = zip(names, values, strict=True)
    return ",".join(f'{name}="{_escaped(value)}"' for name, value in pairs)


def _escaped(value: str) -> str:
    text = value.encode(errors="replace").decode()
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")

"""A Keras callback that logs the attention of a few chosen texts during training, for TensorBoard's Attention tab."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np

from bert_keras.errors import InputError
from bert_keras.insight.attention_log import AttentionLog
from bert_keras.insight.byte_budget import ByteBudget
from bert_keras.insight.inspection import attention, inspect_row
from bert_keras.insight.occasions import Occasions
from bert_keras.insight.record import Record, make_record, name_of
from bert_keras.insight.tokens import Tokens
from bert_keras.tensorboard_plugin import FILE_SUFFIX

PROBE_METHODS = ("raw", "rollout", "gradient", "norm")
"""The default attribution methods for probes: one or two passes each, where integrated gradients would take dozens."""

BYTE_BUDGET = 256 << 20
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Probe:
    """A text that is logged repeatedly during training.

    Attributes:
        text: The text; for a reader, the question.
        pair: The second text of a pair; for a reader, the context.
        name: The name that the text is listed under; `None` means its beginning.
        true: The correct label or answer, if known; see `make_record`.
    """

    text: str
    pair: str | None = None
    name: str | None = None
    true: Any = None


Probes: TypeAlias = Sequence[str | tuple[str, str] | Probe]


class AttentionProbes(Occasions):
    """Logs records of probes before, during and after `fit`, with curves and histograms of head statistics.

    Steps are optimizer steps, so a resumed training continues its log. The curves are means over heads and probes, one
    for each layer; the histograms are over all heads. Both show `head_entropy` and `head_importance`; see
    `head_statistics` and `head_importance_of`.

    Args:
        folder: The folder of the log. TensorBoard follows one growing file a folder, so nothing else may be written
            there meanwhile.
        probes: A few texts, (text, pair) or (question, context) tuples, or `Probe`s; each is logged every time.
        every: "epoch", or a number of optimizer steps.
        byte_budget: The maximum size of the log in bytes, over all resumes. Once half of it is used, every second
            occasion is skipped, and so on; see `ByteBudget`.
        methods: The attribution methods; see `attributions`.
        model_name: The name of the model in the views; `None` means its Keras name.

    Raises:
        InputError: There is no probe, two probes have the same name, or the number of steps or bytes is below 1.
    """

    def __init__(
        self,
        folder: str | Path,
        probes: Probes,
        every: int | Literal["epoch"] = "epoch",
        byte_budget: int = BYTE_BUDGET,
        methods: Sequence[str] = PROBE_METHODS,
        model_name: str | None = None,
    ) -> None:
        super().__init__(every)
        if byte_budget < 1:
            raise InputError(f"the byte budget of a log must be 1 or above. Received: {byte_budget}")
        self._folder = Path(folder)
        self._probes = _named(probes)
        self._methods, self._model_name = tuple(methods), model_name
        self._log = AttentionLog(self._folder)
        self._budget = ByteBudget(byte_budget, self._size())
        self._spacing = 1
        self._beside = 0  # bytes that an occasion writes besides the records
        self._written: int | None = None

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Logs the model before the first step."""
        self._rows: dict[str, Tokens] = {}
        # A new training: a new log, whose lower steps make TensorBoard discard those of the previous training.
        if self._written is not None and self._step() < self._written:
            self._log, self._written = AttentionLog(self._folder), None
        super().on_train_begin(logs)

    def _occasion(self) -> None:
        if self._budget.due():
            self._write()

    def _write(self) -> None:
        step = self._step()
        if step == self._written or not self._budget.affords(1):
            return
        records = {name: self._record(name, probe) for name, probe in self._probes.items()}
        octets = sum(sum(map(len, record.blobs())) for record in records.values()) + self._beside
        if self._budget.affords(octets):
            before = self._size()
            for name, record in records.items():
                self._log.write(step, name, record)
            self._write_heads(step, list(records.values()))
            size = self._size() - before
            self._beside, octets, self._written = size - octets + self._beside, size, step
        self._budget.spend(octets)
        self._tell()

    def _size(self) -> int:
        return sum(path.stat().st_size for path in self._folder.glob(f"*{FILE_SUFFIX}"))

    def _record(self, name: str, probe: Probe) -> Record:
        row = self._rows.get(name)
        inspection = attention(self.model, probe.text, probe.pair) if row is None else inspect_row(self.model, row)
        # The row of a classifier never changes; the window of a reader may, and where a tagger finds entities.
        if inspection.document is None and inspection.tagged is None:
            self._rows[name] = inspection.tokens
        return make_record(
            inspection, name=name, methods=self._methods, true=probe.true, masked=False, model_name=self._model_name
        )

    def _write_heads(self, step: int, records: Sequence[Record]) -> None:
        for name in ("entropy", "importance"):
            of_heads = np.mean([np.array(record.header["statistics"][name], np.float64) for record in records], axis=0)
            curves = {f"head_{name}/layer_{layer}": float(value) for layer, value in enumerate(of_heads.mean(axis=1))}
            self._log.events.scalars(step, curves)
            self._log.events.histogram(step, f"head_{name}", of_heads)

    def _tell(self) -> None:
        """Logs a warning when records begin to be skipped, and when no more will be written."""
        before, self._spacing = self._spacing, self._budget.spacing
        if self._spacing == before or (before > 1 and self._spacing):
            return
        share, then = "half", "every second time is left out from now on, later more"
        if not self._spacing:
            share, then = "as good as all", "no more is logged until the training ends"
        megabytes = self._budget.octets / 1e6
        _logger.warning(
            "%s: %s of the %.1f MB for attention is used, and %s; see byte_budget", self._folder, share, megabytes, then
        )


def _named(probes: Probes) -> dict[str, Probe]:
    if isinstance(probes, str) or not probes:
        raise InputError(
            f"probes are a list of texts, of (text, pair) tuples or of Probes, at least one. Received: {probes!r:.60}"
        )
    named: dict[str, Probe] = {}
    for given in probes:
        probe = _probe(given)
        name = probe.name or name_of(probe.text)
        if name in named:
            raise InputError(f"two probes are named alike; name them, Probe(text, name=...). Received: {name!r}")
        named[name] = probe
    return named


def _probe(given: Any) -> Probe:
    if isinstance(given, Probe):
        return given
    texts = (given,) if isinstance(given, str) else given
    if (
        not isinstance(texts, tuple | list)
        or len(texts) not in (1, 2)
        or not all(isinstance(text, str) for text in texts)
    ):
        raise InputError(f"a probe is a text, a tuple of two texts or a Probe. Received: {given!r:.60}")
    return Probe(*texts)

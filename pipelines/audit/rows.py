"""The rows of an audit, and the models that judge them."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from bert_keras import auditing, data, models, training
from bert_keras.data import Corrections, Row
from bert_keras.files import listed
from bert_keras.models import TextClassifier, TextClassifierPreprocessor

from ..command_line.idle_reading import refuse_idle_reading, told_annotators
from ..console.consoles import console
from ..console.progress import TrainingProgress, counted_rows
from .config import AuditConfig

_USUAL_MAX_LENGTH = 256


class AuditRows:
    """The rows of an audit.

    Args:
        config: The options.

    Attributes:
        config: The options.
        corrections: The corrections that are applied to the rows; None if there are none.
        source: The rows as text.
        encoded: The rows as token ids.
        labels: The labels.
    """

    def __init__(self, config: AuditConfig) -> None:
        self.config = config
        columns = data.Columns(
            config.text_column, config.pair_column, config.label_column, missing=config.missing_labels
        )
        self.corrections = None if config.corrections is None else Corrections(config.corrections)
        self.source = data.Source(
            config.train, columns, "single_label", reading=config.reading(), corrections=self.corrections
        )
        refuse_idle_reading(config, lambda: self.source.parts)
        self._preprocessor = TextClassifierPreprocessor.from_preset(
            config.model, max_length=config.max_length, base=config.base
        )
        if config.max_length is None:
            self._preprocessor.max_length = min(_USUAL_MAX_LENGTH, self._preprocessor.max_length)
        cache = Path(config.runs, ".cache")
        with counted_rows(console, "reading") as advance:
            encoded = data.encode(self.source, self._preprocessor.pack, self._preprocessor.fingerprint, cache, advance)
        data.check_hidden_labels(encoded, config.missing_labels)
        self.labels = encoded.label_names(config.merge_labels)
        self.encoded = encoded.with_labels(self.labels, config.merge_labels)

    def show(self) -> None:
        """Prints which rows are read."""
        console.print(f"{self.encoded.name}: {len(self.encoded):,} rows, {len(self.labels):,} labels")
        console.print(f"columns: {self.source.chosen.described()}")
        for line in told_annotators(self.config, self.source.parts):
            console.print(line)
        if self.corrections is not None:
            console.print(self.corrections.said())
        for reason, count in self.encoded.left_out.items():
            console.print(f"left out: {count:,} rows, {reason}")
        if warning := told_of_model(self.config, self.labels):
            console.print(f"warning: {warning}", style="yellow")

    def judged(self) -> np.ndarray:
        """Returns the probabilities of all labels by models that have not seen the row, `[rows, labels]` float32.

        Raises:
            InputError: There are fewer different texts than folds.
        """
        given, count = self.encoded.targets.astype(np.int64), len(self.labels)
        if self.config.whole_training:
            return self._out_of_fold(self._whole_training(), "training")
        fits = {
            "judging by vectors": auditing.judge_vectors(self._vectors, given, count),
            "judging by words": auditing.judge_words(self.encoded, given, count),
        }
        judged = [self._out_of_fold(fit, what) for what, fit in fits.items()]
        judged.append(auditing.judge_by_neighbours(self._neighbours, self.encoded.hashes, given, count))
        return auditing.geometric_mean(judged)

    def _out_of_fold(self, fit: auditing.Fit, what: str) -> np.ndarray:
        given = self.encoded.targets.astype(np.int64)
        with counted_rows(console, what, len(given), visible=not self.config.whole_training) as advance:

            def counted(learned: np.ndarray, predicted: np.ndarray) -> np.ndarray:
                found = fit(learned, predicted)
                advance(len(predicted))
                return found

            return auditing.out_of_fold(given, len(self.labels), self.encoded.hashes, counted, self.config.folds)

    def audit_of(self, probabilities: np.ndarray) -> auditing.Audit:
        """Returns what is doubtful, given what `judged` returned."""
        return auditing.audit(self.encoded, self.labels, self._neighbours, probabilities, self._unknown_id)

    def texts(self, wanted: set[int]) -> dict[int, Row]:
        """Reads some rows as text, by their indices."""
        return dict(self._texts(wanted))

    def _texts(self, wanted: set[int]) -> Iterator[tuple[int, Row]]:
        left = len(wanted)
        for place, row in enumerate(self.source):
            if not left:
                return
            if place in wanted:
                left -= 1
                yield place, row

    @cached_property
    def _vectors(self) -> np.ndarray:
        model = self._load()
        self._hidden = model.backbone.hidden_dim  # the last layer's are first
        with counted_rows(console, "vectors", len(self.encoded)) as advance:
            return auditing.row_vectors(model, self.encoded, advance)

    @cached_property
    def _neighbours(self) -> auditing.Neighbours:
        with console.status("looking for neighbours"):
            vectors = self._vectors
            return auditing.find_neighbours(vectors[:, : self._hidden])

    @cached_property
    def _unknown_id(self) -> int:
        return self._preprocessor.tokenizer.token_to_id("[UNK]")

    def _load(self) -> TextClassifier:
        return TextClassifier.from_preset(
            self.config.model,
            base=self.config.base,
            labels=self.labels,
            task="single_label",
            new_head=True,
            max_length=self._preprocessor.max_length,
            dtype="float32",
        )

    def _whole_training(self) -> auditing.Fit:
        config = self.config
        recipe = training.Recipe(
            epochs=config.epochs,
            batch_size=config.batch_size,
            learning_rate=config.learning_rate,
            seed=config.seed,
            token_budget=training.usual_token_budget(),
        )

        def bar(rows: int) -> TrainingProgress:
            return TrainingProgress(console, rows, config.batch_size, config.epochs)

        return auditing.whole_training(self._load, self.encoded, recipe, bar)


def told_of_model(config: AuditConfig, labels: Sequence[str]) -> str:
    """Returns a warning about a model that was trained on labels of the audited rows, or an empty text."""
    head = models.trained_head(config.model, config.base)
    known = [] if head is None or head.task != "single_label" else [name for name in head.labels if name in labels]
    if not known:
        return ""
    return (
        f"{config.model} was trained on labels that stand here too ({listed(known)}): if on these rows, it has learned "
        "their wrong labels, and doubts few of them"
    )

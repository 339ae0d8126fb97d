"""The data of a classifier's training: tokenized rows of every split, and the model to fine-tune."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
from rich.table import Table

from bert_keras import auditing, data, models, training
from bert_keras.data.spread import spread
from bert_keras.files import where
from bert_keras.models import TextClassifier, TextClassifierPreprocessor
from bert_keras.reporting import RowText
from bert_keras.workers import Workers

from ..command_line.idle_reading import refuse_idle_reading, told_annotators
from ..console.consoles import console
from ..console.progress import TrainingProgress, counted_rows
from ..training.data import TFDS_SPLITS, TrainingData
from ..training.probes import DevRow
from .config import ClassifyConfig, taught_recipe
from .few_shot import choose_few_shot
from .preview import examples_table, labels_table, splits_table
from .self_labelled import SelfLabelled
from .teacher import Teacher, check_teacher, meet_teacher
from .told_files import formats_of, parts_of, told_columns, told_formats
from .unlabelled import other_columns, unlabelled_source
from .warnings import (
    counts_of_labels,
    joined_labels,
    labels_alone,
    measured_on,
    not_compared,
    rare_labels,
    spellings_of_labels,
    warnings_of,
)

_USUAL_MAX_LENGTH = 256


class ClassifyData(TrainingData):
    """The rows of every split, and a classifier with a new head.

    Args:
        config: The options of the training.

    Attributes:
        corrections: The corrections that are applied to the rows of train; None if there are none.
        sources: The rows of each split as text, read anew at each iteration.
        encoded: The same rows as token ids.
        overlaps: The duplicate and contradictory rows of each split.
        near_duplicates: The rows of each split but train that are nearly the same as rows of train.
        signs: The signs of trouble in the rows of each split.
        few_shot: Whether the few rows are trained on by contrast, and why.
        unlabelled: The rows without labels as text; None if there are none.
        self_labelled: The same rows as token ids, if the model labels them itself.
        teacher: The teacher, whose outputs `train` holds too; None without one.
        checkpoints: The checkpoints of the training on few rows, once it has begun.
    """

    rows_are = "rows"
    config: ClassifyConfig
    model: TextClassifier
    train: data.Encoded | data.TaughtRows  # type: ignore[assignment]
    dev: data.Encoded
    teacher: Teacher | None = None
    self_labelled: SelfLabelled | None = None
    checkpoints: training.Checkpoints | None = None

    def __init__(self, config: ClassifyConfig) -> None:
        super().__init__(config)
        columns = data.Columns(
            config.text_column,
            config.pair_column,
            tuple(config.label_column) if isinstance(config.label_column, list) else config.label_column,
            config.label_separator,
            missing=config.missing_labels,
            label_names=config.label_names,
        )
        self.corrections = None if config.corrections is None else data.Corrections(config.corrections)
        self.sources = {"train": self._source("train", columns)}
        # The model reads pairs or single texts, so that every split has to be read as train is.
        chosen = self.sources["train"].chosen
        columns = dataclasses.replace(columns, pairs=chosen.pair is not None, trained=chosen)
        self.sources |= {split: self._source(split, columns) for split in self.files if split != "train"}
        auditing.check_columns(self.sources["dev"], config.slices or [])
        self.unlabelled = unlabelled_source(config, columns)
        refuse_idle_reading(config, lambda: parts_of(*self.sources.values(), self.unlabelled))
        if config.teacher is not None:
            check_teacher(config, chosen.pair is not None)
        preprocessor = TextClassifierPreprocessor.from_preset(
            config.model, max_length=config.max_length, base=config.base
        )
        preprocessor.tokenizer.add_tokens(config.add_tokens or [])
        if config.max_length is None:
            preprocessor.max_length = min(_USUAL_MAX_LENGTH, preprocessor.max_length)
        encoded = {split: self._encoded(split, source, preprocessor) for split, source in self.sources.items()}
        labels = self._labels(encoded)
        self.encoded = {split: rows.with_labels(labels, config.merge_labels) for split, rows in encoded.items()}
        for source in self.sources.values():
            source.spellings = data.Spellings(labels, config.merge_labels)
        self.train, self.dev = self.encoded["train"], self.encoded["dev"]
        self.overlaps = data.find_overlaps(self.encoded)
        unknown, *special = map(preprocessor.tokenizer.token_to_id, ("[UNK]", "[CLS]", "[SEP]"))
        self.near_duplicates = data.find_near_duplicates(self.encoded, unknown)
        self.signs = {split: data.find_signs(rows, unknown, special, labels) for split, rows in self.encoded.items()}
        self.few_shot = choose_few_shot(config, self.encoded["train"], chosen.pair is not None)
        if self.unlabelled is not None and config.teacher is None:
            rows = self._encoded("unlabelled", self.unlabelled, preprocessor)
            self.self_labelled = SelfLabelled(rows, self.encoded, unknown)
        self.precision = training.choose_precision(config.precision)
        load = partial(self._load, labels, preprocessor.max_length, self.few_shot.chosen)
        self.model = self._with_new_head(load, self._sampled_rows)
        if config.teacher is not None:
            self.teacher = meet_teacher(config, self.model, self.sources, self.encoded, self.unlabelled)
            self.train = self.teacher.rows

    def fresh_model(self, few: bool) -> TextClassifier:
        """Returns the model as it was before the training, to learn from few rows or from more, with the same head."""
        max_length = self.model.preprocessor.max_length
        return self._with_new_head(partial(self._load, list(self.model.labels), max_length, few), self._sampled_rows)

    def recipe(self, given: training.Recipe) -> training.Recipe:
        """Returns the recipe of the training: the given one, unless there is a teacher, or few rows to contrast."""
        if self.teacher is not None:
            return taught_recipe(self.config, given, bool(self.teacher.layers))
        if not self.few_shot.chosen:
            return given
        more = None if self.self_labelled is None else self.self_labelled.rows
        return training.few_shot_recipe(self.encoded["train"], given, more)

    def progress(self, recipe: training.Recipe) -> TrainingProgress:
        """Returns the callback that shows the progress of `fit`."""
        if not self.few_shot.chosen:
            return super().progress(recipe)
        if self.self_labelled is not None:
            return self.self_labelled.progress(recipe, len(self.train))
        return TrainingProgress(console, len(self.train) * recipe.epochs, recipe.batch_size, 1)

    def fit(
        self,
        recipe: training.Recipe,
        callbacks: Sequence[keras.callbacks.Callback],
        checkpoints: training.Checkpoints | None,
        on_dev: Callable[[Any], object],
        workers: Workers | None = None,
    ) -> training.Outcome:
        """Trains the model; see `TrainingData.fit`."""
        if not self.few_shot.chosen:
            return super().fit(recipe, callbacks, checkpoints, on_dev, workers)
        self.checkpoints = checkpoints
        train = training.few_shot if self.self_labelled is None else self.self_labelled.train
        given = self.model, self.encoded["train"], self.dev, recipe, callbacks, checkpoints
        return train(
            *given,
            replace=self.config.overwrite,
            on_dev=on_dev,
            workers=workers,
            gradient_type=self.config.gradient_type,
        )

    @property
    def not_counted(self) -> str:
        """What a dry run's expected time does not count."""
        return super().not_counted if self.self_labelled is None else "dev and the rows without labels"

    @cached_property
    def replaced_head(self) -> str:
        """What is told of a trained head that gives way to a new one; the head of few rows is always fitted anew."""
        return "" if self.few_shot.chosen else super().replaced_head

    @property
    def method(self) -> dict[str, str]:
        """What the report says beside the recipe about how the model is trained."""
        if self.self_labelled is not None and self.self_labelled.trained is not None:
            kept = len(self.self_labelled.trained.rows.others)
            return {"method": f"contrast of few rows and of {kept:,} that it labelled itself, then a fitted head"}
        if self.few_shot.chosen:
            return {"method": "contrast of few rows, then a fitted head"}
        return {} if self.config.layers is None else {"layers": f"{self.config.layers} ({self.config.layers_from})"}

    def _source(self, split: str, columns: data.Columns) -> data.Source:
        return data.Source(
            self.files[split],
            columns,
            self.config.task,
            TFDS_SPLITS[split],
            self.config.reading(),
            self.corrections if split == "train" else None,
        )

    def _labels(self, encoded: Mapping[str, data.Encoded]) -> list[str]:
        """Returns the labels to train on; raises DataError if a label may stand for hidden ones."""
        for rows in encoded.values():
            data.check_hidden_labels(rows, self.config.missing_labels)
        return encoded["train"].label_names(self.config.merge_labels)

    def _encoded(self, name: str, source: data.Source, preprocessor: TextClassifierPreprocessor) -> data.Encoded:
        cache = Path(self.config.runs, ".cache")
        with counted_rows(console, f"reading {name}") as advance:
            return data.encode(source, preprocessor.pack, preprocessor.fingerprint, cache, advance)

    def _sampled_rows(self, model: TextClassifier, most: int) -> dict[str, Any]:
        train = self.encoded["train"]
        return train.batch(np.array(spread(len(train), most)))[0]

    def _load(self, labels: Sequence[str], max_length: int, few: bool) -> TextClassifier:
        classifier = TextClassifier.from_preset(
            self.config.model,
            base=self.config.base,
            labels=labels,
            task=self.config.task,
            new_head=True,
            pooling="unit_mean" if few else None,
            max_length=max_length,
            dtype=self.precision.policy,
        )
        if self.config.layers is not None:
            whole = classifier.backbone.num_layers
            classifier = models.with_layers(
                classifier, models.layers_to_keep(whole, self.config.layers, self.config.layers_from)
            )
        classifier.add_tokens(self.config.add_tokens or [])
        classifier.pairs = self.sources["train"].chosen.pair is not None
        return classifier

    def texts(self, split: str, rows: Sequence[int]) -> list[RowText]:
        """Reads the texts of some rows of a split.

        Args:
            split: The split.
            rows: The row indices.

        Returns:
            The rows as text, in the order of the indices.
        """
        wanted, found = set(rows), {}
        for place, row in enumerate(self.sources[split]):
            if place in wanted:
                found[place] = RowText(row.text, row.pair, where(row.file, row.line))
                if len(found) == len(wanted):
                    break
        return [found[row] for row in rows]

    def dev_rows(self, most: int) -> list[DevRow]:
        """Returns up to `most` rows of the development split, evenly spaced and the same at each call."""
        wanted = set(spread(len(self.dev), most))
        return [
            DevRow(row.text, row.pair, row.target) for place, row in enumerate(self.sources["dev"]) if place in wanted
        ]

    def rows_cut(self, split: str) -> int:
        """Returns the number of rows with the maximum length: cut rows, and the few that have exactly that length."""
        return int((self.encoded[split].lengths >= self.model.preprocessor.max_length).sum())

    def report(self) -> dict[str, Any]:
        """Returns the "data" section of `report.json`."""
        report = {split: self._report_of(split) for split in self.encoded}
        if self.corrections is not None:
            report["train"]["corrections"] = self.corrections.report()
        rows = None if self.teacher is None else self.teacher.rows.unlabelled
        if rows is not None:
            report["unlabelled"] = {"file": rows.name, "rows_read": rows.rows_read, "rows_left_out": rows.left_out}
        if self.self_labelled is not None:
            report["unlabelled"] = self.self_labelled.report()
        if self.unlabelled is not None:
            report["unlabelled"]["columns"] = self.unlabelled.chosen.report()
        return report

    def _report_of(self, split: str) -> dict[str, Any]:
        rows, overlap, signs = self.encoded[split], self.overlaps[split], self.signs[split]
        chosen, near = self.sources[split].chosen, self.near_duplicates.get(split)
        return {
            "file": rows.name,
            "format": formats_of(self.sources[split]),
            "columns": chosen.report(),
            "columns_not_used": [name for _, name in chosen.unused],
            "rows_read": rows.rows_read,
            "rows_left_out": rows.left_out,
            "rows_cut": self.rows_cut(split),
            "rows_of_html": signs.html,
            "rows_like_missing_values": signs.missing_values,
            "rows_of_most_frequent_text": overlap.most_frequent,
            "unknown_token_share": signs.unknown_share,
            "duplicates": overlap.duplicates,
            "contradictions": overlap.contradictions,
            **({"rare_labels": signs.rare_labels} if near is None else {"in_train": overlap.in_train}),
            **({"rows_by_label": self._rows_by_label(rows)} if near is None and self.model.labels else {}),
            **({} if near is None else {"near_duplicates_of_train": near.rows, "rows_compared": near.compared}),
        }

    def _rows_by_label(self, rows: data.Encoded) -> dict[str, int]:
        return dict(zip(self.model.labels, rows.label_counts().tolist(), strict=True))

    def preview(self) -> Iterator[Table]:
        """Yields tables of the label counts and of some rows as tokens, for a dry run."""
        if self.model.labels:
            yield labels_table(self.encoded, self.model.labels)
        yield examples_table(self.encoded["train"], self.model.preprocessor.tokenizer, partial(self.texts, "train"))

    def _answers(self) -> str:
        return f"{len(self.model.labels)} labels" if self.model.labels else "a number"

    def _summary(self) -> Iterator[Table | str]:
        yield from told_formats({split: "; ".join(formats_of(source)) for split, source in self.sources.items()})
        yield from told_annotators(self.config, parts_of(*self.sources.values()))
        yield from told_columns({split: source.chosen for split, source in self.sources.items()})
        yield splits_table(self.encoded, self.rows_cut, self.model.preprocessor.max_length)
        if self.corrections is not None:
            yield self.corrections.said()
        if self.few_shot.why:
            yield self.few_shot.why
        if self.teacher is not None:
            yield self.teacher.said()
        if self.self_labelled is not None:
            yield self.self_labelled.said()
        for split, near in self.near_duplicates.items():
            yield from not_compared(split, self.encoded[split], self.encoded["train"], near)

    def _warnings(self) -> Iterator[str]:
        for split, rows in self.encoded.items():
            near = self.near_duplicates.get(split)
            text = partial(self._text_at, split)
            yield from warnings_of(split, rows, self.overlaps[split], self.signs[split], near, text)
        yield from rare_labels(self.signs["train"].rare_labels)
        if self.unlabelled is not None:
            yield from other_columns(self.unlabelled)
        if self.teacher is not None and self.teacher.rows.unlabelled is not None:
            yield from measured_on(self.encoded, self.teacher.rows.unlabelled)
        if self.self_labelled is not None:
            yield from self.self_labelled.warnings()
        if self.few_shot.chosen and self.few_shot.alone:
            yield from labels_alone(self.few_shot.alone)
        if self.model.labels:
            counts = counts_of_labels(self.encoded.values(), self.model.labels, self.config.merge_labels)
            yield from spellings_of_labels(counts, self.config.merge_labels)
            if self.config.task == "single_label":
                yield from joined_labels(counts)

    def _text_at(self, split: str, place: tuple[str, int]) -> str:
        return next(row.text for row in self.sources[split] if (row.file, row.line) == place)

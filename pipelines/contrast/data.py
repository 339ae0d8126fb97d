"""The data of a text encoder's training: the groups of every split, and the model to train."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np
from rich.table import Table
from rich.text import Text

from bert_keras import data, training
from bert_keras.data.spread import spread
from bert_keras.errors import DataError, InputError
from bert_keras.models import TextClassifierPreprocessor, TextEncoder

from ..console.consoles import console
from ..console.progress import counted_rows
from ..console.tables import figures_table
from ..training.data import TFDS_SPLITS, TrainingData
from .columns import GroupColumns, group_columns
from .config import ContrastConfig

_EXAMPLES = 5
_TASKS = {"scored_pairs": "regression", "labelled_texts": "single_label"}
_NO_NEGATIVE = "no negative"


class ContrastData(TrainingData):
    """The groups of texts of every split, and a text encoder.

    Args:
        config: The options of the training.

    Attributes:
        groups: The groups of each split.
        columns: The columns that are read.
        before: What the model finds in dev and test before it is trained.

    Raises:
        InputError: An option does not fit the data or the model.
        DataError: The data are invalid.
    """

    rows_are = "rows"
    config: ContrastConfig
    model: TextEncoder
    train: data.TextGroups  # type: ignore[assignment]
    dev: data.TextGroups

    def __init__(self, config: ContrastConfig) -> None:
        super().__init__(config)
        self.columns = self._columns()
        if config.hard_negatives and self.columns.kind not in ("pairs", "triples"):
            raise InputError(
                f"--hard_negatives are for pairs of texts that belong together. Received: {config.hard_negatives} for "
                f"{self.columns.kind.replace('_', ' ')}"
            )
        if config.symmetric and self.columns.kind not in ("pairs", "triples"):
            raise InputError(
                "--symmetric also finds the first text of a pair by the second, and here are "
                f"{self.columns.kind.replace('_', ' ')}; leave it out"
            )
        self.precision = training.choose_precision(config.precision)
        self.model = self._with_new_head(self._load, self._sampled_texts)
        self.groups = {split: self._groups(split) for split in self.files}
        self.dev = self.groups["dev"]
        self.before = {split: self.results(self.model, split) for split in self.files if split != "train"}
        self.train = self.groups["train"] = self._with_hard_negatives(self.groups["train"])

    def results(self, model: TextEncoder, split: str) -> training.GroupResults:
        """Runs a model over a split."""
        groups, budget = self.groups[split], self.config.token_budget or training.usual_token_budget()
        with counted_rows(console, f"evaluating {split}", len(groups.texts)) as advance:
            return training.group_results(model, groups, budget, advance, self.config.dimensions or ())

    def _columns(self) -> GroupColumns:
        source = data.Source(self.files["train"], default_split=TFDS_SPLITS["train"])
        part = source.parts[0]
        return group_columns(self.config, part.names(), part.name)

    def _load(self) -> TextEncoder:
        config = self.config
        encoder = TextEncoder.from_preset(
            config.model, base=config.base, max_length=config.max_length, dtype=self.precision.policy
        )
        if encoder.prompt() and not encoder.include_prompt:
            raise InputError(
                f"{config.model}: the model leaves its default prompt out of the pooling, which cannot be trained. "
                f"Received: prompt {encoder.default_prompt!r}"
            )
        if config.trainable == "head" and not encoder.head_dense:
            raise InputError(
                f"{config.model}: the model has no dense layer after the pooling that could be trained alone. "
                "Received: --trainable head"
            )
        encoder.add_tokens(config.add_tokens or [])
        return encoder

    def _sampled_texts(self, model: TextEncoder, most: int) -> dict[str, Any]:
        """Returns a text of each of up to `most` rows, the first and the second by turns, as the model reads them."""
        text, pair = self.columns.text, self.columns.pair
        read = data.Columns(text, pair, pairs=pair is not None)
        rows = islice(data.Source(self.files["train"], read, None, TFDS_SPLITS["train"]), most)
        texts = [row.pair if place % 2 and row.pair is not None else row.text for place, row in enumerate(rows)]
        inputs: dict[str, Any] = model.preprocessor([model.prompt() + text for text in texts])
        return inputs

    def _groups(self, split: str) -> data.TextGroups:
        columns, names = self.columns, self.files[split]
        task = _TASKS.get(columns.kind)
        read = data.Columns(columns.text, columns.pair, columns.third if task else None, pairs=columns.pair is not None)
        source = data.Source(names, read, task, TFDS_SPLITS[split])
        with counted_rows(console, f"reading {split}") as advance:
            rows = list(_told(source, advance))
            negatives = self._negatives(split) if columns.kind == "triples" else {}
        left_out = dict(source.left_out)
        if columns.kind == "triples":
            kept = [row for row in rows if (row.file, row.line) in negatives]
            if len(kept) < len(rows):
                left_out[_NO_NEGATIVE] = len(rows) - len(kept)
            rows = kept
        if not rows:
            raise DataError(f"{source.name}: no rows to use. Received: {source.rows_read:,} rows, left out: {left_out}")
        preprocessor: TextClassifierPreprocessor = self.model.preprocessor
        prompt = self.model.prompt()
        with counted_rows(console, f"tokenizing {split}") as advance:
            return data.group_texts(
                source.name,
                columns.kind,
                [[prompt + text for text in _texts(row, negatives)] for row in rows],
                preprocessor.pack,
                preprocessor.fingerprint,
                targets=[row.target for row in rows] if task else (),
                places=[(row.file, row.line) for row in rows],
                read=source.rows_read,
                left_out=left_out,
                on_texts=advance,
            )

    def _negatives(self, split: str) -> dict[tuple[str, int], str]:
        source = data.Source(self.files[split], data.Columns(self.columns.third, pairs=False), None, TFDS_SPLITS[split])
        return {(row.file, row.line): row.text for row in source}

    def _with_hard_negatives(self, train: data.TextGroups) -> data.TextGroups:
        count = self.config.hard_negatives
        if not count:
            return train
        with counted_rows(console, "searching hard negatives", len(train.texts)) as advance:
            vectors = training.group_results(self.model, train, on_texts=advance).vectors
        try:
            return train.with_negatives(training.hard_texts(train, vectors, count, self.config.seed))
        except ValueError as error:
            raise DataError(
                f"{train.name}: --hard_negatives need second texts of other rows. Received: {error}; leave it out"
            ) from error

    def preview(self) -> Iterator[Table]:
        """Yields a table of some groups, for a dry run."""
        table = Table("row of train", *_heads(self.train), title="examples", title_justify="left", show_lines=True)
        for row in spread(len(self.train), _EXAMPLES):
            file, line = self.train.places[row]
            table.add_row(*map(Text, (f"{file}, line {line}", *shown_group(self.train, row))))
        yield table

    def report(self) -> dict[str, Any]:
        """Returns the "data" section of `report.json`."""
        return {split: self._of_split(split) for split in self.groups}

    def _of_split(self, split: str) -> dict[str, Any]:
        groups = self.groups[split]
        return {
            "file": groups.name,
            "columns": {"text": self.columns.text, "pair": self.columns.pair, "third": self.columns.third},
            "rows_read": groups.read,
            "rows": len(groups),
            "left_out": groups.left_out,
            "texts": len(groups.texts),
            "texts_as_long_as_the_model_reads": self._longest(groups),
            **self._of_train(groups, split == "train"),
        }

    def _of_train(self, groups: data.TextGroups, is_train: bool) -> dict[str, int]:
        if not is_train:
            return {"in_train": self._in_train(groups)}
        return {"hard_negatives": self.config.hard_negatives} if self.config.hard_negatives else {}

    def _longest(self, groups: data.TextGroups) -> int:
        return int((groups.tokens.lengths >= self.model.preprocessor.max_length).sum())

    def _in_train(self, groups: data.TextGroups) -> int:
        """Returns the number of groups whose first two texts stand together in train too."""
        known = {_first_texts(self.train, row) for row in range(len(self.train))}
        return sum(_first_texts(groups, row) in known for row in range(len(groups)))

    def _answers(self) -> str:
        return f"vectors of {self.model.dimension} numbers"

    def _summary(self) -> Iterator[Table | str]:
        yield f"{self.columns.kind.replace('_', ' ')}: {self.columns.described()}"
        table = figures_table("split", "rows", "left out", "texts", "tokens")
        for split, groups in self.groups.items():
            counts = groups.read, sum(groups.left_out.values()), len(groups.texts)
            table.add_row(split, *(f"{count:,}" for count in counts), f"{int(np.median(groups.tokens.lengths)):,}")
        yield table
        if self.config.hard_negatives:
            yield f"each row of train has {self.config.hard_negatives} hard negatives"

    def _warnings(self) -> Iterator[str]:
        for split, groups in self.groups.items():
            cut = self._longest(groups)
            if cut:
                most = self.model.preprocessor.max_length
                yield f"{split}: {cut:,} texts have {most} tokens or more, of which the model reads {most}"
            same = int((groups.members[:, 0] == groups.members[:, 1]).sum()) if groups.kind != "labelled_texts" else 0
            if same:
                yield f"{split}: {same:,} rows are twice the same text, which teaches and shows nothing"
            alone = int((np.bincount(groups.numbers) == 1).sum()) if groups.kind == "labelled_texts" else 0
            if alone:
                told = f"{alone:,} of {len(groups):,} texts have a label that no other text of {split} has"
                yield f"{split}: {told}, so that nothing belongs to them"
            if split != "train" and (known := self._in_train(groups)):
                yield f"{split}: {known:,} rows stand in train too, which flatters the scores"
        if self.columns.kind == "labelled_texts" and len(self.train.labels) < 2:
            raise DataError(f"{self.train.name}: at least two labels are needed. Received: {list(self.train.labels)}")


def shown_group(groups: data.TextGroups, row: int) -> Sequence[str]:
    """Returns the texts of a group, and its score or label, as texts."""
    texts = [groups.texts[place] for place in groups.members[row]]
    if groups.kind == "labelled_texts":
        return texts[0], groups.labels[int(groups.numbers[row])]
    return (*texts, f"{groups.numbers[row]:g}") if groups.kind == "scored_pairs" else texts


def _heads(groups: data.TextGroups) -> Sequence[str]:
    if groups.kind == "labelled_texts":
        return "text", "label"
    negatives = ["negative"] * (groups.members.shape[1] - 2)
    return ["text", "pair", *negatives, *(["score"] if groups.kind == "scored_pairs" else [])]


def _first_texts(groups: data.TextGroups, row: int) -> tuple[str, ...]:
    count = 1 if groups.kind == "labelled_texts" else 2
    return tuple(groups.texts[place] for place in groups.members[row, :count])


def _texts(row: data.Row, negatives: dict[tuple[str, int], str]) -> list[str]:
    texts = [row.text] if row.pair is None else [row.text, row.pair]
    return [*texts, negatives[row.file, row.line]] if negatives else texts


def _told(source: data.Source, advance: Any) -> Iterator[data.Row]:
    for row in source:
        advance(1)
        yield row

"""The data of a token classifier's training: texts with entities for every split, and the model to fine-tune."""

from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
from rich.table import Table
from rich.text import Text

from bert_keras import data, training
from bert_keras.data.spread import spread
from bert_keras.models import TokenClassifier, TokenClassifierPreprocessor
from bert_keras.tagging import TagScheme, bio_tags

from ..command_line.idle_options import refuse_idle
from ..console.consoles import console
from ..console.progress import counted_rows
from ..console.tables import figures_table
from ..training.data import TrainingData
from .config import TagConfig
from .warnings import warnings_of

_EXAMPLES = 5
_UNKNOWN = "[UNK]"


class TagData(TrainingData):
    """The texts of every split, and a token classifier.

    A model that knows just the types of entities of the training data keeps its head; any other gets a new one.

    Args:
        config: The options of the training.

    Attributes:
        windowed: The texts of each split with their windows.

    Raises:
        DataError: The data are invalid, or have no entities.
    """

    rows_are = "windows"
    config: TagConfig
    model: TokenClassifier
    dev: data.WindowedTexts

    def __init__(self, config: TagConfig) -> None:
        super().__init__(config)
        sources = {split: self._read(split, names) for split, names in self.files.items()}
        _check_columns(config, set[str]().union(*(source.layouts for source in sources.values())))
        labels = sources["train"].labels()
        for source in sources.values():
            source.check_labels(labels)
        preprocessor = TokenClassifierPreprocessor.from_preset(
            config.model, config.max_length, config.window_overlap, base=config.base
        )
        preprocessor.tokenizer.add_tokens(config.add_tokens or [])
        self.precision = training.choose_precision(config.precision)
        self.model = self._with_new_head(
            partial(self._load, labels, preprocessor), partial(_sampled_windows, sources["train"])
        )
        self.windowed = {
            split: self._windowed(split, source, self.model.scheme, preprocessor) for split, source in sources.items()
        }
        self.train = self.windowed["train"].rows
        self.dev = self.windowed["dev"]

    def _read(self, split: str, names: str | list[str]) -> data.TagSource:
        with counted_rows(console, f"reading {split}") as advance:
            return data.TagSource(names, self.config.reading, advance)

    def _load(self, labels: list[str], preprocessor: TokenClassifierPreprocessor) -> TokenClassifier:
        config = self.config
        tagger = TokenClassifier.from_preset(
            config.model, base=config.base, labels=labels, new_head=True, dtype=self.precision.policy
        )
        tagger.add_tokens(config.add_tokens or [])
        tagger.preprocessor = preprocessor
        return tagger

    def _windowed(
        self, split: str, source: data.TagSource, scheme: TagScheme, preprocessor: TokenClassifierPreprocessor
    ) -> data.WindowedTexts:
        with counted_rows(console, f"cutting {split}", len(source.texts)) as advance:
            return data.encode_marked_texts(source, scheme, preprocessor, advance)

    def preview(self) -> Iterator[Table]:
        """Yields tables of the types of entities and of some texts with theirs, for a dry run."""
        table = figures_table("type", *self.windowed, title="entities")
        for label in self.model.labels:
            counts = (windowed.source.label_counts.get(label, 0) for windowed in self.windowed.values())
            table.add_row(Text(label), *(f"{count:,}" for count in counts))
        yield table
        examples = Table("text of train", "with its entities", title="examples", title_justify="left", show_lines=True)
        windowed = self.windowed["train"]
        for place in spread(len(windowed), _EXAMPLES):
            text = windowed.source.texts[place]
            examples.add_row(Text(text.place), _shown(windowed, place))
        yield examples

    def report(self) -> dict[str, Any]:
        """Returns the "data" section of `report.json`."""
        return {split: self._of_split(split) for split in self.windowed}

    def _of_split(self, split: str) -> dict[str, Any]:
        windowed = self.windowed[split]
        source, lengths = windowed.source, windowed.rows.lengths
        unknown = self.model.preprocessor.tokenizer.token_to_id(_UNKNOWN)
        return {
            "file": source.name,
            "texts_read": source.rows_read,
            "texts": len(windowed),
            "left_out": source.left_out,
            "entities": sum(map(len, windowed.gold)),
            "entities_by_type": dict(Counter(span.label for spans in windowed.gold for span in spans)),
            "widened": len(windowed.widened),
            "overlapping": len(windowed.overlapping),
            "wordless": len(windowed.wordless),
            "words": len(windowed.tags),
            "windows": len(lengths),
            "unknown_token_share": float((windowed.rows.token_ids == unknown).mean()),
            **({} if split == "train" else {"in_train": self._in_train(windowed)}),
        }

    def _in_train(self, windowed: data.WindowedTexts) -> int:
        known = {text.text for text in self.windowed["train"].source.texts}
        return sum(text.text in known for text in windowed.source.texts)

    def _answers(self) -> str:
        kept = "" if self.model.tags == bio_tags(self.model.labels) else f", tags {', '.join(self.model.tags)}"
        return f"entities are {', '.join(self.model.labels)}{kept}"

    def _summary(self) -> Iterator[Table | str]:
        for split, windowed in self.windowed.items():
            for file, described in windowed.source.described.items():
                yield f"{split}: {file} is read as {described}"
        table = figures_table("split", "texts", "left out", "entities", "words", "windows", "tokens")
        for split, windowed in self.windowed.items():
            source, left_out = windowed.source, sum(windowed.source.left_out.values())
            counts = (source.rows_read, left_out, sum(map(len, windowed.gold)), len(windowed.tags))
            windows = len(windowed.rows), int(np.median(windowed.rows.lengths))
            table.add_row(split, *(f"{count:,}" for count in (*counts, *windows)))
        yield table

    def _warnings(self) -> Iterator[str]:
        for split, windowed in self.windowed.items():
            for warning in warnings_of(windowed):
                yield f"{split}: {warning}"
            if split != "train" and (known := self._in_train(windowed)):
                yield f"{split}: {known:,} texts stand in train too, which flatters the scores"


def _check_columns(config: TagConfig, layouts: set[str]) -> None:
    """Raises InputError if an option says what is read of files of a layout that is not there."""
    for layout, names in {"columns": ("word_column", "tag_column"), "JSON": ("text_column",)}.items():
        if layout not in layouts:
            refuse_idle(config, names, f"is about files of {layout}, and no file is one; leave it out")


def _sampled_windows(source: data.TagSource, model: TokenClassifier, most: int) -> dict[str, Any]:
    """Returns the windows of up to `most` texts, as the model reads them."""
    texts = [source.texts[place].text for place in spread(len(source.texts), most)]
    inputs: dict[str, Any] = model.preprocessor(texts)
    return inputs


def _shown(windowed: data.WindowedTexts, place: int) -> Text:
    """Returns a text with its entities marked."""
    text = windowed.source.texts[place].text
    shown, end, edges = Text(), 0, windowed.word_edges()
    for span in windowed.gold[place]:
        begin, stop = windowed.words.starts[edges[place] + span.first], windowed.words.ends[edges[place] + span.last]
        shown.append(text[end:begin]).append(text[begin:stop], "bold").append(f" [{span.label}]", "cyan")
        end = int(stop)
    return shown.append(text[end:])

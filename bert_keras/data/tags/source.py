"""The texts with entities of one or more files."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from bert_keras.data.stored_targets import sorted_labels
from bert_keras.data.tables.folders import files_in
from bert_keras.data.tags.entries import Unmarked
from bert_keras.data.tags.marked_text import MarkedText
from bert_keras.data.tags.parts import tag_part
from bert_keras.data.tags.reading import TagReading
from bert_keras.errors import DataError, InputError

BLANK = "no text"


class TagSource:
    """The texts with entities of one or more files, read on construction.

    Args:
        names: Files of columns as CoNLL has them, JSON lines or lists of doccano, spaCy, Prodigy or Label Studio, or
            with words and tags; patterns such as `train-*.jsonl`; folders.
        reading: How they are read where they leave a choice.
        on_texts: A callback for progress, called with the number of texts read.

    Attributes:
        names: What was given.
        files: The names of the files.
        name: The display name.
        layouts: What the files hold, "columns" or "JSON".
        described: What was read of each file that leaves a choice, by file.
        texts: The texts with their entities.
        rows_read: The number of texts read, including those left out.
        left_out: The number of texts left out, by reason.
        label_counts: The number of entities of each type, in the order of their first ones.
        first_places: The place of the first entity of each type.
        fingerprint: A hash of everything that determines the examples.

    Raises:
        DataError: A file does not exist, or its data are invalid; the message names the place.
        InputError: No names are given.
    """

    def __init__(
        self,
        names: str | Path | Sequence[str | Path],
        reading: TagReading = TagReading(),  # noqa: B008
        on_texts: Callable[[int], object] = lambda count: None,
    ) -> None:
        self.names = [names] if isinstance(names, str | Path) else list(names)
        if not self.names:
            raise InputError("a source needs a file. Received: none")
        parts = [tag_part(file, reading) for name in self.names for file in files_in(str(name), "train")]
        self.files = tuple(part.name for part in parts)
        self.layouts = {part.layout for part in parts}
        self.name = self.files[0] if len(self.files) == 1 else f"{self.files[0]} and {len(self.files) - 1:,} more"
        self.texts: list[MarkedText] = []
        left_out = Counter[str]()
        for part in parts:
            for text in part.texts():
                on_texts(1)
                if isinstance(text, Unmarked):
                    left_out[text.reason] += 1
                elif not text.text.strip():
                    left_out[BLANK] += 1
                else:
                    self.texts.append(text)
        self.described = {part.name: part.described for part in parts if part.described}
        self.left_out = dict(left_out)
        self.rows_read = len(self.texts) + left_out.total()
        if not self.texts:
            raise DataError(
                f"{self.name}: no texts to use. Received: {self.rows_read:,} texts, left out: {self.left_out or 'none'}"
            )
        self.label_counts = dict(Counter(span.label for text in self.texts for span in text.spans))
        self.first_places: dict[str, str] = {}
        for text in self.texts:
            for span in text.spans:
                self.first_places.setdefault(span.label, text.place)
        rows = [(text.text, text.spans) for text in self.texts]
        self.fingerprint = hashlib.sha256(json.dumps(rows).encode()).hexdigest()

    def labels(self) -> list[str]:
        """Returns the types of entities that occur, sorted, to train on.

        Raises:
            DataError: There are none.
        """
        if not self.label_counts:
            raise DataError(f"{self.name}: no text has an entity, so there is nothing to learn")
        return sorted_labels(list(self.label_counts))

    def check_labels(self, labels: Sequence[str]) -> None:
        """Checks that a model knows the types of entities that occur.

        Args:
            labels: The types that it knows.

        Raises:
            DataError: It lacks one; the message names the first place.
        """
        unknown = next((name for name in self.label_counts if name not in labels), None)
        if unknown is not None:
            raise DataError(
                f"{self.first_places[unknown]}: entities {unknown!r:.80} do not occur in training. Known: "
                f"{', '.join(labels)}"
            )

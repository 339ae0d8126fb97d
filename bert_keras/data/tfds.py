"""Reading of TensorFlow Datasets (TFDS), which is imported only when needed."""

import difflib
import hashlib
import os
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from bert_keras.data.records import MOST_RECORDS, Choose, Records
from bert_keras.errors import DataError
from bert_keras.files.messages import TFDS_PREFIX, where

# tfds:NAME[/CONFIG][:VERSION][:SPLIT], where the split may have a slice in TFDS's syntax: train[:10%]
_NAME = re.compile(r"tfds:(?P<name>[^:]+(?::\d+\.[\d.*]+)?)(?::(?P<split>.+))?")
_NO_LABEL = -1  # TFDS's value for hidden labels


class TfdsSplit:
    """A split of a TFDS data set, which is downloaded and prepared if necessary.

    Args:
        name: The name, `tfds:NAME[/CONFIG][:VERSION][:SPLIT]`.
        default_split: The split of a name without one; for "validation", the first split whose name begins so, else
            "test".

    Attributes:
        name: The display name, with the split.
        features: The names of the features, sorted.

    Raises:
        DataError: The data set or split does not exist, or cannot be prepared.
    """

    format = "a TFDS data set"

    def __init__(self, name: str, default_split: str) -> None:
        match = _NAME.fullmatch(name)
        if match is None:
            raise DataError(f"{name}: no TFDS name; it is written as tfds:glue/sst2 or tfds:glue/sst2:train[:10%]")
        self.name = name
        self._builder = _builder(name, match["name"])
        self._prepare()
        self.features = sorted(self._builder.info.features)
        self._split = match["split"] or self._usual_split(default_split)
        self.name = f"{TFDS_PREFIX}{match['name']}:{self._split}"
        try:
            self._info = self._builder.info.splits[self._split]
        except Exception as error:  # TFDS raises its own exceptions, and plain ones of its parser
            there = ", ".join(sorted(self._builder.info.splits))
            raise DataError(f"{name}: no split {self._split!r}. Received: {there}; name one behind a colon") from error

    def records(self, choose: Choose) -> Iterator[Records]:
        """Reads the records from the start; see `records.Part`."""
        chosen = choose(self.features, self.name)
        for rows, values in self.columns(list(chosen)):
            yield Records(chosen, rows, values)

    def names(self) -> list[str]:
        """Returns the names of the features."""
        return list(self.features)

    def columns(self, names: Sequence[str], most: int = MOST_RECORDS) -> Iterator[tuple[range, list[Sequence[Any]]]]:
        """Reads features from the start.

        Args:
            names: The names of the features.
            most: The maximum number of rows per batch.

        Yields:
            The row numbers, from 1, and the values of each feature.

        Raises:
            DataError: A feature has another type than text, number, label, or a sequence of these.
        """
        import tensorflow_datasets as tfds

        features = self._builder.info.features
        readers = {name: self._reader(name, features[name]) for name in names}
        dataset = self._builder.as_dataset(
            split=self._split,
            shuffle_files=False,
            read_config=tfds.ReadConfig(try_autocache=False),
            decoders=tfds.decode.PartialDecoding(dict.fromkeys(names, True)),
        )
        row = 1
        for batch in dataset.ragged_batch(most):
            count = int(batch[names[0]].shape[0])
            rows = range(row, row + count)
            yield rows, [read(batch[name], rows) for name, read in readers.items()]
            row += count

    def content_hash(self) -> str:
        """Returns a hash of the files of the split."""
        digest = hashlib.sha256(repr(self._info.file_instructions).encode())
        for path in self._info.filepaths:
            with open(path, "rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        return f"{self.name} {digest.hexdigest()}"

    def stamp(self) -> object:
        """Returns None: TFDS does not modify a prepared data set."""
        return None

    def _prepare(self) -> None:
        if self._builder.is_prepared():
            return
        try:
            self._builder.download_and_prepare()
        except Exception as error:  # a data set's own code and the network may raise anything
            raise DataError(
                f"{self.name}: cannot be downloaded and prepared ({_one_line(error)}); prepare it where there is a "
                "network, and name its folder with the environment variable TFDS_DATA_DIR"
            ) from error

    def _usual_split(self, default: str) -> str:
        there = sorted(self._builder.info.splits)
        if default in there or default != "validation":
            return default
        return next((split for split in there if split.startswith(default)), "test")

    def _reader(self, name: str, feature: Any) -> Callable[[Any, Sequence[int]], list[Any]]:
        """Returns the conversion of a batch of a feature to Python values."""
        import tensorflow_datasets as tfds

        inner = feature.feature if isinstance(feature, tfds.features.Sequence) else feature
        if isinstance(inner, tfds.features.FeaturesDict) and inner is not feature:
            return self._together(
                {key: self._reader(name, tfds.features.Sequence(inner[key])) for key in sorted(inner)}
            )
        if not isinstance(inner, tfds.features.Tensor) or inner.shape != ():
            raise DataError(f"{self.name}: the feature {name!r} holds no texts, numbers or labels. Received: {feature}")
        names = inner.names if isinstance(inner, tfds.features.ClassLabel) else None

        def read(batch: Any, lines: Sequence[int]) -> list[Any]:
            values = batch.to_list() if hasattr(batch, "to_list") else batch.numpy().tolist()
            return [self._value(value, names, line) for value, line in zip(values, lines, strict=True)]

        return read

    @staticmethod
    def _together(
        readers: dict[str, Callable[[Any, Sequence[int]], list[Any]]],
    ) -> Callable[[Any, Sequence[int]], list[Any]]:
        """Returns the conversion of a sequence of objects, which TFDS stores as an object of sequences."""

        def read(batch: Any, lines: Sequence[int]) -> list[Any]:
            columns = [read_key(batch[key], lines) for key, read_key in readers.items()]
            return [dict(zip(readers, values, strict=True)) for values in zip(*columns, strict=True)]

        return read

    def _value(self, value: Any, names: Sequence[str] | None, line: int) -> Any:
        if isinstance(value, list):
            return [self._value(entry, names, line) for entry in value]
        if isinstance(value, bytes):
            return value.decode("utf-8", errors="replace")
        if names is None:
            return value
        if value == _NO_LABEL:
            raise DataError(
                f"{where(self.name, line)}: the labels of this split are hidden (-1); name another, e.g. validation"
            )
        return names[value]


def _builder(name: str, tfds_name: str) -> Any:
    try:
        import tensorflow_datasets as tfds
    except ModuleNotFoundError as error:
        raise DataError(
            f'{name}: TensorFlow Datasets are not installed; run: pip install "bert_keras[data]"'
        ) from error
    try:
        # Passed explicitly, since TFDS itself reads the variable only on import.
        return tfds.builder(tfds_name, data_dir=os.environ.get("TFDS_DATA_DIR"))
    except tfds.core.DatasetNotFoundError as error:
        known = tfds.list_builders(with_community_datasets=False)
        near = difflib.get_close_matches(tfds_name.split("/")[0].split(":")[0], known)
        meant = f"; did you mean {' or '.join(near)}?" if near else ""
        raise DataError(f"{name}: TFDS has no such data set, and none is prepared in its folder{meant}") from error
    except Exception as error:  # an unknown config, a missing version, a library that the data set needs
        raise DataError(f"{name}: TFDS cannot load it ({_one_line(error)})") from error


def _one_line(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split()):.300}"

"""The rows without labels beside a classifier's training data."""

from collections.abc import Iterator

from bert_keras.data import Columns, Source
from bert_keras.data.columns import Chosen, choose
from bert_keras.errors import DataError
from bert_keras.files import listed

from ..training.data import TFDS_SPLITS
from .config import ClassifyConfig


def unlabelled_source(config: ClassifyConfig, columns: Columns) -> Source | None:
    """Returns the rows of `--unlabelled`, to be read in the columns of train.

    Args:
        config: The options.
        columns: The columns of train.

    Returns:
        The rows; `None` if there are none.

    Raises:
        DataError: A file lacks a column of texts that train has.
    """
    if config.unlabelled is None:
        return None
    texts = Columns(columns.text, columns.pair, pairs=columns.pairs, trained=columns.trained)
    source = Source(config.unlabelled, texts, None, TFDS_SPLITS["train"], config.reading())
    check_unlabelled(source)
    return source


def other_columns(source: Source) -> Iterator[str]:
    """Yields the warning that rows without labels are read in other columns than train, for they lack those.

    Args:
        source: The rows, to be read in the columns of train.
    """
    trained, chosen = source.columns.trained, source.chosen
    if trained is not None and (chosen.text, chosen.pair) != (trained.text, trained.pair):
        yield (
            f"{source.name}: --unlabelled is read in other columns than train, which it lacks: {chosen.described()}, "
            f"instead of {Chosen(trained.text, trained.pair, ()).described()}; if that is wrong, name its columns as "
            "train does"
        )


def check_unlabelled(source: Source) -> None:
    """Checks that rows without labels have the columns of texts that train has.

    Args:
        source: The rows, to be read in the columns of train.

    Raises:
        DataError: A file lacks one.
    """
    trained = source.columns.trained
    assert trained is not None
    wanted = [name for name in (trained.text, trained.pair) if name is not None]
    for part in source.parts:
        names = part.names()
        try:
            if names:  # an empty file is told of when its rows are read
                choose(source.columns, None, names, part.name)
        except DataError as error:
            raise DataError(
                f"{part.name}: --unlabelled is read in the columns of train, {' and '.join(map(repr, wanted))}, which "
                f"its first line must name. Received: {listed(names)}"
            ) from error

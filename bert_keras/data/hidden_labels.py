"""The check that no label may stand for labels that a data set hides."""

from collections.abc import Sequence

from bert_keras.data.encoded import Encoded
from bert_keras.data.labels.missing import may_hide
from bert_keras.errors import DataError


def check_hidden_labels(rows: Encoded, missing: Sequence[str] | None) -> None:
    """Checks that the label -1, which may mark a hidden label, is there on purpose.

    Args:
        rows: The rows.
        missing: The marks of missing labels that the user named; None if none were named.

    Raises:
        DataError: There is such a label, and the user did not say what it is.
    """
    counts = rows.name_counts()
    if missing is None and may_hide(counts):
        raise DataError(
            f"{rows.name}: -1 hides labels in some data sets, and is a class in others. Received: -1 in "
            f"{counts['-1']:,} of {len(rows):,} rows; leave these out with --missing_labels -1, or keep the "
            "class with --missing_labels NULL"
        )

"""The labels of one model as those of another: by name, never by place."""

from collections.abc import Sequence

from bert_keras.data.labels.spellings import Spellings
from bert_keras.errors import LabelError
from bert_keras.files.messages import listed


def matched_labels(labels: Sequence[str], others: Sequence[str], merge: bool = False) -> list[int]:
    """Returns the place of each label among those of another model.

    Args:
        labels: The labels, in the order of a model's outputs.
        others: The labels of the other model, in the order of its outputs.
        merge: Whether names that look alike are one label; see `Spellings`.

    Returns:
        The places in `others`, in the order of `labels`.

    Raises:
        LabelError: The other model lacks a label, or has others.
    """
    spellings = Spellings(labels, merge)
    names = [spellings.label(name) for name in others]
    lacking = [label for label in labels if label not in names]
    beyond = [other for other, name in zip(others, names, strict=True) if name is None]
    alike = [other for other, name in zip(others, names, strict=True) if name is not None and names.count(name) > 1]
    if lacking or beyond or alike:
        alone = {"only the data has": lacking, "only the teacher has": beyond, "the teacher has as several": alike}
        told = "; ".join(f"{whose} {listed(which)}" for whose, which in alone.items() if which)
        raise LabelError(
            f"the teacher's labels must be those of the data, by name and in any order. Received: {told}; rename those "
            "of one, or leave out the rows of others"
        )
    return [names.index(label) for label in labels]

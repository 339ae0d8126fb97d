"""The views in a notebook: `show` where a cell ends, in Jupyter, Lab, VS Code and Colab."""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from bert_keras.errors import InputError
from bert_keras.insight.inspection import Inspection, attention
from bert_keras.insight.page import page_html
from bert_keras.insight.record import Record, make_record
from bert_keras.models.task import BertTask

_NAME_LENGTH = 60


@dataclass(frozen=True, slots=True, repr=False)
class Shown:
    """What a notebook draws at the end of a cell.

    Attributes:
        records: What is shown.
        height: In CSS pixels.
    """

    records: tuple[Record, ...]
    height: int

    def __repr__(self) -> str:
        # Where no frame can be drawn, and beside it in the notebook's file: not the records, which are long.
        return f"Shown({', '.join(repr(record.header['name']) for record in self.records)})"

    def _repr_html_(self) -> str:
        """One frame that holds the whole page, shut off from the notebook and from every network."""
        page = html.escape(page_html(self.records))
        style = f"width: 100%; height: {self.height}px; border: 0; color-scheme: normal"
        # Without allow-same-origin: the page reads no cookie and no storage of the notebook's.
        sandbox = "allow-scripts allow-downloads"
        return f'<iframe title="Attention" sandbox="{sandbox}" style="{style}" srcdoc="{page}"></iframe>'


def show(
    what: BertTask | Inspection | Record | Sequence[Inspection | Record],
    text: str | Sequence[str] | None = None,
    pair: str | Sequence[str] | None = None,
    *,
    height: int = 760,
) -> Shown:
    """Shows what goes on inside a model, in a notebook.

    ```python
    bert_keras.insight.show(classifier, "a charming journey")
    bert_keras.insight.show(reader, "Who wrote it?", context)
    ```

    Args:
        what: A model with the texts to show it on; or inspections or records, one or several.
        text: With a model: a text or several; of a reader, the question.
        pair: With a model: their second texts; of a reader, the context.
        height: Of the frame, in CSS pixels.

    Returns:
        What a notebook displays as the views. The page is kept in the notebook, so one of many or of long texts makes
        it a large file.

    Raises:
        InputError: There are texts without a model, a model without texts, or not as many second texts as first.
    """
    if isinstance(what, BertTask):
        inspections: Sequence[Inspection | Record] = [attention(what, *row) for row in _rows(text, pair)]
    elif text is not None or pair is not None:
        raise InputError(
            f"texts go with a model, not with what was inspected before. Received: {type(what).__name__}, text={text!r}"
        )
    else:
        inspections = [what] if isinstance(what, Inspection | Record) else list(what)
    if not inspections:
        raise InputError("at least one inspection or record is shown. Received: none")
    if height < 1:
        raise InputError(f"the height is a number of pixels. Received: {height}")
    return Shown(
        tuple(each if isinstance(each, Record) else make_record(each, name=_name(each)) for each in inspections), height
    )


def _rows(text: str | Sequence[str] | None, pair: str | Sequence[str] | None) -> list[tuple[str, str | None]]:
    if text is None:
        raise InputError("a model is shown at work on a text. Received: text=None; say show(model, 'a text')")
    texts = [text] if isinstance(text, str) else list(text)
    if isinstance(pair, str):
        pairs: list[str | None] = [pair] * len(texts)  # several questions of one context
    else:
        pairs = list(cast(Sequence[str | None], pair)) if pair is not None else [None] * len(texts)
    if not texts or len(texts) != len(pairs):
        raise InputError(f"every text has its second one. Received: {len(texts)} texts, {len(pairs)} second texts")
    return list(zip(texts, pairs, strict=True))


def _name(inspection: Inspection) -> str:
    """The text by its beginning, on one line."""
    text = " ".join(inspection.tokens.first.split())
    return (text if len(text) <= _NAME_LENGTH else text[: _NAME_LENGTH - 1] + "…") or "(empty text)"

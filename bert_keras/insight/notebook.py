"""Attention views in a notebook: `show` at the end of a cell, in Jupyter, JupyterLab, VS Code and Colab."""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from bert_keras.errors import InputError
from bert_keras.insight.inspection import Inspection, attention
from bert_keras.insight.page import page_html
from bert_keras.insight.record import Record, make_record, name_of
from bert_keras.models.task import BertTask


@dataclass(frozen=True, slots=True, repr=False)
class Shown:
    """Attention views, which a notebook displays at the end of a cell.

    Attributes:
        records: The records to show.
        height: The height of the frame in CSS pixels.
    """

    records: tuple[Record, ...]
    height: int

    def __repr__(self) -> str:
        # Shown where no frame can be drawn, and stored in the notebook beside the frame: without the long records.
        return f"Shown({', '.join(repr(record.header['name']) for record in self.records)})"

    def _repr_html_(self) -> str:
        """Returns a frame that holds the whole page, isolated from the notebook and from every network."""
        page = html.escape(page_html(self.records))
        style = f"width: 100%; height: {self.height}px; border: 0; color-scheme: normal"
        # Without allow-same-origin, so that the page can read neither cookies nor storage of the notebook.
        sandbox = "allow-scripts allow-downloads"
        return f'<iframe title="Attention" sandbox="{sandbox}" style="{style}" srcdoc="{page}"></iframe>'


def show(
    what: BertTask | Inspection | Record | Sequence[Inspection | Record],
    text: str | Sequence[str] | None = None,
    pair: str | Sequence[str] | None = None,
    *,
    height: int = 760,
) -> Shown:
    """Shows the attention views of a model in a notebook.

    ```python
    bert_keras.insight.show(classifier, "a charming journey")
    bert_keras.insight.show(reader, "Who wrote it?", context)
    ```

    Args:
        what: A model with the texts to show it on, or one or several inspections or records.
        text: One or several texts, with a model; for a reader, the questions.
        pair: Their second texts, with a model; for a reader, the contexts. One text serves all first texts.
        height: The height of the frame in CSS pixels.

    Returns:
        The views, which a notebook displays. The page is stored in the notebook, so that many or long texts make it a
        large file.

    Raises:
        InputError: There are texts without a model, a model without texts, different numbers of first and second texts,
            nothing to show, or a height below 1.
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
    return Shown(tuple(each if isinstance(each, Record) else _record(each) for each in inspections), height)


def _record(inspection: Inspection) -> Record:
    return make_record(inspection, name=name_of(inspection.tokens.first))


def _rows(text: str | Sequence[str] | None, pair: str | Sequence[str] | None) -> list[tuple[str, str | None]]:
    if text is None:
        raise InputError("a model is shown at work on a text. Received: text=None; say show(model, 'a text')")
    texts = [text] if isinstance(text, str) else list(text)
    if isinstance(pair, str):
        pairs: list[str | None] = [pair] * len(texts)  # several questions about one context
    else:
        pairs = list(cast(Sequence[str | None], pair)) if pair is not None else [None] * len(texts)
    if not texts or len(texts) != len(pairs):
        raise InputError(f"every text has its second one. Received: {len(texts)} texts, {len(pairs)} second texts")
    return list(zip(texts, pairs, strict=True))

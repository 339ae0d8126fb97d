"""The columns of a text encoder's training data: what kind of groups they are."""

from collections.abc import Sequence
from dataclasses import dataclass

from bert_keras.data import LABEL_COLUMNS, PAIR_COLUMNS, TEXT_COLUMNS, GroupKind
from bert_keras.data.column_names import squeezed
from bert_keras.data.header import Header
from bert_keras.errors import DataError
from bert_keras.files.messages import listed

from .config import NONE, ContrastConfig

_PAIRS = (
    ("anchor", "positive"),
    ("query", "positive"),
    ("question", "answer"),
    ("query", "answer"),
    ("query", "passage"),
    ("query", "document"),
    ("query", "text"),
    ("text", "pair"),
    *PAIR_COLUMNS,
)
_NEGATIVES = ("negative", "hardnegative")
_SCORES = ("score", "similarity", "similarityscore")


@dataclass(frozen=True)
class GroupColumns:
    """The columns to read.

    Attributes:
        kind: The kind of groups.
        text: The column of the first texts.
        pair: The column of the second texts; `None` for labelled texts.
        third: The column of the negatives, the scores or the labels; `None` for pairs.
        unused: The columns beside pairs or triples whose names begin as that of negatives does, and that are not read.
    """

    kind: GroupKind
    text: str
    pair: str | None
    third: str | None
    unused: tuple[str, ...] = ()

    def described(self) -> str:
        """Returns the columns as text, e.g. "text 'query', pair 'passage', negative 'negative'"."""
        what = {"triples": "negative", "scored_pairs": "score", "labelled_texts": "label"}.get(self.kind, "")
        named = (("text", self.text), ("pair", self.pair), (what, self.third))
        read = ", ".join(f"{kind} {name!r}" for kind, name in named if name is not None)
        are = "is" if len(self.unused) == 1 else "are"
        more = f"; {listed(self.unused)} {are} there and not used: --negative_column takes one" if self.unused else ""
        return read + more


def group_columns(config: ContrastConfig, there: Sequence[str], where: str) -> GroupColumns:
    """Selects the columns, and with them the kind of groups.

    Args:
        config: The options, which may name columns.
        there: The names of the existing columns.
        where: The location of these names, for messages.

    Returns:
        The columns.

    Raises:
        DataError: A column does not exist, or it is in doubt what the data are.
    """
    header = Header(there, where)
    text, pair = _texts(config, header)
    found = _third(config, header, text, pair, there, where)
    for name in (found.text, found.pair, found.third):
        header.check_unique(name)
    return found


def _texts(config: ContrastConfig, header: Header) -> tuple[str | None, str | None]:
    text = None if config.text_column is None else header.named(config.text_column, "text")
    pair = None if config.pair_column is None else header.named(config.pair_column, "pair")
    if config.label_column is not None or (text is not None and pair is not None):
        return text, pair
    if text is None and pair is None:
        return next((both for names in _PAIRS if (both := header.both(names, ())) is not None), (None, None))
    if pair is None:
        return text, next((name for one, other in _PAIRS if (name := _other(header, one, other, text))), None)
    return next((name for one, other in _PAIRS if (name := _other(header, other, one, pair))), None), pair


def _other(header: Header, one: str, other: str, name: str | None) -> str | None:
    """Returns the column `other` if `name` is the column `one` of a usual pair."""
    return header.usual([other], [name]) if header.usual([one]) == name else None


def _third(
    config: ContrastConfig, header: Header, text: str | None, pair: str | None, there: Sequence[str], where: str
) -> GroupColumns:
    if pair is None:
        if config.negative_column is not None or config.score_column not in (None, NONE):
            raise header.missing("no column with a usual name for the second texts", "pair")
        label = header.usual(LABEL_COLUMNS, [text]) if config.label_column is None else config.label_column
        if label is None:
            raise header.missing("no two columns of a usual pair of texts, and no usual label beside a text", "pair")
        found = text or header.usual(TEXT_COLUMNS, [label])
        if found is None:
            raise header.missing("no column with a usual name for the text", "text")
        return GroupColumns("labelled_texts", found, None, header.named(label, "label"))
    if text is None:
        raise header.missing(f"no column with a usual name for the texts beside {pair!r}", "text")
    taken = [text, pair]
    negative = header.usual(_NEGATIVES, taken)
    if config.negative_column is not None:
        negative = header.named(config.negative_column, "negative")
    score = None if config.score_column == NONE else header.usual(_SCORES, taken)
    if config.score_column not in (None, NONE):
        score = header.named(str(config.score_column), "score")
    if negative is not None and score is not None:
        raise DataError(
            f"{where}: either negatives or scores stand beside a pair. Received: {negative!r} and {score!r}; for the "
            f"negatives say --score_column {NONE}"
        )
    label = header.usual(LABEL_COLUMNS, taken)
    if label is not None and score is None and negative is None and config.score_column is None:
        raise DataError(
            f"{where}: beside the pair {text!r} and {pair!r} there is {label!r}, which may say that they do not belong "
            f"together. Received: no --score_column; if it is a number, higher for texts that are more alike, say "
            f"--score_column {label}; if all pairs belong together, --score_column {NONE}"
        )
    if score is not None:
        return GroupColumns("scored_pairs", text, pair, score)
    unused = tuple(name for name in there if squeezed(name).startswith(_NEGATIVES) and name not in (*taken, negative))
    return GroupColumns("triples" if negative is not None else "pairs", text, pair, negative, unused)

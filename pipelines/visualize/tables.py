"""The results as tables: predictions, decisive words and important heads of each text, and the effects of changes."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from rich.table import Table
from rich.text import Text

from ..console.short_texts import short
from .looks import Look
from .marks import AT_TOKENS, decided_text, marked_text, true_marks

Header = Mapping[str, Any]

_WORDS, _HEADS, _LONGEST_TEXT, _LONGEST_WORD = 4, 3, 64, 24


def looks_table(looks: Sequence[Look]) -> Table:
    """Returns a table of predictions, true targets, decisive words and important heads.

    Args:
        looks: The looks without a change; at least one.

    Returns:
        A table with a row for each look.
    """
    method = _method(looks[0].record.header)
    title = looks[0].record.header["methods"][method]["title"] if method else "nothing asked for"
    notes = (
        f"words: shares of {title}; holds: its rank correlation with what masking each word does, 1 at best; "
        "heads: layer.head as in the Attention tab, with how much the prediction hangs on them"
    )
    table = Table(show_lines=True, caption=notes, caption_justify="left")
    for name, ratio in (("text", 6), ("predicted", 5), ("true", 3), ("decisive words", 5), ("heads", 3)):
        table.add_column(name, ratio=ratio, overflow="fold")
    for look in looks:
        header = look.record.header
        words = [f"{value:.2f} {short(word, _LONGEST_WORD)}" for word, value in decisive_words(header)]
        if words:
            words = [*filter(None, (explained_text(header),)), *words, *filter(None, (holds_text(header),))]
        heads = "\n".join(f"{name}  {value:.2g}" for name, value in important_heads(header))
        predicted = "\n".join(filter(None, (prediction_text(header), masked_text(header))))
        cells = (_texts(header), predicted, true_text(header) or "-", "\n".join(words) or "-", heads)
        table.add_row(*map(Text, cells))
    return table


def changes_table(looks: Sequence[Look]) -> Table:
    """Returns a table of the effects of changes.

    Args:
        looks: The looks after a change.

    Returns:
        A table with a row for each look: the change, and the predictions before and after it.
    """
    table = Table(title="what if", title_justify="left", show_lines=True)
    for name in ("text", "change", "before", "after"):
        table.add_column(name)
    for look in looks:
        if look.instead_of is not None:
            before, after = (prediction_text(each.record.header) for each in (look.instead_of, look))
            table.add_row(*map(Text, (short(look.instead_of.example.text, _LONGEST_TEXT), look.change, before, after)))
    return table


def prediction_text(header: Header) -> str:
    """Returns the prediction of a record with its probability.

    Args:
        header: The header of the record.

    Returns:
        A text such as "positive 0.930" with a line per label, entity or candidate of a mask, a number, or an answer
        with its score.
    """
    if header["task"] in AT_TOKENS:
        return marked_text(header)
    said, answer = header["prediction"], header["answer"]
    if answer is not None:
        found = answer["predicted"]
        return (
            f"no answer, null odds {answer['null_odds']:.3g}"
            if found is None
            else f"{short(found['text'], 40)} {found['score']:.3f}"
        )
    if said["value"] is not None:
        return f"{said['value']:.4f}"
    probabilities = dict(zip(said["labels"], said["probabilities"], strict=True))
    return "\n".join(f"{name} {probabilities[name]:.3f}" for name in said["predicted"]) or "none"


def true_text(header: Header) -> str:
    """Returns the true target of a record.

    Args:
        header: The header of the record.

    Returns:
        The label names, number, entities or gold answers; "" if the target is not known.
    """
    if header["task"] in AT_TOKENS:
        return true_marks(header)
    said, answer = header["prediction"], header["answer"]
    if answer is not None:
        gold = answer["gold"]
        return "" if gold is None else "\n".join(dict.fromkeys(short(span["text"], 40) for span in gold)) or "no answer"
    true = said["true"]
    return "" if true is None else ", ".join(map(str, true)) or "none"


def masked_text(header: Header) -> str:
    """Returns the word whose masking makes the explained output least probable, and the probability without it.

    Args:
        header: The header of a record.

    Returns:
        A text such as "0.120 without great", with the label's name where several may be predicted; "" if no words were
        masked, or no masked word lowers the probability.
    """
    masked = header["masked"]
    if not masked or not masked["words"]:
        return ""
    label = ""
    if "span_scores" in masked:
        original, scores = masked["original"], masked["span_scores"]
    else:
        said, target = header["prediction"], header["target"]
        place = said["labels"].index(target["label"]) if target["label"] is not None else 0
        original, scores = masked["original"][place], [row[place] for row in masked["probabilities"]]
        named = target["label"] is not None and said["predicted"] != [target["label"]]
        label = f"{target['label']} " if named or header["task"] in ("multi_label", *AT_TOKENS) else ""
    least = int(np.argmin(scores))
    word = short(_word(header, masked["words"][least]), _LONGEST_WORD)
    return f"{label}{scores[least]:.3f} without {word}" if scores[least] < original else ""


def _texts(header: Header) -> str:
    """Returns the text of a record; of a pair or a question with its context, both."""
    parts = [header["first"], *([] if header["second"] is None else [header["second"]])]
    return "\n".join(short(part, _LONGEST_TEXT) for part in parts)


def holds_text(header: Header) -> str:
    """Returns how well the shown attributions agree with masking, and over which words.

    Args:
        header: The header of a record.

    Returns:
        A text such as "holds: 0.49", with the number of words where only some were masked; "" where it was not
        measured.
    """
    method, masked = _method(header), header["masked"]
    if method is None or not masked:
        return ""
    holds = header["methods"][method]["masking_correlation"][-1]
    if holds is None:
        return ""
    some = masked["sentences"] is not None
    return f"holds: {holds:.2f}" + (f" ({len(masked['words'])} of {_word_count(header)} words masked)" if some else "")


def explained_text(header: Header) -> str:
    """Returns which label the words decide for, where that is not plain: one against another, or one of several.

    Args:
        header: The header of a record.

    Returns:
        A text such as "for refund, not cancel" or "for anger", with the mask or the entity that it is about; "" if the
        only predicted label is explained.
    """
    target, said = header["target"], header["prediction"]
    if target["label"] is None:
        return ""
    what = f"for {target['label']}"
    if target["against"] is not None:
        what = f"{what}, not {target['against']}"
    if header["task"] in AT_TOKENS:
        return f"{what}, {decided_text(header)}"
    if target["against"] is not None:
        return what
    return (
        "" if said["predicted"] == [target["label"]] and header["task"] == "single_label" else f"for {target['label']}"
    )


def decisive_words(header: Header, most: int = _WORDS) -> list[tuple[str, float]]:
    """Returns the words with the largest attributions, by the best method that was computed.

    Args:
        header: The header of a record.
        most: The maximum number of words.

    Returns:
        The words with their shares of the sum of absolute attributions over all words, by decreasing absolute value.
        Signed methods, as integrated gradients are, can have negative shares: words against the target.
    """
    method = _method(header)
    if method is None:
        return []
    tokens, values = header["tokens"], np.array(header["methods"][method]["values"][-1], np.float64)
    words = np.array(tokens["words"])
    count = _word_count(header)
    sums = np.bincount(words[words >= 0], weights=values[words >= 0], minlength=count)
    total = np.abs(sums).sum()
    order = np.argsort(-np.abs(sums), kind="stable")[:most]
    return [(_word(header, int(word)), float(sums[word] / total)) for word in order if sums[word]]


def important_heads(header: Header, most: int = _HEADS) -> list[tuple[str, float]]:
    """Returns the heads on which the prediction depends most.

    Args:
        header: The header of a record.
        most: The maximum number of heads.

    Returns:
        The heads as "layer.head", both numbered from 0, with their importance, the largest first.
    """
    importance = np.array(header["statistics"].get("importance") or [], np.float64)
    order = np.argsort(-importance, axis=None, kind="stable")[:most]
    places: Iterator[tuple[int, int]] = (
        zip(*np.unravel_index(order, importance.shape), strict=True) if importance.size else iter(())
    )
    return [(f"{layer}.{head}", float(importance[layer, head])) for layer, head in places]


def _method(header: Header) -> str | None:
    return header["default_method"]


def _word_count(header: Header) -> int:
    return max(header["tokens"]["words"], default=-1) + 1


def _word(header: Header, word: int) -> str:
    tokens = header["tokens"]
    places = [place for place, of in enumerate(tokens["words"]) if of == word]
    text = header["first"] if tokens["texts"][places[0]] == 0 else header["second"]
    return str(text)[tokens["starts"][places[0]] : tokens["ends"][places[-1]]]

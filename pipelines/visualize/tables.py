"""What was seen, in a table: the prediction, the words that decided, the heads that carry it; and what a change did."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from rich.table import Table
from rich.text import Text

from ..console.short_texts import short
from .looks import Look

Header = Mapping[str, Any]

_WORDS, _HEADS, _LONGEST_TEXT, _LONGEST_WORD = 4, 3, 64, 24
_BEST_FOR_WORDS = ("gradient", "integrated_gradients", "rollout", "norm", "raw")


def looks_table(looks: Sequence[Look]) -> Table:
    """Makes a table of what was looked at.

    Args:
        looks: The looks without a change.

    Returns:
        A row for each.
    """
    method = _method(looks[0].record.header)
    title = looks[0].record.header["methods"][method]["title"] if method else "nothing asked for"
    notes = f"words: shares of {title}; heads: layer.head as in the Attention tab, with how much the prediction hangs on them"
    table = Table(show_lines=True, caption=notes, caption_justify="left")
    for name, ratio in (("text", 6), ("predicted", 5), ("true", 3), ("decisive words", 5), ("heads", 3)):
        table.add_column(name, ratio=ratio, overflow="fold")
    for look in looks:
        header = look.record.header
        words = "\n".join(f"{value:.2f} {short(word, _LONGEST_WORD)}" for word, value in decisive_words(header))
        heads = "\n".join(f"{name}  {value:.2g}" for name, value in important_heads(header))
        predicted = "\n".join(filter(None, (prediction_text(header), masked_text(header))))
        table.add_row(
            *map(
                Text,
                (short(look.example.text, _LONGEST_TEXT), predicted, true_text(header) or "-", words or "-", heads),
            )
        )
    return table


def changes_table(looks: Sequence[Look]) -> Table:
    """Makes a table of what changes did.

    Args:
        looks: Those with a change.

    Returns:
        A row for each: what was predicted before and after, and by how much the logit that is explained went up or
        down.
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
    """Says what a model predicts, with its probability.

    Args:
        header: Of a record.

    Returns:
        E.g. "positive 0.93", or an answer.
    """
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
    """Says what is true, as far as that is known.

    Args:
        header: Of a record.

    Returns:
        Names of labels, or answers; "" where nothing is known.
    """
    said, answer = header["prediction"], header["answer"]
    if answer is not None:
        gold = answer["gold"]
        return "" if gold is None else "\n".join(dict.fromkeys(short(span["text"], 40) for span in gold)) or "no answer"
    true = said["true"]
    return "" if true is None else ", ".join(map(str, true)) or "none"


def masked_text(header: Header) -> str:
    """Says without which word the prediction would be the least sure.

    Args:
        header: Of a record.

    Returns:
        E.g. "0.120 without great"; "" where no words were masked, or none of them makes it less sure.
    """
    masked = header["masked"]
    if not masked or not masked["words"]:
        return ""
    if "span_scores" in masked:
        original, scores = masked["original"], masked["span_scores"]
    else:
        predicted = header["prediction"]["predicted"]
        place = header["prediction"]["labels"].index(predicted[0]) if predicted else 0
        original, scores = masked["original"][place], [row[place] for row in masked["probabilities"]]
    least = int(np.argmin(scores))
    return (
        f"{scores[least]:.3f} without {short(_word(header, masked['words'][least]), _LONGEST_WORD)}"
        if scores[least] < original
        else ""
    )


def decisive_words(header: Header, most: int = _WORDS) -> list[tuple[str, float]]:
    """Finds the words to which an attribution gives the most, by gradient x attention where that was computed.

    Args:
        header: Of a record.
        most: How many.

    Returns:
        Words with their shares of the sum over all words, the largest first. Of integrated gradients some are below
        zero.
    """
    method = _method(header)
    if method is None:
        return []
    tokens, values = header["tokens"], np.array(header["methods"][method]["values"][-1], np.float64)
    words = np.array(tokens["words"])
    count = int(words.max(initial=-1)) + 1
    sums = np.bincount(words[words >= 0], weights=values[words >= 0], minlength=count)
    total = np.abs(sums).sum()
    order = np.argsort(-np.abs(sums), kind="stable")[:most]
    return [(_word(header, int(word)), float(sums[word] / total)) for word in order if sums[word]]


def important_heads(header: Header, most: int = _HEADS) -> list[tuple[str, float]]:
    """Finds the heads on which the prediction depends the most.

    Args:
        header: Of a record.
        most: How many.

    Returns:
        "layer.head", both from 0, with the importance, the largest first.
    """
    importance = np.array(header["statistics"].get("importance") or [], np.float64)
    order = np.argsort(-importance, axis=None, kind="stable")[:most]
    places: Iterator[tuple[int, int]] = (
        zip(*np.unravel_index(order, importance.shape), strict=True) if importance.size else iter(())
    )
    return [(f"{layer}.{head}", float(importance[layer, head])) for layer, head in places]


def _method(header: Header) -> str | None:
    return next((name for name in _BEST_FOR_WORDS if name in header["methods"]), None)


def _word(header: Header, word: int) -> str:
    tokens = header["tokens"]
    places = [place for place, of in enumerate(tokens["words"]) if of == word]
    text = header["first"] if tokens["texts"][places[0]] == 0 else header["second"]
    return str(text)[tokens["starts"][places[0]] : tokens["ends"][places[-1]]]

"""The baseline of a token classifier: each word tagged by itself; and the intervals of its scores."""

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np

from bert_keras import evaluation
from bert_keras.data import WindowedTexts
from bert_keras.tagging import WordSpan, entity_scores

HEADING = "words alone"
_SHOWN = ("micro_f1", "micro_precision", "micro_recall", "macro_f1")
_COLUMNS = 3  # right, predicted, gold


def words_alone(train: WindowedTexts, windowed: WindowedTexts) -> evaluation.Baseline:
    """Scores the tags that words have most often in train, whatever stands around them.

    Args:
        train: The training split.
        windowed: The evaluated split; words that do not occur in train are outside of entities.

    Returns:
        The baseline.
    """
    counts: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for word, tag in zip(_words(train), train.tags.tolist(), strict=True):
        counts[word][tag] += 1
    usual = {word: of.most_common(1)[0][0] for word, of in counts.items()}
    scheme, outside = windowed.scheme, windowed.scheme.outside
    tags = [usual.get(word, outside if outside is not None else 0) for word in _words(windowed)]
    edges = windowed.word_edges().tolist()
    found = [
        [WordSpan(first, last, scheme.types[of]) for first, last, of in scheme.spans(_known(tags[begin:end]))]
        for begin, end in zip(edges, edges[1:], strict=False)
    ]
    scores = entity_scores(windowed.gold, found)
    return evaluation.Baseline("each word tagged as it is most often in train", {name: scores[name] for name in _SHOWN})


def intervals(
    gold: Sequence[Sequence[WordSpan]], found: Sequence[Sequence[WordSpan]]
) -> dict[str, evaluation.Interval]:
    """Computes the intervals of the scores, by the bootstrap over texts.

    Args:
        gold: The entities of each text.
        found: The entities that are found in each text.

    Returns:
        The intervals by metric.
    """
    names = sorted({span.label for of in (*gold, *found) for span in of})
    place_of = {name: place for place, name in enumerate(names)}
    columns = np.zeros([len(gold), len(names), _COLUMNS])
    for row, (true, predicted) in enumerate(zip(gold, found, strict=True)):
        for column, spans in enumerate(({*true} & {*predicted}, {*predicted}, {*true})):
            for span in spans:
                columns[row, place_of[span.label], column] += 1

    def of_all(means: np.ndarray) -> np.ndarray:
        return _by_type(means).sum(axis=-2)

    def macro(means: np.ndarray) -> np.ndarray:
        by_type = _by_type(means)
        there = by_type.sum(axis=-1) > 0
        return _f1(by_type).sum(axis=-1) / np.maximum(there.sum(axis=-1), 1)

    return evaluation.bootstrap(
        columns.reshape(len(gold), -1),
        {
            "micro_f1": lambda means: _f1(of_all(means)),
            "micro_precision": lambda means: _share(of_all(means), 1),
            "micro_recall": lambda means: _share(of_all(means), 2),
            "macro_f1": macro,
        },
    )


def _words(windowed: WindowedTexts) -> list[str]:
    texts, words = windowed.source.texts, windowed.words
    places = zip(words.texts.tolist(), words.starts.tolist(), words.ends.tolist(), strict=True)
    return [texts[text].text[start:end] for text, start, end in places]


def _known(tags: list[int]) -> list[int]:
    return [max(tag, 0) for tag in tags]


def _by_type(means: np.ndarray) -> np.ndarray:
    return means.reshape(*means.shape[:-1], -1, _COLUMNS)


def _f1(counts: np.ndarray) -> np.ndarray:
    total = counts[..., 1] + counts[..., 2]
    return np.divide(2 * counts[..., 0], total, out=np.zeros_like(total), where=total > 0)


def _share(counts: np.ndarray, of: int) -> np.ndarray:
    return np.divide(counts[..., 0], counts[..., of], out=np.zeros_like(counts[..., 0]), where=counts[..., of] > 0)

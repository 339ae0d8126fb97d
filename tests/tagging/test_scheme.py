"""What tags mean: types, prefixes, entities; `seqeval` is the reference."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from bert_keras.errors import LabelError
from bert_keras.tagging import TagScheme, WordSpan, bio_tags, entity_scores
from bert_keras.tagging.graph_decoding import entities_of

CASES: dict[str, Any] = json.loads(Path(__file__).with_name("seqeval_reference.json").read_text(encoding="utf-8"))
BIOES = ("O", "B-X", "I-X", "E-X", "S-X")


def spans(scheme: TagScheme, rows: list[list[str]]) -> list[list[WordSpan]]:
    """The entities of sentences of tags."""
    numbered = [[scheme.tags.index(tag) for tag in row] for row in rows]
    return [[WordSpan(first, last, scheme.types[of]) for first, last, of in scheme.spans(row)] for row in numbered]


@pytest.mark.parametrize("name", CASES)
def test_entities_and_scores_are_those_of_seqeval(name: str) -> None:
    case = CASES[name]
    scheme = TagScheme.of(case["tags"])
    true, found = (spans(scheme, case[side]) for side in ("true", "found"))
    assert [[list(span) for span in row] for row in true] == case["entities"]
    scores = entity_scores(true, found)
    tags = [np.concatenate(case[side]) for side in ("true", "found")]
    scores["word_accuracy"] = float(np.mean(tags[0] == tags[1]))
    assert {key: scores[key] for key in case["scores"]} == pytest.approx(case["scores"], abs=1e-9)


@pytest.mark.parametrize("name", CASES)
def test_the_graph_finds_the_same_entities(name: str) -> None:
    case = CASES[name]
    scheme = TagScheme.of(case["tags"])
    rows = [[], *case["true"], [], []]
    texts = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
    tags = np.array([scheme.tags.index(tag) for row in rows for tag in row], np.int32)
    scores = np.random.default_rng(0).random(len(tags)).astype(np.float32)
    found = entities_of(tf.constant(tags), tf.constant(scores), tf.constant(texts), scheme)
    firsts, lasts, types, means = (values.numpy() for values in found)
    begins = np.cumsum([0, *map(len, rows)])[:-1]
    wanted = [
        (begin + first, begin + last, of)
        for begin, row in zip(begins, spans(scheme, rows), strict=True)
        for first, last, of in row
    ]
    assert list(zip(firsts, lasts, [scheme.types[of] for of in types], strict=True)) == wanted
    np.testing.assert_allclose(means, [scores[first : last + 1].mean() for first, last, _ in wanted], rtol=1e-6)


def test_no_words_have_no_entities_in_the_graph() -> None:
    found = entities_of(tf.zeros([0], tf.int32), tf.zeros([0]), tf.zeros([0], tf.int64), TagScheme.of(BIOES))
    assert [len(values) for values in found] == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("tags", "types", "outside"),
    [
        (("O", "B-PER", "I-PER"), ("PER",), 0),
        (("I-LOC", "O"), ("LOC",), 1),
        (("B-PER", "I-PER", "[PAD]", "O", "[CLS]"), ("PER",), 2),
        (("O", "B_a", "I_a"), ("a",), 0),
        (("O", "B-x", "M-x", "E-x", "S-x"), ("x",), 0),
        (("O", "B-x", "I-x", "L-x", "U-x"), ("x",), 0),
        (("O", "B-cell", "T-cell"), ("B-cell", "T-cell"), 0),
        (("NOUN", "VERB"), ("NOUN", "VERB"), None),
        (("O", "PER", "LOC"), ("PER", "LOC"), 0),
        (("O", "B-PER", "I-PER", "MISC"), ("PER", "MISC"), 0),
        (("O", "B-line\nend", "I-line\nend"), ("line\nend",), 0),
    ],
)
def test_tags_are_read_as_what_they_are(tags: tuple[str, ...], types: tuple[str, ...], outside: int | None) -> None:
    scheme = TagScheme.of(tags)
    assert (scheme.types, scheme.outside) == (types, outside)


@pytest.mark.parametrize("tags", [("O",), ("a", "a"), "OB", ("O", "[SEP]"), ("O", 1)])
def test_names_that_are_no_tags_are_refused(tags: Any) -> None:
    with pytest.raises(LabelError, match="Received"):
        TagScheme.of(tags)


@pytest.mark.parametrize("types", [[], ["a", "a"], "ab", [" "], [1]])
def test_names_that_are_no_types_are_refused(types: Any) -> None:
    with pytest.raises(LabelError, match="different types of entities"):
        bio_tags(types)


@pytest.mark.parametrize(
    ("tags", "wanted"),
    [
        (bio_tags(["X"]), "O B-X B-X I-X I-X O B-X B-X I-X"),
        (BIOES, "O S-X B-X I-X E-X O S-X B-X E-X"),
        (("O", "I-X"), "O I-X I-X I-X I-X O I-X I-X I-X"),
        (("O", "X"), "O X X X X O X X X"),
    ],
)
def test_entities_are_written_in_the_scheme_of_the_tags(tags: tuple[str, ...], wanted: str) -> None:
    scheme, given = TagScheme.of(tags), [(1, 1, 0), (2, 4, 0), (6, 6, 0), (7, 8, 0)]
    encoded = scheme.encode(9, given)
    assert " ".join(scheme.tags[tag] for tag in encoded) == wanted
    if "B-X" in tags:
        assert scheme.spans(encoded) == given


def test_words_outside_have_no_tag_where_none_says_so() -> None:
    assert TagScheme.of(["NOUN", "VERB"]).encode(3, [(1, 1, 1)]).tolist() == [-1, 1, -1]


def test_without_any_entity_scores_are_0() -> None:
    scores = entity_scores([[], []], [[], []])
    assert scores == {f"{of}_{name}": 0 for of in ("micro", "macro") for name in ("f1", "precision", "recall")} | {
        "by_type": []
    }


def test_scores_by_type_count_a_type_that_is_only_predicted() -> None:
    scores = entity_scores([[WordSpan(0, 0, "A")]], [[WordSpan(0, 0, "A"), WordSpan(2, 3, "B")]])
    assert [(row["name"], row["f1"], row["entities"], row["predicted"]) for row in scores["by_type"]] == [
        ("A", 1, 1, 1),
        ("B", 0, 0, 1),
    ]
    assert (scores["macro_f1"], scores["micro_precision"]) == (0.5, 0.5)

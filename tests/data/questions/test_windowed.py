import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from question_files import qa, squad, write_json
from word_search import end_with_marks, levels_of

from bert_keras import BertTokenizer
from bert_keras.data import QuestionSource, WindowedQuestions, encode_questions
from bert_keras.errors import DataError, InputError
from bert_keras.models import SpanExtractorPreprocessor

LETTERS = "a b c d e the film was good bad not play"
# Words in the vocabulary, in pieces of it, and in none; of one byte a letter and of more.
WORDS = [
    *LETTERS.split(),
    "playing",
    "plays",
    "café",
    "Naïve",
    "CAFÉ!",
    "un-bad",
    "😀",
    "👩‍🚀film",
    "東京",
    "don't",
    "é2b",
    "xyz",
    "...",
]
Answers = Sequence[tuple[str, int]]


def preprocessor_of(
    tokenizer: BertTokenizer, max_length: int = 13, overlap: int = 4, question: int = 2
) -> SpanExtractorPreprocessor:
    """Windows of eight tokens of the context beside a question of two."""
    return SpanExtractorPreprocessor(tokenizer, max_length, overlap, question)


@pytest.fixture(scope="module")
def preprocessor(tokenizer: BertTokenizer) -> SpanExtractorPreprocessor:
    return preprocessor_of(tokenizer)


def source_of(folder: Path, *paragraphs: tuple[str, list[dict[str, Any]]]) -> QuestionSource:
    return QuestionSource(write_json(folder, squad(*paragraphs)))


def one(folder: Path, context: str, *answers: str | tuple[str, int]) -> QuestionSource:
    """A source of one question; an answer without offset is where it first occurs."""
    given = [(answer, context.index(answer)) if isinstance(answer, str) else answer for answer in answers]
    return source_of(folder, (context, [qa("1", "the film", given)]))


def random_source(folder: Path, seed: int = 0) -> QuestionSource:
    """Contexts of up to 40 words, with questions of up to three answers anywhere in them, or with none."""
    random = np.random.default_rng(seed)
    paragraphs = []
    for number in range(25):
        context = " ".join(random.choice(WORDS, random.integers(1, 40)))
        questions = []
        for which in range(random.integers(1, 4)):
            starts = random.integers(0, len(context), random.integers(0, 4)).tolist()
            spans = [(start, min(len(context), start + random.integers(1, 25))) for start in starts]
            given = [(context[start:end], start) for start, end in spans if context[start:end].strip()]
            text = " ".join(random.choice(WORDS, random.integers(1, 5)))
            questions.append(qa(f"{number}-{which}", text, given))
        paragraphs.append((context, questions))
    return source_of(folder, *paragraphs)


@pytest.fixture(scope="module")
def windowed(preprocessor: SpanExtractorPreprocessor, tmp_path_factory: pytest.TempPathFactory) -> WindowedQuestions:
    source = random_source(tmp_path_factory.mktemp("random"))
    return encode_questions(source, source.asked, preprocessor)


def columns_of(windowed: WindowedQuestions) -> list[list[list[int]]]:
    """The columns of the answers of each window."""
    targets = windowed._targets
    return [part.tolist() for part in np.split(targets.spans, targets.ends[:-1])]


def covered(windowed: WindowedQuestions, window: int, columns: Sequence[int]) -> tuple[int, int]:
    """The code points from the first to the last of some columns."""
    windows, places = windowed.windows, windowed.places
    first, last = (int(column - windows.places[window] + windows.begins[window]) for column in columns)
    base = int(places.firsts[windows.documents[window]])
    return int(places.starts[base + first]), int(places.ends[base + last])


def shown(windowed: WindowedQuestions) -> list[list[str]]:
    """What the answers of each window cover."""
    contexts = windowed.contexts
    return [
        [contexts[windowed.windows.documents[window]][slice(*covered(windowed, window, columns))] for columns in every]
        for window, every in enumerate(columns_of(windowed))
    ]


@pytest.fixture(scope="module")
def cut(
    preprocessor: SpanExtractorPreprocessor, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., list[list[str]]]:
    """What the answers of a question cover in each of its windows."""

    def call(context: str, *answers: str | tuple[str, int]) -> list[list[str]]:
        source = one(tmp_path_factory.mktemp("one"), context, *answers)
        return shown(encode_questions(source, source.asked, preprocessor))

    return call


# === Where answers stand ===


def test_each_window_holds_exactly_the_answers_whose_tokens_are_all_in_it(
    windowed: WindowedQuestions, tokenizer: BertTokenizer
) -> None:
    """A plain loop over tokens that overlap with the answer."""
    _, starts, ends = (rows.to_list() for rows in tokenizer.tokenize_with_offsets(windowed.contexts))
    columns, several = columns_of(windowed), 0
    for window, (document, begin, held, place) in enumerate(np.stack(windowed.windows, axis=1).tolist()):
        spans, known = list(zip(starts[document], ends[document], strict=True)), []
        for answer in windowed.questions[document].answers:
            tokens = [at for at, (start, end) in enumerate(spans) if end > answer.start and start < answer.end]
            if tokens[0] >= begin and tokens[-1] < begin + held:
                known.append([tokens[0] - begin + place, tokens[-1] - begin + place])
        assert columns[window] == known
        several += len(known) > 1
    assert several > 5
    assert 20 < windowed.without_answer < len(windowed.rows) - 20


def test_columns_cover_the_code_points_of_an_answer_and_no_further_word(windowed: WindowedQuestions) -> None:
    seen = 0
    for window, every in enumerate(columns_of(windowed)):
        document = windowed.windows.documents[window]
        context = windowed.contexts[document]
        for columns in every:
            start, end = covered(windowed, window, columns)
            assert any(
                start <= answer.start
                and answer.end <= end
                and not {" "} & set(context[start : answer.start] + context[answer.end : end])
                for answer in windowed.questions[document].answers
            )
            seen += 1
    assert seen > 50


@pytest.mark.parametrize(
    ("context", "answer"),
    [
        ("😀 the 👩‍🚀 film", "film"),
        ("the 😀 film", "😀"),
        ("東京 the café", "京"),
        ("un café naïve, bad", "café naïve"),
        ("the nai\u0308ve film", "nai\u0308ve"),
        ("the film (\u200bbad) was", "bad"),
        ("  the   film", "the   film"),
        ("the film was", "the film was"),
        ("bad, good!", "bad, good!"),
    ],
)
def test_an_answer_of_whole_words_is_covered_to_the_letter(
    context: str, answer: str, cut: Callable[..., list[list[str]]]
) -> None:
    assert cut(context, answer) == [[answer]]


@pytest.mark.parametrize(
    ("answer", "whole"), [("lay", "play"), ("ing", "ing"), ("layin", "playing"), ("aïv", "naïve"), ("2", "2")]
)
def test_an_answer_in_the_midst_of_a_word_is_covered_by_the_pieces_it_touches(
    answer: str, whole: str, cut: Callable[..., list[list[str]]]
) -> None:
    assert cut("the playing naïve b2", answer) == [[whole]]


def test_the_right_one_of_equal_words_is_meant(preprocessor: SpanExtractorPreprocessor, tmp_path: Path) -> None:
    source = one(tmp_path, "bad a bad a bad", ("bad", 6))
    windowed = encode_questions(source, source.asked, preprocessor)
    assert covered(windowed, 0, columns_of(windowed)[0][0]) == (6, 9)


def test_an_answer_across_a_windows_end_is_in_the_next_window_alone(cut: Callable[..., list[list[str]]]) -> None:
    assert cut(LETTERS, "film was good") == [[], ["film was good"]]  # windows: from a to was, and from e to play
    assert cut(LETTERS, "the film was") == [["the film was"], ["the film was"]]
    assert cut(LETTERS, "d e the film") == [["d e the film"], []]


def test_an_answer_of_the_first_or_last_token_of_a_window_is_in_it(cut: Callable[..., list[list[str]]]) -> None:
    assert cut(LETTERS, "a") == [["a"], []]
    assert cut(LETTERS, "was") == [["was"], ["was"]]
    assert cut(LETTERS, "e") == [["e"], ["e"]]
    assert cut(LETTERS, "play") == [[], ["play"]]
    assert cut(LETTERS, "a b c d e the film was") == [["a b c d e the film was"], []]


def test_an_answer_longer_than_windows_is_in_none(cut: Callable[..., list[list[str]]]) -> None:
    assert cut(LETTERS, "b c d e the film was good bad") == [[], []]


def test_an_answer_that_is_no_token_is_in_no_window(cut: Callable[..., list[list[str]]]) -> None:
    assert cut("the \u200b film", "\u200b") == [[]]
    assert cut("the \u200b film", "\u200b", "film") == [["film"]]


def test_windows_hold_what_they_do_of_several_answers_in_the_files_order(cut: Callable[..., list[list[str]]]) -> None:
    assert cut(LETTERS, "play", "a b", "was", "e") == [["a b", "was", "e"], ["play", "was", "e"]]


# === The windows ===


def test_windows_are_those_that_the_preprocessor_cuts_to_serve(
    windowed: WindowedQuestions, preprocessor: SpanExtractorPreprocessor
) -> None:
    asked = [question.text for question in windowed.questions]
    served = preprocessor((asked, windowed.contexts))
    inputs, _ = windowed.rows.batch(np.arange(len(windowed.rows)))
    assert inputs.keys() == served.keys()
    for name, values in inputs.items():
        np.testing.assert_array_equal(np.pad(values, [(0, 0), (0, 13 - values.shape[1])]), served[name], err_msg=name)
    for mine, others in zip(windowed.windows, preprocessor.documents(asked, windowed.contexts).windows, strict=True):
        np.testing.assert_array_equal(mine, others)


def test_targets_are_those_that_the_preprocessor_makes_for_fit(
    windowed: WindowedQuestions, preprocessor: SpanExtractorPreprocessor, tmp_path: Path
) -> None:
    given = [dataclasses.replace(question, answers=question.answers[:1]) for question in windowed.questions]
    windowed = encode_questions(windowed.source, given, preprocessor)
    starts, ends = ([getattr(q.answers[0], side) if q.answers else -1 for q in given] for side in ("start", "end"))
    _, known = preprocessor(
        ([question.text for question in given], windowed.contexts), y={"start": starts, "end": ends}
    )
    np.testing.assert_array_equal(windowed.rows.targets, np.stack([known["start"], known["end"]], axis=1))
    assert windowed.rows.targets.any(axis=1).sum() > 30


def test_places_are_those_of_the_tokens_of_each_context(windowed: WindowedQuestions, tokenizer: BertTokenizer) -> None:
    _, starts, ends = tokenizer.tokenize_with_offsets(windowed.contexts)
    np.testing.assert_array_equal(windowed.places.starts, starts.flat_values)
    rows = list(zip(windowed.contexts, starts.to_list(), ends.to_list(), strict=True))
    with_marks = [end_with_marks(context, end) for context, _, of_tokens in rows for end in of_tokens]
    np.testing.assert_array_equal(windowed.places.ends, with_marks)
    np.testing.assert_array_equal(windowed.places.levels, [level for row in rows for level in levels_of(*row)])
    np.testing.assert_array_equal(windowed.places.firsts, starts.row_starts())
    np.testing.assert_array_equal(windowed.context_tokens, starts.row_lengths())


def test_rows_tell_where_they_are_from(windowed: WindowedQuestions) -> None:
    rows, source = windowed.rows, windowed.source
    assert (rows.name, rows.files, rows.task) == (source.name, source.files, "spans")
    assert (rows.rows_read, rows.left_out) == (source.questions_read, source.left_out)
    assert rows.token_ids.dtype == np.uint16
    np.testing.assert_array_equal(rows.lines, windowed.windows.documents)


@pytest.mark.parametrize("together", [1, 3, 1024])
def test_blocks_of_questions_join_as_if_they_were_one(
    together: int, preprocessor: SpanExtractorPreprocessor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = random_source(tmp_path, 5)
    asked, told = source.asked[:10], list[int]()
    known = encode_questions(source, asked, preprocessor)
    monkeypatch.setattr("bert_keras.data.questions.windowed._TOGETHER", together)
    found = encode_questions(source, asked, preprocessor, told.append)
    assert told == {1: [1] * 10, 3: [3, 3, 3, 1], 1024: [10]}[together]
    for name in ("token_ids", "begins", "lengths", "first_lengths", "lines", "targets"):
        np.testing.assert_array_equal(getattr(found.rows, name), getattr(known.rows, name), err_msg=name)
    assert columns_of(found) == columns_of(known)
    assert found.fingerprint == known.fingerprint
    for mine, others in zip(
        [*found.windows, found.context_tokens], [*known.windows, known.context_tokens], strict=True
    ):
        np.testing.assert_array_equal(mine, others)
    for name in ("starts", "ends", "firsts"):
        np.testing.assert_array_equal(getattr(found.places, name), getattr(known.places, name), err_msg=name)


def test_contexts_are_of_the_questions_asked_for_alone(preprocessor: SpanExtractorPreprocessor, tmp_path: Path) -> None:
    source = source_of(tmp_path, ("a b", [qa("1"), qa("2")]), ("c d", [qa("3")]))
    windowed = encode_questions(source, source.asked[::-1][:2], preprocessor)
    assert windowed.contexts == ["c d", "a b"]
    assert len(windowed.rows) == 2


def test_questions_without_labels_have_windows_as_well(preprocessor: SpanExtractorPreprocessor, tmp_path: Path) -> None:
    source = QuestionSource(write_json(tmp_path, squad(("", [qa("1", "")]), ("a b", [qa("2")]))), labelled=False)
    windowed = encode_questions(source, source.asked, preprocessor)
    assert windowed.rows.lengths.tolist() == [3, 7]  # "Who?" is two tokens
    assert windowed.without_answer == 2


def test_no_questions_are_refused(preprocessor: SpanExtractorPreprocessor, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"dev.json: there are no questions to cut windows for"):
        encode_questions(one(tmp_path, "a b", "a"), [], preprocessor)


# === What is trained on ===


def test_where_every_question_has_an_answer_no_window_learns_to_point_to_cls(windowed: WindowedQuestions) -> None:
    kept = windowed.to_train(0.0, "first", 0)
    holding = np.flatnonzero([bool(every) for every in columns_of(windowed)])
    assert len(kept) == len(holding) == len(windowed.rows) - windowed.without_answer
    assert (kept.targets > 0).all()
    every = np.arange(len(kept))
    (inputs, targets), (known, known_targets) = kept.batch(every), windowed.rows.batch(holding)
    np.testing.assert_array_equal(targets, known_targets)
    for name, values in inputs.items():
        np.testing.assert_array_equal(values, known[name])
    for name in ("begins", "lengths", "first_lengths", "hashes", "lines"):
        np.testing.assert_array_equal(getattr(kept, name), getattr(windowed.rows, name)[holding])


def test_all_windows_that_do_not_mislead_can_be_kept(windowed: WindowedQuestions) -> None:
    kept = windowed.to_train(1.0, "first", 0)
    right = ~windowed.misleading
    np.testing.assert_array_equal(kept.targets, windowed.rows.targets[right])
    assert (kept.targets == 0).all(axis=1).sum() == windowed.without_answer - windowed.misleading.sum()
    assert windowed.misleading.any() and right.any()


def test_windows_of_a_question_with_an_answer_that_none_holds_do_not_teach_that_there_is_none(
    preprocessor: SpanExtractorPreprocessor, tmp_path: Path
) -> None:
    long = ("a b c d e the film was good", 0)  # nine tokens, and windows hold eight
    questions = [
        qa("1", "the film", [long]),
        qa("2", "the film", [long, ("play", LETTERS.index("play"))]),
        qa("3", "the film", [("a b", 0), ("play", LETTERS.index("play"))]),
        qa("4", "the film"),
        qa("5", "the film", [("play", LETTERS.index("play"))]),
    ]
    source = source_of(tmp_path, (LETTERS, questions))
    windowed = encode_questions(source, source.questions, preprocessor)
    assert np.bincount(windowed.windows.documents).tolist() == [2] * 5
    assert windowed.answer_tokens.tolist() == [9, 9, 1, 2, 1, 1]
    assert windowed.answer_held.tolist() == [False, False, True, True, True, True]
    assert windowed.answer_questions.tolist() == [0, 1, 1, 2, 2, 4]
    assert windowed.answers_held.tolist() == [0, 0, 0, 1, 1, 1, 0, 0, 0, 1]
    assert windowed.misleading.tolist() == [True, True, True] + [False] * 7
    kept = windowed.to_train(1.0, "first", 0)
    assert kept.lines.tolist() == [1, 2, 2, 3, 3, 4, 4]
    assert (kept.targets == 0).all(axis=1).tolist() == [False, False, False, True, True, True, False]


def test_an_answer_of_characters_that_are_no_tokens_is_held_by_no_window(
    preprocessor: SpanExtractorPreprocessor, tmp_path: Path
) -> None:
    source = one(tmp_path, "a \u200b b", "\u200b", "b")
    windowed = encode_questions(source, source.questions, preprocessor)
    assert (windowed.answer_tokens.tolist(), windowed.answer_held.tolist()) == ([0, 1], [False, True])


def test_answers_that_run_over_the_end_of_a_paragraph_are_known(
    preprocessor: SpanExtractorPreprocessor, tmp_path: Path
) -> None:
    context = "the film\n\nwas good .\n\n"
    answers = ["film", "film\n\nwas", "was good .", "the film\n\n", context]
    given = [(answer, context.index(answer)) for answer in answers]
    source = source_of(tmp_path, ("a\n\nb", [qa("1", "a", [("a", 0)])]), (context, [qa("2", "the film", given)]))
    windowed = encode_questions(source, source.questions, preprocessor)
    assert windowed.answer_across.tolist() == [False, False, True, False, False, True]


def test_questions_that_are_cut_are_known(preprocessor: SpanExtractorPreprocessor, tmp_path: Path) -> None:
    texts = ["the", "the film", "the film was", "a b c d", "playing"]
    source = source_of(tmp_path, ("a b", [qa(str(n), text, [("a", 0)]) for n, text in enumerate(texts)]))
    windowed = encode_questions(source, source.questions, preprocessor)
    assert windowed.question_cut.tolist() == [False, False, True, True, False]


def test_a_share_of_the_windows_without_answer_is_drawn_by_the_seed(
    preprocessor: SpanExtractorPreprocessor, tmp_path: Path
) -> None:
    source = source_of(
        tmp_path, ("a b c d e " * 800, [qa("1", "the film", [("a", 0)])]), ("b", [qa("2", "the", [("b", 0)])])
    )
    windowed = encode_questions(source, source.asked, preprocessor)
    assert windowed.without_answer > 900
    first, again, other = (windowed.to_train(0.25, "first", seed) for seed in (1, 1, 2))
    for kept in (first, other):
        without = (kept.targets == 0).all(axis=1)
        assert without.sum() == pytest.approx(windowed.without_answer / 4, rel=0.2)
        assert len(kept) - without.sum() == 2
    np.testing.assert_array_equal(first.begins, again.begins)
    assert not np.array_equal(first.begins, other.begins)


def test_the_first_answer_of_the_file_that_a_window_holds_is_learned(
    preprocessor: SpanExtractorPreprocessor, tmp_path: Path
) -> None:
    source = one(tmp_path, LETTERS, "play", "a b", "was", "e")
    windowed = encode_questions(source, source.asked, preprocessor)
    rows = windowed.to_train(1.0, "first", 0)
    for epoch in range(3):
        assert rows.in_epoch(0, epoch).targets.tolist() == [[4, 5], [11, 11]]


def test_any_of_the_answers_that_a_window_holds_is_learned_another_one_in_another_epoch(
    preprocessor: SpanExtractorPreprocessor, tmp_path: Path
) -> None:
    source = one(tmp_path, LETTERS, "play", "a b", "was", "e")
    rows = encode_questions(source, source.asked, preprocessor).to_train(1.0, "any", 0)
    drawn = [rows.in_epoch(4, epoch).targets.tolist() for epoch in range(40)]
    assert [rows.in_epoch(4, epoch).targets.tolist() for epoch in range(40)] == drawn
    assert [rows.in_epoch(5, epoch).targets.tolist() for epoch in range(40)] != drawn
    assert {tuple(first) for first, _ in drawn} == {(4, 5), (11, 11), (8, 8)}
    assert {tuple(second) for _, second in drawn} == {(11, 11), (7, 7), (4, 4)}


def test_any_answer_leaves_windows_without_one_pointing_to_cls(windowed: WindowedQuestions) -> None:
    kept = [every for every, wrong in zip(columns_of(windowed), windowed.misleading, strict=True) if not wrong]
    for epoch in range(3):
        targets = windowed.to_train(1.0, "any", 0).in_epoch(1, epoch).targets
        assert ((targets == 0).all(axis=1) == [not every for every in kept]).all()
        assert all(target in every for target, every in zip(targets.tolist(), kept, strict=True) if every)


def test_fingerprints_differ_where_anything_does_that_decides(
    windowed: WindowedQuestions, preprocessor: SpanExtractorPreprocessor, tokenizer: BertTokenizer, tmp_path: Path
) -> None:
    source = windowed.source
    others = [
        encode_questions(source, source.asked, preprocessor_of(tokenizer, max_length=14)),
        encode_questions(source, source.asked, preprocessor_of(tokenizer, overlap=3)),
        encode_questions(source, source.asked, preprocessor_of(tokenizer, question=1)),
        encode_questions(source, source.asked[:5], preprocessor),
        encode_questions(source, source.asked[5:10], preprocessor),
        encode_questions(random_source(tmp_path, 1), random_source(tmp_path, 1).asked, preprocessor),
    ]
    trained = [
        windowed.to_train(*how)
        for how in [
            (0.0, "first", 0),
            (1.0, "first", 0),
            (0.5, "first", 0),
            (0.5, "first", 1),
            (0.4, "first", 0),
            (0.5, "any", 0),
        ]
    ]
    fingerprints = [windowed.fingerprint, *(other.fingerprint for other in [*others, *trained])]
    assert len(set(fingerprints)) == len(fingerprints) == 13


def test_fingerprints_are_equal_where_the_windows_are(
    windowed: WindowedQuestions, preprocessor: SpanExtractorPreprocessor
) -> None:
    again = encode_questions(windowed.source, windowed.source.asked, preprocessor)
    assert again.fingerprint == windowed.fingerprint
    assert (
        again.to_train(1, "any", 5).fingerprint == windowed.to_train(1.0, "any", 6).fingerprint
    )  # no share, so nothing is drawn
    assert again.to_train(np.float64(0.5), "first", 5).fingerprint == windowed.to_train(0.5, "first", 5).fingerprint


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_windows_that_all_hold_no_answer_are_nothing_to_learn_from(
    share: float, preprocessor: SpanExtractorPreprocessor, tmp_path: Path
) -> None:
    source = source_of(tmp_path, (LETTERS, [qa("1"), qa("2", answers=[(LETTERS, 0)])]))
    with pytest.raises(DataError, match=r"dev.json: no window holds an answer, .* Received: 4 windows of 2 questions"):
        encode_questions(source, source.questions, preprocessor).to_train(share, "first", 0)


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_what_is_no_share_is_refused(share: float, windowed: WindowedQuestions) -> None:
    with pytest.raises(InputError, match=f"the share of windows without answer must be from 0 to 1. Received: {share}"):
        windowed.to_train(share, "first", 0)


# === Windows that are learned from several times ===


def test_windows_are_learned_from_as_often_as_is_said_of_their_question(windowed: WindowedQuestions) -> None:
    times = np.arange(len(windowed.questions)) % 3
    once, often = windowed.to_train(1.0, "any", 0), windowed.to_train(1.0, "any", 0, times)
    np.testing.assert_array_equal(often.lines, np.repeat(once.lines, times[once.lines]))
    np.testing.assert_array_equal(often.begins, np.repeat(once.begins, times[once.lines]))
    rows = np.flatnonzero(np.diff(often.begins, prepend=-1))
    kept = np.flatnonzero(times[once.lines])
    np.testing.assert_array_equal(often.stored_targets.take(rows), once.stored_targets.take(kept))
    assert often.fingerprint != once.fingerprint != windowed.to_train(1.0, "any", 0, times[::-1].copy()).fingerprint

from random import Random
from typing import NamedTuple

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings, strategies as st
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from bert_keras.text import (
    AROUND,
    SPECIAL_TOKENS,
    BertTokenizer,
    SpecialIds,
    Windows,
    cut_windows,
    pack_windows,
    spans_in_windows,
    token_spans,
)

SPECIAL = SpecialIds(pad=0, cls=2, sep=3)
# The letters of the Hangul syllable 한 are three pieces of one code point; é, if decomposed, is one piece of two code
# points.
LETTERS = [*"abcdeé한가", "ᄒ", "ᅡ", "ᆫ", "ᄀ", "👩", ".", "東"]
VOCABULARY = [*SPECIAL_TOKENS, *LETTERS, *(f"##{letter}" for letter in LETTERS), "cafe", "##bad", "deed"]
TOKENIZER = BertTokenizer(VOCABULARY, lowercase=True)
TEXT = st.text("abcde é.한가👩東\u0301\u200b\u00a0\tq", max_size=40)
PROPERTY = settings(max_examples=60, deadline=None, derandomize=True)


class Document(NamedTuple):
    question: int
    context: int


DOCUMENTS = st.lists(st.builds(Document, st.integers(0, 6), st.integers(0, 70)), max_size=5)
CUT = st.tuples(st.integers(0, 8), st.integers(1, 12))  # overlap, and what the longest question leaves beside it


def windows_of(documents: list[Document], max_length: int, overlap: int) -> Windows:
    columns = ([document[part] for document in documents] for part in (0, 1))
    return cut_windows(*(tf.constant(column, tf.int64) for column in columns), max_length, overlap)


def cut_one_by_one(documents: list[Document], max_length: int, overlap: int) -> list[tuple[int, int, int, int]]:
    """As `tokenizers` cuts: begin after begin, until a window reaches the end of the context."""
    found = []
    for number, (question, context) in enumerate(documents):
        room, begin = max_length - AROUND - question, 0
        while True:
            found.append((number, begin, min(room, context - begin), question + 2))
            if begin + room >= context:
                break
            begin += room - overlap
    return found


@PROPERTY
@given(documents=DOCUMENTS, cut=CUT)
def test_contexts_are_cut_as_a_plain_loop_cuts_them(documents: list[Document], cut: tuple[int, int]) -> None:
    max_length, overlap = AROUND + 6 + sum(cut), cut[0]
    windows = windows_of(documents, max_length, overlap)
    assert list(zip(*(values.numpy().tolist() for values in windows), strict=True)) == cut_one_by_one(
        documents, max_length, overlap
    )
    assert {values.dtype for values in windows} == {tf.int64}


@PROPERTY
@given(documents=DOCUMENTS, cut=CUT)
def test_each_token_is_in_a_window_and_neighbours_share_the_overlap(
    documents: list[Document], cut: tuple[int, int]
) -> None:
    max_length, overlap = AROUND + 6 + sum(cut), cut[0]
    windows = windows_of(documents, max_length, overlap)
    for number, (question, context) in enumerate(documents):
        mine = windows.documents.numpy() == number
        begins, lengths = windows.begins.numpy()[mine], windows.lengths.numpy()[mine]
        held = [token for begin, length in zip(begins, lengths, strict=True) for token in range(begin, begin + length)]
        assert sorted(set(held)) == list(range(context))
        assert len(held) == context + overlap * (len(begins) - 1)
        assert all(lengths[:-1] == max_length - AROUND - question)


def reference(max_length: int, overlap: int) -> Tokenizer:
    tokenizer = Tokenizer(models.WordPiece({token: place for place, token in enumerate(VOCABULARY)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", SPECIAL.sep), ("[CLS]", SPECIAL.cls))
    tokenizer.enable_truncation(max_length, stride=overlap, strategy="only_second")
    return tokenizer


def rows_of(questions: list[str], contexts: list[str], max_length: int, overlap: int) -> tuple[Windows, list, list]:
    """The windows of texts, and their token ids and segment ids."""
    ids = [TOKENIZER.tokenize(texts) for texts in (questions, contexts)]
    windows = cut_windows(*(rows.row_lengths() for rows in ids), max_length, overlap)
    packed = pack_windows(*ids, windows, SPECIAL)
    return windows, packed.token_ids.to_list(), packed.segment_ids.to_list()


@PROPERTY
@given(pairs=st.lists(st.tuples(st.text("abc. é", max_size=5), TEXT), min_size=1, max_size=4), cut=CUT)
def test_rows_are_those_that_the_reference_cuts_with_our_overlap_as_its_stride(
    pairs: list[tuple[str, str]], cut: tuple[int, int]
) -> None:
    max_length, overlap = AROUND + 5 + sum(cut), cut[0]
    tokenizer = reference(max_length, overlap)
    known = []
    for question, context in pairs:
        first = tokenizer.encode(question, context)
        known += [(row.ids, row.type_ids) for row in (first, *first.overflowing)]
    _, ids, segments = rows_of(
        [question for question, _ in pairs], [context for _, context in pairs], max_length, overlap
    )
    assert list(zip(ids, segments, strict=True)) == known


def test_some_windows_can_be_packed_in_any_order() -> None:
    questions, contexts = ["a b", "", "c"], ["a b c d e " * 8, "d " * 30, ""]
    windows, ids, segments = rows_of(questions, contexts, 16, 4)
    chosen = [7, 0, 3, 3]
    some = Windows(*(tf.gather(values, chosen) for values in windows))
    packed = pack_windows(TOKENIZER.tokenize(questions), TOKENIZER.tokenize(contexts), some, SPECIAL)
    assert packed.token_ids.to_list() == [ids[place] for place in chosen]
    assert packed.segment_ids.to_list() == [segments[place] for place in chosen]


def test_an_empty_context_has_one_window_of_question_and_special_tokens() -> None:
    windows, ids, segments = rows_of(["a", ""], ["", ""], 10, 2)
    assert ids == [[2, VOCABULARY.index("a"), 3, 3], [2, 3, 3]]
    assert segments == [[0, 0, 0, 1], [0, 0, 1]]
    assert windows.lengths.numpy().tolist() == [0, 0]


def test_no_documents_have_no_windows() -> None:
    windows = windows_of([], 10, 2)
    assert [values.shape for values in windows] == [(0,)] * 4
    nothing = tf.RaggedTensor.from_row_lengths(tf.constant([], tf.int32), tf.constant([], tf.int64))
    assert pack_windows(nothing, nothing, windows, SPECIAL).token_ids.to_list() == []


def found_spans(texts: list[str], spans: list[tuple[int, int, int]]) -> list[tuple[int, int]]:
    _, starts, ends = TOKENIZER.tokenize_with_offsets(tf.constant(texts, tf.string))
    documents, first, last = (tf.constant([span[part] for span in spans], tf.int64) for part in range(3))
    columns = (values.numpy().tolist() for values in token_spans(starts, ends, documents, first, last))
    return list(zip(*columns, strict=True))


@st.composite
def texts_with_spans(draw: st.DrawFn) -> tuple[list[str], list[tuple[int, int, int]]]:
    texts = draw(st.lists(TEXT.filter(bool), min_size=1, max_size=4))
    spans = []
    for _ in range(draw(st.integers(1, 6))):
        document = draw(st.integers(0, len(texts) - 1))
        first = draw(st.integers(0, len(texts[document]) - 1))
        spans.append((document, first, draw(st.integers(first + 1, len(texts[document])))))
    return texts, spans


@PROPERTY
@given(drawn=texts_with_spans())
def test_the_tokens_of_a_span_are_all_that_hold_a_code_point_of_it(
    drawn: tuple[list[str], list[tuple[int, int, int]]],
) -> None:
    texts, spans = drawn
    _, starts, ends = (values.to_list() for values in TOKENIZER.tokenize_with_offsets(texts))
    for (document, first, last), (found_first, found_last) in zip(spans, found_spans(texts, spans), strict=True):
        places = enumerate(zip(starts[document], ends[document], strict=True))
        held = [token for token, (start, end) in places if start < last and end > first]
        assert list(range(found_first, found_last + 1)) == held, (texts[document], first, last)


@pytest.mark.parametrize(
    ("text", "answer", "tokens"),
    [
        ("a 한가 b", "한", [1, 2, 3]),  # ᄒ ##ᅡ ##ᆫ
        ("a 한가 b", "가", [4, 5]),
        ("a cafe\u0301 b", "cafe\u0301", [1]),
        ("a café b", "café", [1]),
        ("👩 a 👩 b", "b", [3]),
        ("東c", "c", [1]),
        ("a abadb c", "badb", [2, 3]),  # a ##bad ##b
        ("a deed c", "ee", [1]),  # a token of which it is a part
        ("a.b", ".", [1]),
        ("a . b", " . ", [1]),  # blanks around it hold no token
    ],
)
def test_an_answer_in_code_points_has_its_tokens_whatever_its_bytes(text: str, answer: str, tokens: list[int]) -> None:
    at = text.index(answer)
    first, last = found_spans(["é東👩" * 9, text], [(1, at, at + len(answer))])[0]
    assert list(range(first, last + 1)) == tokens


@pytest.mark.parametrize("span", [(0, 1, 3), (0, 3, 4), (1, 0, 1), (0, 40, 50), (0, 2, 2)])
def test_a_span_of_blanks_or_beyond_the_text_has_no_token(span: tuple[int, int, int]) -> None:
    first, last = found_spans(["a  \u200bb", " ", "c"], [span])[0]
    assert last < first


@PROPERTY
@given(documents=DOCUMENTS, cut=CUT, random=st.randoms(use_true_random=False))
def test_a_span_is_in_a_window_that_holds_it_whole_and_else_at_cls(
    documents: list[Document], cut: tuple[int, int], random: Random
) -> None:
    max_length, overlap = AROUND + 6 + sum(cut), cut[0]
    windows = windows_of(documents, max_length, overlap)
    ends = [sorted(random.randint(-1, context) for _ in range(2)) for _, context in documents]
    first, last = (np.array([pair[part] for pair in ends], np.int64).reshape(-1) for part in (0, 1))
    of = windows.documents.numpy()
    found = spans_in_windows(windows, tf.constant(first[of]), tf.constant(last[of]))
    assert found.dtype == tf.int32
    for row, (document, begin, length, place) in enumerate(cut_one_by_one(documents, max_length, overlap)):
        held = list(range(begin, begin + length))
        whole = first[document] in held and last[document] in held
        expected = [first[document] - begin + place, last[document] - begin + place] if whole else [0, 0]
        assert found[row].numpy().tolist() == expected


def test_the_column_of_a_span_is_that_of_its_token_in_the_row() -> None:
    questions, contexts = ["a b"], ["c d e " * 8 + "cafe . " + "d c " * 9]
    windows, ids, _ = rows_of(questions, contexts, 16, 4)
    cafe = tf.fill([len(ids)], tf.constant(24, tf.int64))
    columns = spans_in_windows(windows, cafe, cafe).numpy()
    pieces = [VOCABULARY[row[column]] for row, (column, _) in zip(ids, columns, strict=True)]
    assert pieces == ["cafe" if VOCABULARY.index("cafe") in row else "[CLS]" for row in ids]
    assert pieces.count("cafe") == 2


def test_windows_are_cut_and_packed_in_a_graph_of_unknown_shapes() -> None:
    texts = tf.TensorSpec([None], tf.string)

    @tf.function(input_signature=[texts, texts], autograph=False)
    def in_graph(questions: tf.Tensor, contexts: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        ids = [TOKENIZER.tokenize(strings) for strings in (questions, contexts)]
        windows = cut_windows(*(rows.row_lengths() for rows in ids), 16, 4)
        packed = pack_windows(*ids, windows, SPECIAL)
        return packed.token_ids.to_tensor(), tf.stack(windows)

    for questions, contexts in ((["a", "b c"], ["d e " * 20, "한"]), (["a"], [""]), ([], [])):
        rows, windows = in_graph(tf.constant(questions, tf.string), tf.constant(contexts, tf.string))
        expected, ids, _ = rows_of(questions, contexts, 16, 4) if questions else (windows_of([], 16, 4), [], [])
        np.testing.assert_array_equal(windows, tf.stack(expected))
        assert [row[: len(known)] for row, known in zip(rows.numpy().tolist(), ids, strict=True)] == ids

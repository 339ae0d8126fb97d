from hypothesis import given, settings, strategies as st

from bert_keras.retrieval.documents.plain_text import markdown_document, plain_document
from bert_keras.retrieval.paragraphs import _WORD, MOST_OVERLAP, MOST_WORDS, paragraphs_of

_PIECES = st.sampled_from(
    ["word ", "Word. ", "\n", "\n\n", "x" * 45, "字。", "# h\n", "- a\n", " ", "\f", "e.g. ", "w " * 90, "A b. " * 70]
)


def cut(text: str) -> list[str]:
    return [text[part.start : part.end] for part in paragraphs_of(plain_document(text))]


def test_headings_belong_to_the_paragraph_below() -> None:
    text = "Guide\n\nThe lock\n\nIt opens at noon.\n\nIt closes at one.\n\nThe end"
    assert cut(text) == ["Guide\n\nThe lock\n\nIt opens at noon.", "It closes at one.", "The end"]


def test_a_long_paragraph_is_cut_at_sentences_which_it_shares_with_the_next() -> None:
    sentences = [f"Sentence {number} has " + "word " * 46 + "end." for number in range(9)]
    text = " ".join(sentences)
    assert cut(text) == [" ".join(sentences[first : first + 4]) for first in (0, 3)] + [" ".join(sentences[6:])]


def test_a_sentence_that_is_too_long_is_cut_between_words() -> None:
    parts = cut("word " * 450)
    assert [len(part.split()) for part in parts] == [200, 200, 50]


def test_lines_and_pages_are_those_of_the_file() -> None:
    text = "One.\n\nTwo,\nstill two.\fThree.\n\nFour."
    places = [(part.page, part.line) for part in paragraphs_of(plain_document(text))]
    assert places == [(1, 1), (1, 3), (2, 4), (2, 6)]
    assert paragraphs_of(plain_document("One."))[0].page == 0


@settings(max_examples=150, deadline=None)
@given(st.lists(_PIECES, max_size=60).map("".join))
def test_every_character_is_in_one_or_two_paragraphs_none_of_which_is_too_long(text: str) -> None:
    for document in (plain_document(text), markdown_document(text)):
        held = [0] * len(text)
        for part in paragraphs_of(document):
            assert text[part.start : part.end].strip() == text[part.start : part.end]
            assert len(_WORD.findall(text, part.start, part.end)) <= MOST_WORDS + 1
            assert part.line == text.count("\n", 0, part.start) + 1
            for place in range(part.start, part.end):
                held[place] += 1
        assert max(held, default=0) <= 2
        assert all(count or text[place].isspace() for place, count in enumerate(held))
        assert sum(count - 1 for count in held if count > 1) <= len(text) // 2 + MOST_OVERLAP * 20

import pytest
from hypothesis import given, settings, strategies as st

from bert_keras.text import sentence_around, sentences


@pytest.mark.parametrize(
    "parts",
    [
        ("The ferry leaves at seven.", "It is full!", "Is it?", "Yes…", "Then go."),
        ("Dr. Smith met J. R. Brown of the U.S. Navy on p. 3.", "He paid $5.2 million."),
        ('"Stop!" he said.', "(They went.)", "“Home.”"),
        ("the film was bad.", "not good at all.", "why?"),
        ("The harbour was built in the spring of the year\n1890 by Tom Smith.", "It stands."),
        ("Opening hours\n", "We open at nine\n", "On Sundays we are closed."),
        ("# A title that is longer than forty characters are\n", "The text begins here."),
        (
            "- first item of a list that goes on and on for long\n",
            "- second item\n",
            "1. The third. \n",
            "2. The last.",
        ),
        ("A paragraph without a stop at its end which is long\n\n", "Another one."),
        ("The end of a page that has no stop at its end at all\f", "A new page."),
        ("灯台は古い。", "いつ建てられたか？", "「昔。」", "終わり"),
        ("नाव सुबह चलती है।", "शाम को लौटती है।"),
        ("He lives at St. Mary's, cf. Fig. 3 and e.g. Vol. 2 there.", "So."),
    ],
)
def test_a_text_is_split_where_a_reader_would(parts: tuple[str, ...]) -> None:
    text = "".join(part if part.endswith(("\n", "\f", "。", "？", "」")) else part + " " for part in parts)
    assert [text[start:end] for start, end in sentences(text)] == [part.strip() for part in parts]


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.text(st.sampled_from('aB1 .!?。\n\f")-é'), max_size=40))
def test_sentences_hold_all_but_blanks_in_order_and_once(text: str) -> None:
    spans = sentences(text)
    assert "".join(text[start:end] for start, end in spans).split() == "".join(text.split()).split() or "".join(
        "".join(text[start:end] for start, end in spans).split()
    ) == "".join(text.split())
    assert all(start < end for start, end in spans)
    assert all(end <= start for (_, end), (start, _) in zip(spans, spans[1:], strict=False))
    assert all(text[start:end] == text[start:end].strip() for start, end in spans)


def test_a_span_is_in_its_sentence_or_in_several() -> None:
    text = "One. Two two. Three."
    spans = sentences(text)
    assert [text[slice(*sentence_around(spans, start, end))] for start, end in ((0, 3), (9, 12), (5, 8), (14, 20))] == [
        "One.",
        "Two two.",
        "Two two.",
        "Three.",
    ]
    assert text[slice(*sentence_around(spans, 2, 8))] == "One. Two two."
    assert sentence_around([], 3, 4) == (3, 4)
    assert sentence_around(spans, 4, 6) == (0, 13)  # the blank before belongs to neither

import re
import unicodedata

import pytest
from hypothesis import assume, given, settings, strategies as st

from bert_keras.data.questions.clusters import cluster_starts
from bert_keras.data.questions.readings import (
    BLANKS,
    BYTES,
    CLUSTERS,
    CODE_POINTS,
    OTHER_FORM,
    OTHERS,
    UTF_16,
    Reading,
    reading_of,
)
from bert_keras.data.questions.repair import (
    AMBIGUOUS,
    ELSEWHERE,
    EMPTY_ANSWER,
    NEAR,
    NOT_IN_CONTEXT,
    OTHER_BLANKS,
    WITHOUT_OFFSET,
    Found,
    find_answer,
    reason_of,
)

# Few letters, so that answers stand in several places; of one to four bytes, with marks, and blanks of all kinds.
CONTEXTS = st.text(st.sampled_from("ab1é語\U0001f600\u0301\u0327ñ한 \t\r\n\u00a0\u2028.,"), min_size=1, max_size=24)
PROPERTY = settings(max_examples=500, deadline=None, derandomize=True, database=None)


@pytest.mark.parametrize(
    ("context", "text", "start", "expected"),
    [
        ("in the year 1066.", "1066", 12, Found(12, 16, None)),
        ("in the year 1066.", " year ", 6, Found(7, 11, None)),
        ("\U0001f600 é 1066", "1066", 4, Found(4, 8, None)),
        # What the offset leaves out: a blank before the answer, in front of it or of the context, line ends, runs of
        # blanks.
        ("in the year 1066.", " 1066", 12, Found(12, 16, BLANKS)),
        ("in the year 1066.", "1066 ", 12, Found(12, 16, BLANKS)),
        ("in the year 1066.", " 1066", 13, Found(12, 16, BLANKS)),
        ("in the year  1066.", "1066", 11, Found(13, 17, BLANKS)),
        ("   in the year 1066.", "1066", 12, Found(15, 19, BLANKS)),
        ("6\r\n6\r\n6\r\n6 6", "6 6", 6, Found(9, 12, BLANKS)),
        ("\n  the   long   wait  is   over", "is", 14, Found(22, 24, BLANKS)),
        ("\U0001f600 é 1066, 1066", "1066", 8, Found(4, 8, BYTES)),
        ("\U0001f600 é 1066 1066", " 1066", 7, Found(4, 8, BYTES)),
        ("\U0001f600 é 1066 1066", "1066", 5, Found(4, 8, UTF_16)),
        ("語語語語 66 66", "66", 13, Found(5, 7, BYTES)),
        ("in the year 1066.", "1066", 14, Found(12, 16, NEAR)),
        ("and then, much later on, 1066", "1066", 14, Found(25, 29, ELSEWHERE)),
        ("and then, much later on, 1066", "1066", 10**30, Found(25, 29, ELSEWHERE)),
        ("1066 and then 1066", "1066", 1, Found(0, 4, NEAR)),
        ("👩\u200d🚀 and 🇩🇪: 66, 66 66", "66", 9, Found(12, 14, CLUSTERS)),
        ("cafe\u0301 e\u0301 a, a a", "a", 7, Found(9, 10, CLUSTERS)),
        ("ée a e a a", "a", 4, Found(3, 4, BYTES)),
        ("1066 and then, much later on, 1066", "1066", None, Found(0, 4, WITHOUT_OFFSET)),
        ("1066 and then, much later on, 1066", "1066", -1, Found(0, 4, WITHOUT_OFFSET)),
        ("the long\n wait", "long wait", 4, Found(4, 14, OTHER_BLANKS)),
        ("the long\u00a0wait", "long wait", None, Found(4, 13, OTHER_BLANKS)),
        ("the cafe\u0301s there", "cafés", 4, Found(4, 10, OTHER_FORM)),
        ("\u0301the  café\tthere", "cafe\u0301 there", None, Found(6, 16, OTHER_FORM)),
        ("in the year 1066.", "1067", 12, None),
        ("in the year 1066.", "Year", 7, None),
        ("in the year 1066.", "", 3, None),
        ("in the year 1066.", " \n", 6, None),
        ("", "a", 0, None),
        # Not clear: two are far away; two are near; the readings of the offset differ.
        ("1066 and then, much later on, 1066", "1066", 14, None),
        ("1066 and then, much later on, 1066", "1066", 10**30, None),
        ("it is, is it", "is", 5, None),
        ("ab ab ab", "b", 3, None),
    ],
)
def test_an_answer_is_found_and_it_is_said_how(
    context: str, text: str, start: int | None, expected: Found | None
) -> None:
    assert find_answer(context, text, start) == expected


@pytest.mark.parametrize(
    ("context", "text", "start", "begin"),
    [
        ("born in 1942, aged 4", "4", None, 19),
        ("born in 1942", "4", None, 10),
        ("4, and a good while later it was 1944, or about that time", "4", 50, 0),
        ("this is it", "is", 4, 5),
        ("日本語と日本", "日本", None, 0),
    ],
)
def test_an_answer_is_rather_no_part_of_a_word(context: str, text: str, start: int | None, begin: int) -> None:
    found = find_answer(context, text, start)
    assert found is not None and found.start == begin


@pytest.mark.parametrize(
    ("context", "text"), [("cafe\u0301", "cafe\u0327"), ("é", "\u0301"), ("한", "ᄒ"), ("ﬁn", "fin")]
)
def test_another_form_is_never_a_part_of_a_letter_or_a_likeness(context: str, text: str) -> None:
    assert find_answer(context, text, 0) is None


@PROPERTY
@given(context=CONTEXTS, data=st.data())
def test_a_right_offset_is_kept(context: str, data: st.DataObject) -> None:
    begin = data.draw(st.integers(0, len(context) - 1))
    text = context[begin : data.draw(st.integers(begin + 1, len(context)))]
    assume(text.strip())
    start = begin + len(text) - len(text.lstrip())
    assert find_answer(context, text, begin) == Found(start, start + len(text.strip()), None)


@PROPERTY
@given(
    context=CONTEXTS,
    counted=st.sampled_from(["bytes", "units", "stripped", "line ends", "runs", "text"]),
    data=st.data(),
)
def test_an_offset_in_other_units_or_off_by_blanks_leads_to_the_answer(
    context: str, counted: str, data: st.DataObject
) -> None:
    begin = data.draw(st.sampled_from([place for place, letter in enumerate(context) if not letter.isspace()] or [0]))
    text = context[begin : data.draw(st.integers(begin + 1, len(context)))].strip()
    assume(text)
    head = context[:begin]
    start = {
        "bytes": len(head.encode()),
        "units": len(head.encode("utf-16-le")) // 2,
        "stripped": len(head.lstrip()),
        "line ends": len(head.replace("\r\n", "\n")),
        "runs": len(" ".join((head + "|").split())) - 1,
        "text": begin,
    }[counted]
    blanks = data.draw(st.sampled_from(["", " ", "\n ", "\u00a0"]))
    found = find_answer(context, blanks + text + " ", start)
    once = context.find(text) == context.rfind(text)
    if found is None:
        assert not once and reason_of(context, text) == AMBIGUOUS
    elif once:
        assert (found.start, found.end) == (begin, begin + len(text))
        assert found.repair in (None, {"bytes": BYTES, "units": UTF_16}.get(counted, BLANKS), BLANKS, BYTES)


@PROPERTY
@given(context=CONTEXTS, text=CONTEXTS, start=st.none() | st.integers(-5, 60))
def test_what_is_found_is_the_answer_and_what_is_there_is_found(context: str, text: str, start: int | None) -> None:
    found = find_answer(context, text, start)
    bare = text.strip()
    if found is None:
        assert not bare or bare not in context or (start is not None and context.find(bare) != context.rfind(bare))
    elif bare in context:
        there = context[found.start : found.end]
        assert there == bare or found.repair == OTHER_FORM
    else:
        there = context[found.start : found.end]
        assert unicodedata.normalize("NFC", " ".join(there.split())) == unicodedata.normalize(
            "NFC", " ".join(text.split())
        )
        assert found.repair in (OTHER_BLANKS, OTHER_FORM)


@PROPERTY
@given(context=CONTEXTS, data=st.data())
def test_an_answer_in_the_other_form_is_found(context: str, data: st.DataObject) -> None:
    words = context.replace("\u0301", "").replace("\u0327", "")
    assume(words.strip())
    begin = data.draw(st.integers(0, len(words) - 1))
    text = words[begin : data.draw(st.integers(begin + 1, len(words)))].strip()
    assume(text)
    found = find_answer(unicodedata.normalize("NFD", words), text, None)
    assert found is not None
    assert unicodedata.normalize("NFC", unicodedata.normalize("NFD", words)[found.start : found.end]) == text


# === What the offsets of a file count ===

COUNTED = {
    "UTF-8 bytes": lambda head: len(head.encode()),
    "UTF-16 units": lambda head: len(head.encode("utf-16-le")) // 2,
    "grapheme clusters": lambda head: len(cluster_starts(head)) - 1,
    "characters in the form NFC": lambda head: len(unicodedata.normalize("NFC", head)),
    "characters in the form NFD": lambda head: len(unicodedata.normalize("NFD", head)),
    "line ends of two characters as one": lambda head: len(head.replace("\r\n", "\n")),
}
# A short answer that stands several times, behind characters that all units count differently.
TEXTS = [
    "\u00c5sa och \U0001f469\u200d\U0001f680 a, a cafe\u0301 a e\u0301 \U0001f600 a \uac00\r\na",
    "\U0001f1e9\U0001f1ea a n\u0303 a \u00e9 \u1112\u1161\u11ab a \r\n a\r\n a a",
    "\u0928\u092e\u0938\u094d\u0924\u0947 a a\u0301 a \U0001f44d\U0001f3fd a \u2764\ufe0f a",
]


def given_in(counts: str) -> list[tuple[str, str, int | None]]:
    """Each "a" of the texts that is a word, with its offset in a unit."""
    return [
        (text, "a", COUNTED[counts](text[: match.start()]))
        for text in TEXTS
        for match in re.finditer(r"(?<!\S)a(?![^\s,])", text)
    ]


def starts_in(answers: list[tuple[str, str, int | None]], reading: Reading) -> list[int]:
    found = [find_answer(*answer, reading) for answer in answers]
    return [-1 if of is None else of.start for of in found]


RIGHT = [match.start() for text in TEXTS for match in re.finditer(r"(?<!\S)a(?![^\s,])", text)]


@pytest.mark.parametrize("counts", COUNTED)
def test_a_file_is_read_in_the_unit_of_most_of_its_offsets(counts: str) -> None:
    answers = given_in(counts)
    reading = reading_of(answers)
    assert reading.counts == counts
    assert starts_in(answers, reading) == RIGHT
    assert len(RIGHT) > 12


def test_a_file_of_code_points_is_read_so_though_some_offsets_are_wrong() -> None:
    answers = [(text, "a", start) for (text, _, _), start in zip(given_in("UTF-8 bytes"), RIGHT, strict=True)]
    assert reading_of(answers) is CODE_POINTS
    wrong = [*answers, *given_in("UTF-8 bytes")[:4], ("a b a b", "b", 4), ("abc", "d", 1), ("abc", "", 1)]
    assert reading_of(wrong) is CODE_POINTS
    assert starts_in(answers, CODE_POINTS) == RIGHT
    assert reading_of([]) is reading_of([("a", "a", None)]) is CODE_POINTS


def test_an_answer_in_another_form_is_at_its_offset_in_that_form() -> None:
    """Both were normalised before the offset was counted, the context of the file was not."""
    context = unicodedata.normalize("NFD", "é café, café né café")
    answers: list[tuple[str, str, int | None]] = [(context, "café", start) for start in (2, 8, 16)]
    reading = reading_of(answers)
    found = [find_answer(*answer, reading) for answer in answers]
    assert [(of.start, of.end, of.repair) if of else None for of in found] == [
        (3, 8, reading.repair),
        (10, 15, reading.repair),
        (20, 25, reading.repair),
    ]


def test_the_reason_of_an_answer_without_a_place_is_told() -> None:
    assert reason_of("a b a", " \n") == EMPTY_ANSWER
    assert reason_of("a b a", "c") == NOT_IN_CONTEXT
    assert reason_of("a  b a b", "a b") == AMBIGUOUS


def test_each_reading_has_a_name_of_its_own() -> None:
    assert len({reading.counts for reading in OTHERS}) == len(OTHERS)

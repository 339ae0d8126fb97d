from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from counting_encoder import CountingEncoder
from pdf_files import pdf_of

from bert_keras.errors import InputError
from bert_keras.models import SpanAnswer, SpanCandidate, SpanExtractor
from bert_keras.models.question_answerer import QuestionAnswerer
from bert_keras.models.span_answers import chosen_answer
from bert_keras.retrieval import DocumentAnswerer, DocumentIndex
from bert_keras.text import sentence_around, sentences


class LookingReader(QuestionAnswerer):
    """Answers with the word "good" where it stands, as sure as the question is long, else with nothing."""

    def __init__(self) -> None:
        self.calls: list[list[tuple[str, str]]] = []

    def _answer_chunk(self, documents: Sequence[tuple[str, str]], token_budget: int) -> Iterator[SpanAnswer]:
        self.calls.append(list(documents))
        for _, context in documents:
            place = context.find("good")
            odds = 5.0 if place < 0 else -3.0 + context.count("not")
            sentence = sentence_around(sentences(context), place, place + 4)
            found = SpanCandidate(context[place : place + 4], place, place + 4, 0.9, *sentence)
            yield chosen_answer((found,) if place >= 0 else (), odds > 0, 0.9, odds)


@pytest.fixture
def index(documents: Path, encoder: CountingEncoder, tmp_path: Path) -> DocumentIndex:
    (documents / "d.pdf").write_bytes(
        pdf_of([["First page."], ["It is long, but this play of the year of storms", "was good too."]])
    )
    made = DocumentIndex(tmp_path / "index", encoder)
    made.update(documents)
    return made


def test_answers_of_all_documents_are_merged_with_their_places(index: DocumentIndex) -> None:
    answerer = DocumentAnswerer(index, LookingReader(), by="words")
    answer = answerer.answer("What was good?")
    assert (answer.text, answer.question) == ("good", "What was good?")
    assert answer.score > 0.9 and answer.null_odds < -3
    places = [(Path(place.file).name, place.page, place.line, place.sentence) for place in answer.places]
    assert sorted(places, key=str) == [
        ("a.txt", None, 3, "The film was good."),
        ("a.txt", None, 5, "The play was not good."),
        ("d.pdf", 2, None, "It is long, but this play of the year of storms\nwas good too."),
    ]
    for place in answer.places:
        start = place.start - place.sentence_start
        assert place.sentence[start : start + 4] == "good"
    assert [candidate.text for candidate in answer.candidates] == ["good"]


def test_no_answer_is_given_where_the_reader_gives_none_or_the_threshold_is_lower(index: DocumentIndex) -> None:
    reader = LookingReader()
    nothing = DocumentAnswerer(index, reader, by="words").answer("A café")
    assert (nothing.text, nothing.places, nothing.candidates) == ("", (), ())
    assert nothing.score == 1.0
    strict = DocumentAnswerer(index, reader, by="words", null_threshold=-10.0).answer("good")
    assert (strict.text, strict.places, strict.candidates[0].text) == ("", (), "good")
    assert strict.score == pytest.approx(1 - strict.candidates[0].score)
    assert DocumentAnswerer(index, reader, by="words").answer("東京").text == ""  # nothing to read


def test_only_so_many_paragraphs_are_read_and_those_of_several_questions_together(index: DocumentIndex) -> None:
    reader = LookingReader()
    answerer = DocumentAnswerer(index, reader, paragraphs=2, by="words")
    questions = ["good film", "東京", "good play", "café"]
    answers = list(answerer.answer_stream(questions))
    assert [answer.question for answer in answers] == questions
    assert [answer.text for answer in answers] == ["good", "", "good", ""]
    assert [[question for question, _ in call] for call in reader.calls] == [
        ["good film"] * 2 + ["good play"] * 2 + ["café"] * 2
    ]


def test_a_reader_may_be_the_client_of_a_server(index: DocumentIndex) -> None:
    local = LookingReader()

    class Remote:
        def answer(self, question: list[str], context: list[str]) -> list[SpanAnswer]:
            return local.answer(question, context)

    answer = DocumentAnswerer(index, Remote(), by="words").answer("What was good?")
    assert answer == DocumentAnswerer(index, local, by="words").answer("What was good?")
    assert answer.text == "good"


def test_a_real_reader_answers_as_it_does_about_the_paragraph(
    documents: Path, encoder: CountingEncoder, extractor: SpanExtractor, tmp_path: Path
) -> None:
    index = DocumentIndex(tmp_path / "index", encoder)
    index.update(documents / "b.md")
    index.embed()
    (passage,) = index.search("not a film")
    alone = extractor.answer("not a film", passage.text)
    answer = DocumentAnswerer(index, extractor, candidates=1).answer("not a film")
    assert (answer.text, answer.places[0].start) == (alone.text, alone.start + passage.start)
    assert answer.null_odds == pytest.approx(alone.null_odds, abs=1e-4)


def test_an_empty_index_and_wrong_numbers_are_refused(encoder: CountingEncoder, tmp_path: Path) -> None:
    index = DocumentIndex(tmp_path / "index", encoder)
    with pytest.raises(InputError, match="the index holds no paragraph; update it with documents first"):
        DocumentAnswerer(index, LookingReader()).answer("good")
    with pytest.raises(InputError, match="paragraphs and candidates must be 1 or above. Received: 0 and 5"):
        DocumentAnswerer(index, LookingReader(), paragraphs=0)

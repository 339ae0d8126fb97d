"""Measures answers over 10,000 paragraphs: the time of the index and of an answer, what is found, and who wins.

The documents hold all paragraphs of SQuAD's dev, and as many others as are missing. Recall is the share of answerable
questions of which one of the first k paragraphs is (or is a part of) the right one and holds the answer. Rules by which
the answers of different paragraphs compete are measured on the same answers of the reader.
"""

import argparse
import json
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from bert_keras.runtime.tensorflow_import import import_tensorflow

console = Console()
PARAGRAPHS_A_FILE = 50
LEAST_WORDS = 20  # of a paragraph that is there to distract
WAYS = ("words", "vectors", "both")
DEPTHS = (1, 5, 10, 20)


@dataclass(frozen=True)
class Question:
    """A question of dev.

    Attributes:
        entry: Its entry in the file.
        context: The right paragraph.
    """

    entry: dict[str, Any]
    context: str

    @property
    def answers(self) -> list[str]:
        """The right answers; none if there is none in the paragraph."""
        return [answer["text"] for answer in self.entry["answers"]]


def main() -> int:
    """Measures, and prints a table of each kind."""
    flags = parse()
    questions, paragraphs = read_data(flags)
    import_tensorflow()
    from bert_keras import models, retrieval, serving

    with tempfile.TemporaryDirectory() as name:
        write_documents(paragraphs, Path(name, "documents"))
        index = retrieval.DocumentIndex(Path(flags.index or Path(name, "index")))
        console.print(table_of_index(index, Path(name, "documents"), flags))
        ways = [way for way in WAYS if way == "words" or index.embedded]
        console.print(table_of_recall(index, questions, ways))
        reader = serving.saved_task(flags.model) or models.load_task(flags.model, dtype="float32")
        console.print(table_of_times(index, reader, questions[: flags.timed], ways, flags.paragraphs))
        console.print(table_of_rules(index, reader, sample(questions, flags.read), ways[-1], flags.paragraphs))
    return 0


def parse() -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds squad/ and reader/")
    parser.add_argument("--model", default="minilm_l6_en_squad2", help="the reader, default %(default)s")
    parser.add_argument("--count", type=int, default=10_000, help="paragraphs, default %(default)s")
    parser.add_argument("--paragraphs", type=int, default=10, help="read for a question, default %(default)s")
    parser.add_argument("--timed", type=int, default=30, help="questions whose time is taken, default %(default)s")
    parser.add_argument("--read", type=int, default=300, help="questions that the rules answer, default %(default)s")
    parser.add_argument("--index", help="a folder in which the index is kept; by default it is not")
    parser.add_argument("--embed_seconds", type=float, help="time for vectors; by default all are computed")
    return parser.parse_args()


def read_data(flags: argparse.Namespace) -> tuple[list[Question], list[str]]:
    """Returns the questions of dev in random order, and all paragraphs."""
    dev = list(paragraphs_of(flags.data / "squad" / "dev-v2.0.json"))
    questions = [Question(entry, context) for context, entries in dev for entry in entries]
    contexts = dict.fromkeys(context for context, _ in dev)
    others = (context for context, _ in paragraphs_of(flags.data / "reader" / "squad-train-more.json"))
    distracting = [one for one in dict.fromkeys(others) if one not in contexts and len(one.split()) >= LEAST_WORDS]
    random.Random(0).shuffle(distracting)
    random.Random(1).shuffle(questions)
    return questions, [*contexts, *distracting][: flags.count]


def paragraphs_of(path: Path) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yields the paragraphs of a SQuAD file with their questions."""
    for article in json.loads(path.read_text(encoding="utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            yield paragraph["context"], paragraph["qas"]


def write_documents(paragraphs: Sequence[str], folder: Path) -> None:
    """Writes text files of 50 paragraphs each."""
    folder.mkdir()
    for first in range(0, len(paragraphs), PARAGRAPHS_A_FILE):
        path = folder / f"{first:06}.txt"
        path.write_text("\n\n".join(paragraphs[first : first + PARAGRAPHS_A_FILE]), encoding="utf-8")


def table_of_index(index: Any, documents: Path, flags: argparse.Namespace) -> Table:
    """Makes the index, and returns how long that took; of an index that was kept, how long it takes to see that."""
    table = Table("", "seconds", "processor seconds", title=f"index, load {Path('/proc/loadavg').read_text()[:14]}")

    def timed(what: str, run: Callable[[], Any]) -> None:
        begin, processor = time.perf_counter(), time.process_time()
        run()
        table.add_row(what, f"{time.perf_counter() - begin:.1f}", f"{time.process_time() - processor:.1f}")

    timed("reading, cutting, words", lambda: index.update(documents))
    timed("sentence vectors", lambda: index.embed(seconds=flags.embed_seconds))
    timed("nothing has changed", lambda: index.update(documents))
    table.caption = f"{len(index):,} paragraphs, {index.embedded:,} vectors"
    return table


def table_of_recall(index: Any, questions: Sequence[Question], ways: Sequence[str]) -> Table:
    """Returns how often the right paragraph is among the first ones."""
    answerable = [question for question in questions if question.answers]
    table = Table("found by", *(f"recall@{depth}" for depth in DEPTHS), title=f"{len(answerable):,} questions")
    for way in ways:
        ranks = np.array(
            [rank_of(question, index.search(question.entry["question"], max(DEPTHS), way)) for question in answerable]
        )
        table.add_row(way, *(f"{100 * np.mean(ranks < depth):.1f}" for depth in DEPTHS))
    return table


def rank_of(question: Question, passages: Sequence[Any]) -> int:
    """Returns the rank of the right paragraph, from 0; a large number if it was not found."""
    for rank, passage in enumerate(passages):
        if passage.text in question.context and any(answer in passage.text for answer in question.answers):
            return rank
    return 10**6


def table_of_times(
    index: Any, reader: Any, questions: Sequence[Question], ways: Sequence[str], paragraphs: int
) -> Table:
    """Returns the time of one question after the other."""
    from bert_keras import retrieval

    table = Table("found by", "median s", "90 % below s", title=f"an answer from {paragraphs} paragraphs")
    for way in ways:
        answerer = retrieval.DocumentAnswerer(index, reader, paragraphs=paragraphs, by=way)
        seconds = []
        for question in [questions[0], questions[0], *questions]:
            begin = time.perf_counter()
            answerer.answer(question.entry["question"])
            seconds.append(time.perf_counter() - begin)
        table.add_row(way, *(f"{np.quantile(seconds[2:], share):.2f}" for share in (0.5, 0.9)))
    return table


def sample(questions: Sequence[Question], count: int) -> list[Question]:
    """Returns as many answerable questions as others."""
    answerable = [question for question in questions if question.answers]
    others = [question for question in questions if not question.answers]
    return [*answerable[: count // 2], *others[: count // 2]]


def table_of_rules(index: Any, reader: Any, questions: Sequence[Question], way: str, paragraphs: int) -> Table:
    """Returns how well the best answer is by each rule: on answerable questions, and on all at the best threshold."""
    from bert_keras import qa

    passages = [index.search(question.entry["question"], paragraphs, way) for question in questions]
    pairs = [
        (question.entry["question"], one.text)
        for question, ones in zip(questions, passages, strict=True)
        for one in ones
    ]
    said = reader.answer_stream(pairs)
    answers = [[next(said) for _ in ones] for ones in passages]
    gold = {"version": "v2.0", "data": [{"title": "", "paragraphs": [as_paragraph(one) for one in questions]}]}
    title = f"{len(questions):,} questions, half of them answerable, {paragraphs} paragraphs by {way}"
    table = Table("rule", "exact", "F1", "F1 over all, threshold 0", "F1 over all, best", "best threshold", title=title)
    for rule, run in RULES.items():
        best = [run(ones, found) for ones, found in zip(passages, answers, strict=True)]
        scores = qa.question_scores(
            gold, {one.entry["id"]: text for one, (text, _) in zip(questions, best, strict=True)}
        )
        exact, f1, there = (np.array([of[one.entry["id"]] for one in questions], float) for of in scores_by_id(scores))
        odds = np.array([odds for _, odds in best])
        tuned = qa.best_threshold(odds, f1, there > 0)
        at_zero = np.where(odds <= 0, f1 * there, 1 - there).mean()
        figures = (exact[there > 0].mean(), f1[there > 0].mean(), at_zero)
        table.add_row(
            rule, *(f"{100 * figure:.1f}" for figure in figures), f"{tuned.score:.1f}", f"{tuned.threshold:.1f}"
        )
    return table


def scores_by_id(scores: Any) -> tuple[dict[str, float], dict[str, float], dict[str, bool]]:
    """Returns exact match, F1 and whether there is an answer, by id."""
    return scores.exact, scores.f1, scores.has_answer


def as_paragraph(question: Question) -> dict[str, Any]:
    """Returns a question as a paragraph of a SQuAD file."""
    entry = {**question.entry, "is_impossible": not question.answers}
    return {"context": question.context, "qas": [entry]}


def by_joint_odds(passages: Sequence[Any], answers: Sequence[Any]) -> tuple[str, float]:
    """The rule of the project."""
    from bert_keras.retrieval.competition import compete

    contenders, _ = compete(passages, answers)
    return (contenders[0].spans[0].text, contenders[0].odds) if contenders else ("", 1e4)


def by_best_odds(passages: Sequence[Any], answers: Sequence[Any]) -> tuple[str, float]:
    """The span with the best odds against "no answer" in its paragraph, each by itself."""
    found = [answer for answer in answers if answer.n_best]
    best = min(found, key=lambda answer: answer.null_odds, default=None)
    return ("", 1e4) if best is None else (best.n_best[0].text, best.null_odds)


def by_own_probability(passages: Sequence[Any], answers: Sequence[Any]) -> tuple[str, float]:
    """The span with the highest probability in its own paragraph."""
    found = [answer for answer in answers if answer.n_best]
    best = max(found, key=lambda answer: answer.n_best[0].score, default=None)
    return ("", 1e4) if best is None else (best.n_best[0].text, best.null_odds)


def of_first_paragraph(passages: Sequence[Any], answers: Sequence[Any]) -> tuple[str, float]:
    """The answer of the paragraph that the search puts first."""
    return by_best_odds(passages[:1], answers[:1])


def with_ranks(passages: Sequence[Any], answers: Sequence[Any]) -> tuple[str, float]:
    """The best odds, less the logarithm of the paragraph's rank."""
    found = [
        (answer.null_odds + float(np.log(rank)), answer) for rank, answer in enumerate(answers, 1) if answer.n_best
    ]
    odds, best = min(found, key=lambda one: one[0], default=(1e4, None))
    return ("", 1e4) if best is None else (best.n_best[0].text, odds)


RULES: dict[str, Callable[[Sequence[Any], Sequence[Any]], tuple[str, float]]] = {
    "odds, the same text together": by_joint_odds,
    "odds, each span alone": by_best_odds,
    "odds and rank": with_ranks,
    "probability in its paragraph": by_own_probability,
    "first paragraph only": of_first_paragraph,
}


if __name__ == "__main__":
    raise SystemExit(main())

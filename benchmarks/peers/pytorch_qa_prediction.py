"""Question answering in PyTorch at its best: from strings, windows sorted by length, decoding in NumPy.

By default it tries its ways on some questions, answers all of a SQuAD file in the fastest, and prints a JSON line. With
`--turns yes` it is a worker, which answers the requested questions.
"""

import argparse
import contextlib
import itertools
import json
import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from peers.prediction import batches_by_length
from peers.process_memory import memory
from peers.protocol import Requests
from peers.qa_answers import Answers, decode, measures, texts
from peers.qa_windows import Question, Windows, qa_tokenizer, read_squad, windows_of
from transformers import BertForQuestionAnswering

PRECISIONS = ("bfloat16", "autocast", "float32")
_FEWEST_TOKENS = 1024  # below it a batch size counts windows, from it on tokens
BATCHES = (16, 32, 2048, 4096, 8192)

Answer = Callable[[list[Question]], Answers]


def main() -> None:
    """Answers requests, or measures by itself."""
    flags = parse()
    requests = Requests() if flags.turns == "yes" else None
    questions, tokenizer = read_squad(flags.questions)[: flags.limit], qa_tokenizer(flags.model)
    if requests:
        work(requests, questions, partial(prepare, flags.model, tokenizer))
    print(line := json.dumps(measured(flags, questions, tokenizer)), flush=True)
    if flags.output:
        flags.output.write_text(line + "\n", encoding="utf-8")


def parse() -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--model", required=True, type=Path, help="a Hugging Face folder with a BertForQuestionAnswering"
    )
    parser.add_argument("--questions", required=True, type=Path, help="a SQuAD file")
    parser.add_argument("--limit", type=int, help="first questions of it; without it all")
    parser.add_argument(
        "--trial", type=int, default=320, help="questions that each way is tried on, default %(default)s"
    )
    parser.add_argument("--rounds", type=int, default=3, help="over all questions, default %(default)s")
    parser.add_argument("--turns", default="no", choices=("no", "yes"), help="yes: a worker")
    parser.add_argument("--output", type=Path, help="for the JSON line, which is printed as well")
    return parser.parse_args()


def work(requests: Requests, questions: list[Question], prepared: Callable[..., Answer]) -> None:
    """Answers the requests `facts`, `prepare` (a way), `answer` (a range of questions), `scores`, and `memory`."""
    way: list[Answer] = []

    def ready(**options: Any) -> dict[str, Any]:
        way[:] = [prepared(**options)]
        return {}

    def answer(first: int, last: int) -> dict[str, Any]:
        asked = questions[first:last]
        begun = time.perf_counter()
        answers = way[0](asked)
        said = texts(asked, answers)
        seconds = time.perf_counter() - begun
        odds = answers.nulls - answers.scores[:, 0]
        return {
            "seconds": seconds,
            "answers": said,
            "places": answers.places[:, 0].tolist(),
            "null_odds": odds.tolist(),
        }

    def scores() -> dict[str, Any]:
        return measures(questions, way[0](questions))

    requests.serve(
        {
            "facts": lambda: {"questions": len(questions)},
            "prepare": ready,
            "answer": answer,
            "scores": scores,
            "memory": memory,
        }
    )


def ways() -> Iterator[dict[str, Any]]:
    """Yields the options of all ways worth a trial."""
    for precision, batch in itertools.product(PRECISIONS, BATCHES):
        yield {"precision": precision, "batch": batch}


def prepare(folder: Path, tokenizer: Any, precision: str, batch: int) -> Answer:
    """Loads the model, and returns the function that answers questions.

    Args:
        folder: The Hugging Face folder of the model.
        tokenizer: The tokenizer of `qa_windows`.
        precision: `float32`, `bfloat16` for the whole model, or `autocast`, which keeps norms and sums in float32.
        batch: The number of windows per batch; from 1,024 on the number of tokens, padding included.
    """
    dtype = torch.bfloat16 if precision == "bfloat16" else torch.float32
    model = BertForQuestionAnswering.from_pretrained(folder, dtype=dtype, attn_implementation="sdpa").eval()

    def answer(questions: list[Question]) -> Answers:
        windows = windows_of(questions, tokenizer)
        batches = batches_of(windows, batch)
        mixed = torch.autocast("cpu", torch.bfloat16) if precision == "autocast" else contextlib.nullcontext()
        with torch.inference_mode(), mixed:
            return decode(windows, logits_of(model, windows, batches))

    return answer


def batches_of(windows: Windows, batch: int) -> list[np.ndarray]:
    """Returns batches of windows of similar length: of so many windows or, from 1,024 on, of so many tokens."""
    lengths = windows.rows.lengths
    return batches_by_tokens(lengths, batch) if batch >= _FEWEST_TOKENS else list(batches_by_length(lengths, batch))


def batches_by_tokens(lengths: np.ndarray, most: int) -> list[np.ndarray]:
    """Returns batches of rows of similar length, longest first, with at most `most` tokens each, padding included."""
    order = np.argsort(-lengths, kind="stable")
    batches, first = [], 0
    while first < len(order):
        last = first + max(1, most // int(lengths[order[first]]))
        batches.append(order[first:last])
        first = last
    return batches


def logits_of(
    model: Any, windows: Windows, batches: list[np.ndarray]
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Yields the indices of the windows of each batch, and their start and end logits."""
    for some in batches:
        answer = model(**windows.batch(some))
        yield some, answer.start_logits.float().numpy(), answer.end_logits.float().numpy()


def measured(flags: argparse.Namespace, questions: list[Question], tokenizer: Any) -> dict[str, Any]:
    """Tries all ways, answers all questions in the fastest, and returns the way, the speeds and the scores."""
    begin = max(0, (len(questions) - flags.trial) // 2)
    some = questions[begin : begin + flags.trial]
    trial = {json.dumps(way): speed(prepare(flags.model, tokenizer, **way), some, 2) for way in ways()}
    best = json.loads(max(trial, key=lambda name: trial[name]))
    answer = prepare(flags.model, tokenizer, **best)
    answers_per_second = speed(answer, questions, flags.rounds)
    return {"way": best, "answers_per_second": answers_per_second, "trial": trial} | measures(
        questions, answer(questions)
    )


def speed(answer: Answer, questions: list[Question], rounds: int) -> float:
    """Returns answers per second, the median of some rounds after a warm-up."""
    answer(questions[:64])
    seconds = []
    for _ in range(rounds):
        begun = time.perf_counter()
        texts(questions, answer(questions))
        seconds.append(time.perf_counter() - begun)
    return len(questions) / statistics.median(seconds)


if __name__ == "__main__":
    main()

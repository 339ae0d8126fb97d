"""Makes tests/tagging/seqeval_reference.json: random tags of words, and what seqeval finds and scores.

Made with seqeval 1.2.2, in an environment of its own, by
`python tests/tagging/seqeval_reference.py tests/tagging/seqeval_reference.json`.
"""

import json
import random
import sys
import warnings
from typing import Any

from seqeval.metrics import accuracy_score, f1_score, precision_score, recall_score  # type: ignore[import-not-found]
from seqeval.metrics.sequence_labeling import get_entities  # type: ignore[import-not-found]

TAGS = {
    "IOB2": ["O", "B-PER", "I-PER", "B-LOC", "I-LOC", "B-not-1", "I-not-1"],
    "IOB1": ["O", "I-PER", "B-PER", "I-LOC"],
    "BIOES": ["O", *(f"{prefix}-{of}" for of in ("PER", "LOC") for prefix in "BIES")],
}
AVERAGES = ("micro", "macro")


def case(tags: list[str], random_: random.Random) -> dict[str, Any]:
    """Draws tags of sentences with any transitions, also such as no scheme allows, and has seqeval score them."""
    true = [[random_.choice(tags) for _ in range(random_.randint(1, 9))] for _ in range(30)]
    found = [[tag if random_.random() < 0.8 else random_.choice(tags) for tag in row] for row in true]
    scores = {"word_accuracy": accuracy_score(true, found)}
    for average in AVERAGES:
        scores[f"{average}_f1"] = f1_score(true, found, average=average)
        scores[f"{average}_precision"] = precision_score(true, found, average=average)
        scores[f"{average}_recall"] = recall_score(true, found, average=average)
    entities = [[[start, end, of] for of, start, end in get_entities(row)] for row in true]
    return {"tags": tags, "true": true, "found": found, "entities": entities, "scores": scores}


def main() -> None:
    """Writes the file that the command line names."""
    warnings.simplefilter("ignore")
    random_ = random.Random(0)
    cases = {name: case(tags, random_) for name, tags in TAGS.items()}
    with open(sys.argv[1], "w", encoding="utf-8", newline="\n") as file:
        json.dump(cases, file)
        file.write("\n")


if __name__ == "__main__":
    main()

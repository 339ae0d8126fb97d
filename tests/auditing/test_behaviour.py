"""Behavioural tests are read from YAML with lines, and pass by what the model answers."""

from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from bert_keras.auditing import Behaviour, Case, behave, read_behaviours
from bert_keras.classification import Classification
from bert_keras.errors import InputError

LABELS = ("negative", "positive")
HEAD = "tests:\n  - name: one\n    kind: minimum\n    label: positive\n"


def classify(texts: list[str]) -> Sequence[Classification]:
    """A model that finds a text positive by its number of exclamation marks."""
    found = []
    for text in texts:
        positive = min(0.9, 0.3 * text.count("!"))
        label = "positive" if positive > 0.5 else "negative"
        probabilities = {"negative": 1 - positive, "positive": positive}
        found.append(Classification(label, max(positive, 1 - positive), probabilities))
    return found


def outcome(kind: str, *cases: tuple[str, str | None], label: str | None = None) -> tuple[float, list[str]]:
    """The share that passes, and the texts that fail."""
    test = Behaviour("one", kind, tuple(Case(*case, line=1) for case in cases), 0.5, label)  # type: ignore[arg-type]
    found = behave([test], classify)[0]
    assert found.ok == (found.rate >= 0.5)
    return found.rate, [failure.case.text for failure in found.failures]


def test_each_kind_passes_by_what_it_says() -> None:
    assert outcome("minimum", ("a!!", None), ("b", None), label="positive") == (0.5, ["b"])
    assert outcome("must_not_change", ("a!!", "b!!"), ("a!!", "b"), ("a", "b")) == (2 / 3, ["a!!"])
    assert outcome("must_change", ("a!!", "b"), ("a!!", "b!!")) == (0.5, ["a!!"])
    # A probability that is at its end may stay there.
    assert outcome("up", ("a", "a!"), ("b!", "b"), ("c!!!", "c!!!!"), label="positive") == (2 / 3, ["b!"])
    assert outcome("down", ("a", "a!"), ("b!", "b"), label="positive") == (0.5, ["a"])


def write(folder: Path, content: str) -> str:
    (folder / "tests.yaml").write_text(content, encoding="utf-8")
    return str(folder / "tests.yaml")


def refusal(folder: Path, content: str) -> str:
    path = write(folder, content)
    with pytest.raises(InputError) as error:
        read_behaviours(path, LABELS)
    message = str(error.value)
    assert message.startswith(path) and "\n" not in message
    return message.removeprefix(path)


def test_tests_are_read_with_their_lines_and_changes(tmp_path: Path) -> None:
    content = {
        "tests": [
            {"name": "min", "kind": "minimum", "label": "good", "rate": 1, "cases": ["Fine.", "[SEP] <b>"]},
            {"name": "names", "kind": "must_not_change", "swap": {"Ann": "Ali"}, "cases": ["Ann, Annabel and Ann!"]},
            {"name": "typos", "kind": "must_not_change", "typos": True, "cases": ["The pictures are wonderful."]},
            {"name": "pairs", "kind": "must_change", "cases": [["a", "not a"]]},
        ]
    }
    text = yaml.safe_dump(content, sort_keys=False)
    found = read_behaviours(write(tmp_path, text), LABELS, {"good": "positive"})
    assert [(test.name, test.kind, test.rate, test.label) for test in found] == [
        ("min", "minimum", 1.0, "positive"),
        ("names", "must_not_change", 0.9, None),
        ("typos", "must_not_change", 0.9, None),
        ("pairs", "must_change", 0.9, None),
    ]
    lines = text.splitlines()
    assert [case.text for case in found[0].cases] == ["Fine.", "[SEP] <b>"]
    assert [lines[case.line - 1].strip() for case in found[0].cases] == ["- Fine.", "- '[SEP] <b>'"]
    assert found[1].cases[0].changed == "Ali, Annabel and Ali!"
    typo = found[2].cases[0].changed or ""
    assert typo != "The pictures are wonderful." and sorted(typo) == sorted("The pictures are wonderful.")
    assert read_behaviours(write(tmp_path, text), LABELS, {"good": "positive"}) == found  # the same typo each time
    assert (found[3].cases[0].text, found[3].cases[0].changed) == ("a", "not a")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("tests: [", ", line 1: no YAML"),
        ("tests:\n  - name: 'a\n", ", line 3: no YAML"),
        ("tests: !!python/object/apply:os.system [true]\n", ", line 1: no YAML"),
        ("cases: []\n", ", line 1: a list under 'tests' expected. Received: None"),
        ("tests:\n  - 3\n", ", line 2: a test with name, kind and cases expected. Received: 3"),
        ("tests:\n  - name: a\n    name: b\n", ", line 2: no YAML ('name' is there twice)"),
        (
            HEAD + "    case: [a]\n",
            ", line 2: a test has name, kind, rate, label, cases, typos, swap (did you mean",
        ),
        ("tests:\n  - name: a\n    kind: invariant\n", ", line 2: a test has a name, and a kind of minimum, must_not_"),
        (HEAD + "    rate: 90\n    cases: [a]\n", ", line 2: 'rate' must be from 0 to 1. Received: 90"),
        (HEAD.replace("positive", "good") + "    cases: [a]\n", ", line 2: a label of the model expected"),
        (HEAD + "    cases: []\n", ", line 2: a list of 'cases' expected. Received: []"),
        (HEAD + "    cases:\n      - fine\n      - [a, b]\n", ", line 7: a text expected. Received: ['a', 'b']"),
        (HEAD + "    cases:\n      - ' '\n", ", line 6: a text expected. Received: ' '"),
        (HEAD + "    cases:\n      - 3\n", ", line 6: a text expected. Received: 3"),
        (HEAD + "    typos: true\n    cases: [a]\n", ", line 2: one of typos and swap changes texts"),
        (
            "tests:\n  - name: a\n    kind: must_change\n    cases:\n      - one\n",
            ", line 5: two texts, [before, after], expected. Received: 'one'",
        ),
        (
            "tests:\n  - name: a\n    kind: must_not_change\n    swap: {Ann: Ali}\n    cases:\n      - No name.\n",
            ", line 6: the changed text is the same. Received: 'No name.'",
        ),
    ],
)
def test_what_is_wrong_is_told_by_line(tmp_path: Path, content: str, message: str) -> None:
    assert refusal(tmp_path, content).startswith(message)

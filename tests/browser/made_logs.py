"""Writes the log for the tests of the tab: runs of records with known numbers."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from made_records import answer_record, prediction_of, record_of

from bert_keras.insight.attention_log import AttentionLog
from bert_keras.insight.record import Record

# [CLS] one two ##three four [SEP] five six [SEP]; one strong cell: layer 1, head 2, from token 2 to token 6.
FIRST, SECOND = "one two ##three four", "five six"
STRONG = {(1, 2, 2): (6, 0.81)}
IMPORTANCE = [[0.0, 0.1, 0.2, 0.3], [0.4, 0.5, 1.0, 0.6], [0.05, 0.15, 0.25, 0.35]]
ATTRIBUTION = {1: 0.2, 2: -0.5, 6: 1.0}
TAGGED = "somewhere two ##andthreemore four"
QUESTION, PREDICTED, GOLD = "which word", "w90 w91 w92", "w70"
CONTEXT = " ".join(f"w{number}" for number in range(120))
STEPS = {10: 0.25, 20: 0.5, 30: 0.81}
HOSTILE = (
    "<img src=x onerror=document.title='owned'> <script>document.title='owned'</script> "
    "\u202eevil שלום مرحبا 👩‍🚀 &lt;b&gt; ##🙂"
)


# So long that no font leaves room for a whole one.
NAMES = [
    f"a card payment that was not recognised by the customer or by the bank, case {place:02}" for place in range(12)
]
TURNED = 2  # the label, not a likely one, that masking the second word leads to
GRADIENTS = {NAMES[11]: [0.0, 0.3, -0.1, 0.2, 0.0], NAMES[0]: [0.0, -0.2, 0.4, 0.1, 0.0]}  # one a token


def many_labels() -> Record:
    """Returns the record of a classifier with many long labels, one unknown word, and all that can be logged."""
    even = prediction_of(NAMES)["probabilities"]
    turned = [0.9 if place == TURNED else 0.1 / 11 for place in range(12)]
    gradients = {
        "title": "Integrated gradients",
        "paper": "",
        "note": "",
        "values": [GRADIENTS[NAMES[11]]],
        "rank_correlation": None,
        "masking_correlation": [0.49],
        "signed": True,
        "knows_target": True,
    }
    record = record_of("one [UNK] two", "one [UNK] two", labels=NAMES, attribution={1: 0.9}, masked=None)
    added = {
        "masked": {
            "words": [0, 1, 2],
            "probabilities": [even, turned, even],
            "original": even,
            "drops": [0.3, 0.2, 0.1],
            "note": "Sentences first.",
            "sentences": {
                "texts": [0, 0],
                "starts": [0, 10],
                "ends": [9, 13],
                "words": [[0, 2], [2, 3]],
                "drops": [1.5, -0.5],
                "searched": [True, False],
            },
        },
        "methods": record.header["methods"] | {"integrated_gradients": gradients},
        "default_method": "integrated_gradients",
        "label_attributions": {
            "labels": list(GRADIENTS),
            "values": list(GRADIENTS.values()),
            "gaps": [0.01, 0.02],
            "drops": [[0.3, 0.2, 0.1], [0.1, 0.2, 0.3]],
        },
    }
    return replace(record, header=record.header | added)


def mark(start: int, end: int, label: str, score: float | None, state: str, decision: int | None) -> dict[str, Any]:
    """Returns a mark of a record; what is wrong is "no entity"."""
    true = "no entity" if state == "wrong" else label
    return {
        "start": start,
        "end": end,
        "label": label,
        "score": score,
        "state": state,
        "decision": decision,
        "true": true,
    }


def tagged() -> Record:
    """Returns the record of a tagger: an entity, one that is none, with colours of its own, and one that is missed."""
    types = ("no entity", "LOC", "PER")
    record = record_of("entities", TAGGED, labels=types, attribution={1: 0.8}, importance=IMPORTANCE)
    other = record_of("entities", TAGGED, labels=types, attribution={4: -0.6}, importance=IMPORTANCE[::-1])
    told = {name: other.header[name] for name in ("methods", "masked")} | {
        "prediction": other.header["prediction"] | {"predicted": ["PER"], "true": ["no entity"]},
        "target": {"title": "label PER", "rows": [2], "label": "PER", "against": None},
        "label_attributions": None,
        "statistics": {"importance": other.header["statistics"]["importance"]},
    }
    places = [
        {"title": "somewhere", "start": 0, "end": 9},
        {"title": "twoandthreemore", "start": 10, "end": 25, "told": told},
    ]
    marks = [mark(0, 9, "LOC", 0.9, "found", 0), mark(10, 25, "PER", 0.75, "wrong", 1)]
    marks.append(mark(26, 30, "LOC", None, "missed", None))
    said = record.header["prediction"] | {"predicted": ["LOC"], "true": ["LOC"]}
    added = {"task": "tags", "marks": marks, "decisions": places, "windows": [0, 1], "prediction": said}
    return replace(record, header=record.header | added)


def write_log(folder: Path) -> None:
    """Writes all runs."""
    pair = {"importance": IMPORTANCE, "attribution": ATTRIBUTION}
    AttentionLog(folder / "pair").write(0, "strong", record_of("a strong cell", FIRST, SECOND, strong=STRONG, **pair))
    steps = AttentionLog(folder / "training")
    for step, weight in STEPS.items():
        record = record_of("a strong cell", FIRST, SECOND, strong={(1, 2, 2): (6, weight)}, **pair)
        steps.write(step, "strong", record)
    AttentionLog(folder / "labels").write(0, "many labels", many_labels())
    AttentionLog(folder / "tagger").write(0, "entities", tagged())
    calm = record_of("a strong cell", FIRST, SECOND, attribution={1: 0.1, 2: -0.05}, labels=("calm", "quiet"))
    AttentionLog(folder / "calm").write(0, "strong", calm)
    question = answer_record(QUESTION, CONTEXT, predicted=PREDICTED, gold=GOLD, windows=[(0, 60), (40, 60), (80, 40)])
    AttentionLog(folder / "reader").write(0, "question", question)
    odd = AttentionLog(folder / "<b>odd</b> & run")
    labels = ("<i>no</i>", "<u>yes</u>")
    odd_marks = {
        "marks": [mark(0, 4, labels[1], 0.5, "wrong", 0), mark(5, len(HOSTILE), labels[0], None, "missed", None)],
        "decisions": [{"title": HOSTILE, "start": 0, "end": 4}, {"title": labels[0], "start": 5, "end": 9, "told": {}}],
    }
    odd.write(0, "hostile", record_of(HOSTILE, HOSTILE, "<svg/onload=alert(1)> b", labels=labels, **odd_marks))
    odd.write(0, "empty", record_of("", "", masked=None))
    odd.write(0, "emoji alone", record_of("🙂", "🙂"))
    words = " ".join(f"w{number}" if number % 7 else "##x" for number in range(1, 511))
    strong = {(1, 3, 500): (7, 0.9)}
    AttentionLog(folder / "long").write(
        0, "512 tokens", record_of("512 tokens", words, strong=strong, layers=2, heads=12)
    )

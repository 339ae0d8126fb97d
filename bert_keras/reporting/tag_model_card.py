"""The model card of a token classifier's run."""

import shlex
from collections.abc import Iterator

from bert_keras.evaluation import METRICS
from bert_keras.reporting.markdown import code, table
from bert_keras.reporting.model_card_parts import ModelCard, card_result, headlines_table, use_blocks
from bert_keras.reporting.names import score
from bert_keras.reporting.portable import portable_record
from bert_keras.reporting.tag_record import DATA_COLUMNS, TagRunRecord

_TASK = "token-classification"


def tag_model_card(record: TagRunRecord) -> str:
    """Returns the model card of a finished run, written from its report alone.

    Args:
        record: The finished run.

    Returns:
        Markdown behind a YAML header, for `README.md`.
    """
    record = portable_record(record)
    scores = {name: record.metrics[name] for name in METRICS["tags"] if name != "loss"}
    fields = {
        "pipeline_tag": _TASK,
        "tags": ["bert", "keras", "tensorflow", _TASK],
        "metrics": list(scores),
        "model-index": [{"name": record.name, "results": [card_result(_TASK, "dev", scores)]}],
    }
    of = record.report["model"]
    intention = (
        f"A BERT, {code(str(of['preset']))}, fine-tuned to find entities in texts: "
        f"{', '.join(code(label) for label in record.labels)}.\n\nUse it for texts like those it was trained on. Of "
        "others the scores below say nothing."
    )
    tables = "\n\n".join([headlines_table(record.headlines), _by_type(record)])
    card = ModelCard(record.name, record.report, fields, intention, DATA_COLUMNS, tables, _limits(record), _use(record))
    return card.markdown(None, ())


def _by_type(record: TagRunRecord) -> str:
    rows = [
        [code(row["name"]), *(score(row[name]) for name in ("f1", "precision", "recall")), f"{row['entities']:,}"]
        for row in record.metrics["by_type"]
    ]
    return table(["type", "F1", "precision", "recall", "entities"], rows)


def _limits(record: TagRunRecord) -> Iterator[str]:
    """Yields what the scores and the data say against the model."""
    yield "Entities are whole words, and none overlaps another."
    warning = record.headlines.warning()
    if warning:
        yield f"{warning}."
    dev = record.report["data"].get("dev", {})
    if dev.get("overlapping") or dev.get("wordless"):
        yield (
            f"Of the entities of dev {dev.get('overlapping', 0) + dev.get('wordless', 0):,} are left out, because they "
            "overlap others or hold no word; the scores do not count them as missed."
        )


def _use(record: TagRunRecord) -> str:
    python = (
        f'import bert_keras\n\ntagger = bert_keras.TokenClassifier.from_preset({record.run_path!r})\ntagger.tag(["…"])'
    )
    command = f"bert-keras predict --model {shlex.quote(record.run_path)} --input FILE"
    return use_blocks(record.name, python, command, record.served_path)

"""The model card of a masked language model's training."""

import shlex
from collections.abc import Iterator

from bert_keras.reporting.markdown import code
from bert_keras.reporting.masked_record import DATA_COLUMNS, MaskedRunRecord
from bert_keras.reporting.model_card_parts import ModelCard, headlines_fields, headlines_table, use_blocks
from bert_keras.reporting.portable import portable_record

_MANY_UNKNOWN = 0.01


def masked_model_card(record: MaskedRunRecord) -> str:
    """Returns the model card of a finished training of a masked language model, written from its report alone.

    Args:
        record: The finished run.

    Returns:
        Markdown behind a YAML header, for `README.md`.
    """
    record = portable_record(record)
    fields = headlines_fields(record.name, record.headlines, "fill-mask")
    of = record.report["model"]
    share = f"{100 * of['mask_share']:.3g} %"
    whole = "words with all their pieces" if of["masking"] == "word" else "single pieces"
    pairs = f" It also learned pairs of texts ({code(of['pairs'])})." if of.get("pairs") else ""
    intention = (
        f"A masked language model, trained from {code(str(of['preset']))}: {share} of the tokens were masked, "
        f"{whole}.{pairs}\n\nUse it to fine-tune from for texts like those it was trained on. Of others the scores "
        "below say nothing."
    )
    tables = "\n\n".join(map(headlines_table, record.headlines))
    card = ModelCard(record.name, record.report, fields, intention, DATA_COLUMNS, tables, _limits(record), _use(record))
    return card.markdown(None, ())


def _limits(record: MaskedRunRecord) -> Iterator[str]:
    """Yields what the scores and the data say against the model."""
    yield "It knows how texts go on, and not whether what they say is true."
    warnings = (of.warning() for of in record.headlines)
    yield from (f"{warning}." for warning in warnings if warning)
    for split, of in record.report["data"].items():
        if of.get("unknown_tokens", 0) >= _MANY_UNKNOWN:
            yield f"{100 * of['unknown_tokens']:.1f} % of the tokens of {split} are unknown to its vocabulary."


def _use(record: MaskedRunRecord) -> str:
    python = (
        f"import bert_keras\n\nmodel = bert_keras.MaskedLM.from_preset({record.run_path!r})\n"
        'model.fill("The [MASK] leaves at [MASK].", top=3)'
    )
    command = f"bert-keras predict --model {shlex.quote(record.run_path)} --input FILE"
    return use_blocks(record.name, python, command, record.served_path)

import dataclasses
import re

import yaml

from bert_keras.reporting import MaskedRunRecord, masked_model_card

REPORT = {
    "metrics": {"loss": 1.5, "perplexity": 4.48, "masked_accuracy": 0.66},
    "baseline": {
        "dev": {"prediction": "the model before this training", "heading": "before", "loss": 3.0, "perplexity": 20.1}
    },
    "interval": {"dev": {"perplexity": [4.0, 5.0]}},
    "data": {
        "train": {"file": "/data/texts/a.txt", "documents_read": 9, "documents": 8, "left_out": {"empty": 1}},
        "dev": {"file": "b.txt", "documents_read": 2, "documents": 2, "left_out": {}, "unknown_tokens": 0.0321},
    },
    "training": {"epochs": 1, "recipe": {"batch_size": 8}},
    "model": {"preset": "tiny|er", "task": "masked_lm", "masking": "word", "mask_share": 0.125, "pairs": "order"},
    "environment": {"python": "3.11"},
}
RECORD = MaskedRunRecord("my run", REPORT, "runs/my run", None)


def test_a_card_says_what_was_learned_and_what_that_brought() -> None:
    _, head, body = masked_model_card(RECORD).split("---\n", 2)
    assert yaml.safe_load(head)["model-index"][0]["results"][0]["metrics"][0] == {"type": "perplexity", "value": 4.48}
    assert re.findall(r"^## (.+)$", body, re.MULTILINE) == ["Data", "Training", "Scores", "Limits", "Use"]
    assert "trained from `tiny|er`: 12.5 % of the tokens were masked, words with all their pieces." in body
    assert "It also learned pairs of texts (`order`)." in body
    assert "| perplexity | 4.4800 | 4.0000 to 5.0000 | 20.1000 |" in body
    assert "3.2 % of the tokens of dev are unknown to its vocabulary." in body
    assert "MaskedLM.from_preset('runs/my run')" in body and "/data" not in body


def test_what_is_no_better_than_before_is_a_limit() -> None:
    before = {"dev": REPORT["baseline"]["dev"] | {"perplexity": 4.5}}
    card = masked_model_card(dataclasses.replace(RECORD, report=REPORT | {"baseline": before}))
    assert "perplexity 4.4800 (4.0000 to 5.0000) does not beat the model before this training (4.5000)" in card

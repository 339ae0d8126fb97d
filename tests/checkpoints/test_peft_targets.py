import json
import random
from pathlib import Path
from typing import Any

import pytest
from peft_side import peft_model

from bert_keras.checkpoints.adapters.peft_config import read_peft_config
from bert_keras.checkpoints.adapters.peft_targets import is_target, scale

MODULES = [
    "bert.embeddings.word_embeddings",
    "bert.embeddings.position_embeddings",
    *(
        f"bert.encoder.layer.{layer}.{part}"
        for layer in (0, 1, 10)
        for part in (
            "attention.self.query",
            "attention.self.key",
            "attention.output.dense",
            "intermediate.dense",
            "output.dense",
        )
    ),
    "bert.pooler.dense",
    "classifier",
]
NAMES = ["query", "self.query", "dense", "output.dense", "0.output.dense", "word_embeddings", "classifier", "y"]
NAMES += ["pooler", "layer.1.attention.self.key", "bert.encoder.layer.10.output.dense"]
EXPRESSIONS = [r".*query", r"bert\.encoder\.layer\.\d\..*dense", r".*\.(key|value)", "query", "(?i).*QUERY", ".*"]
PATTERNS = ["query", "self.query", r"layer\.1\.output\.dense", r"\d.output.dense", "dense", "y", ".*key", r"1\..*"]
PATTERNS += ["attention.self.key", "^bert.*query", "a|query"]
LAYERS: list[Any] = [0, 1, 10, [0], [1, 10], [], [11]]
LISTS: list[Any] = ["layer", "encoder.layer", ["layers", "layer"], "attention", []]


def config_of(settings: dict[str, Any], folder: Path) -> Any:
    (folder / "adapter_config.json").write_text(json.dumps(settings), encoding="utf-8")
    return read_peft_config(folder)


def settings(choice: random.Random) -> dict[str, Any]:
    """Makes settings by chance."""
    made: dict[str, Any] = {"peft_type": "LORA", "r": choice.choice([1, 8]), "lora_alpha": choice.choice([1, 16, 2.5])}
    made["rank_pattern"] = {name: choice.choice([1, 3, 5]) for name in choice.sample(PATTERNS, choice.randint(0, 3))}
    made["alpha_pattern"] = {name: choice.choice([1, 3, 5]) for name in choice.sample(PATTERNS, choice.randint(0, 3))}
    if choice.random() < 0.3:
        made["exclude_modules"] = choice.choice([choice.choice(EXPRESSIONS), choice.sample(NAMES, 2)])
    if choice.random() < 0.3:
        made["modules_to_save"] = choice.sample(["pooler", "classifier", "LayerNorm", "query", "layer.1"], 2)
    if choice.random() < 0.3:
        return made | {"target_modules": choice.choice(EXPRESSIONS)}
    made["target_modules"] = choice.sample(NAMES, choice.randint(1, 4))
    if choice.random() < 0.5:
        made |= {"layers_to_transform": choice.choice(LAYERS), "layers_pattern": choice.choice(LISTS)}
    return made


@pytest.mark.pytorch
def test_the_modules_that_are_changed_and_their_ranks_are_those_of_peft(tmp_path: Path) -> None:
    choice = random.Random(0)
    configs = [settings(choice) for _ in range(500)]
    (tmp_path / "cases.json").write_text(json.dumps({"configs": configs, "modules": MODULES}), encoding="utf-8")
    peft_model("targets", tmp_path, tmp_path / "cases.json", tmp_path / "out.json")
    known = iter(json.loads((tmp_path / "out.json").read_text(encoding="utf-8")))
    changed = 0
    for given in configs:
        config = config_of(given, tmp_path)
        for module in MODULES:
            is_changed, rank, alpha = next(known)
            assert is_target(config, module, "ForSequenceClassification") is is_changed, (given, module)
            assert scale(config, module) == (rank, alpha / rank), (given, module)
            changed += is_changed
    assert 0.1 < changed / (len(configs) * len(MODULES)) < 0.9


@pytest.mark.parametrize(
    ("given", "changed"),
    [
        ({"target_modules": ["query"]}, [layer * 5 + 2 for layer in range(3)]),
        ({"target_modules": ["self.key"], "layers_to_transform": [1, 10]}, [8, 13]),
        ({"target_modules": r".*\.1\..*dense"}, [9, 10, 11]),
        ({"target_modules": r"1\..*dense"}, []),  # an expression must match the whole name
        ({"target_modules": ["dense"], "exclude_modules": r".*\.layer\..*"}, [17]),
        ({"target_modules": ["dense"], "modules_to_save": ["pooler"], "layers_to_transform": 0}, [4, 5, 6]),
        ({"target_modules": ["bert.encoder.layer.0.output.dense"], "layers_to_transform": [1]}, [6]),
        ({"target_modules": "all-linear"}, list(range(2, 18))),
        ({"target_modules": []}, []),
    ],
)
def test_which_modules_are_changed(given: dict[str, Any], changed: list[int], tmp_path: Path) -> None:
    config = config_of({"peft_type": "LORA"} | given, tmp_path)
    found = [place for place, name in enumerate(MODULES) if is_target(config, name, "ForSequenceClassification")]
    assert found == changed


def test_the_first_pattern_that_matches_the_end_of_a_name_counts(tmp_path: Path) -> None:
    config = config_of(
        {
            "peft_type": "LORA",
            "r": 4,
            "lora_alpha": 8,
            "use_rslora": True,
            "target_modules": ["query"],
            "rank_pattern": {r"1\.attention\.self\.query": 9, "query": 16, "attention": 2},
            "alpha_pattern": {"uery": 99, "self.key": 5},
        },
        tmp_path,
    )
    module = "bert.encoder.layer.{}.attention.self.{}"
    assert scale(config, module.format(1, "query")) == (9, 8 / 3)
    assert scale(config, module.format(11, "query")) == (16, 2.0)
    assert scale(config, module.format(0, "key")) == (4, 2.5)
    assert scale(config, module.format(0, "value")) == (4, 4.0)

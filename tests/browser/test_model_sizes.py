"""Tests the formula by which the architecture view counts parameters."""

from typing import Any

import pytest
from attention_tab import AttentionTab

from bert_keras import BertBackbone

BASE = {"vocabulary_size": 30522, "max_sequence_length": 512, "num_segments": 2, "num_layers": 12, "hidden_dim": 768}
LARGE = BASE | {"num_layers": 24, "hidden_dim": 1024, "intermediate_dim": 4096}
TINY = {
    "vocabulary_size": 11,
    "max_sequence_length": 7,
    "num_segments": 3,
    "num_layers": 2,
    "hidden_dim": 4,
    "intermediate_dim": 6,
}


def from_module(tab: AttentionTab, expression: str, *arguments: Any) -> Any:
    """Returns a JavaScript expression of the module `model_sizes.js`."""
    address = tab.script("return new URL('views/architecture/model_sizes.js', document.baseURI).href")
    names = "embeddingsOf, parametersOf, partsOf, modelSizes, shortCount"
    code = f"const {{{names}}} = await import(address); return {expression};"
    return tab.script(f"return (async (address, given) => {{ {code} }})(...arguments)", address, *arguments)


@pytest.mark.parametrize(
    ("dimensions", "total"), [(BASE | {"intermediate_dim": 3072}, 109_482_240), (LARGE, 335_141_888)]
)
def test_base_and_large_have_as_many_parameters_as_published(
    tab: AttentionTab, dimensions: dict[str, int], total: int
) -> None:
    tab.open(view="architecture")
    assert from_module(tab, "parametersOf(given).total", dimensions) == total


def test_the_formula_counts_what_keras_counts(tab: AttentionTab) -> None:
    tab.open(view="architecture")
    backbone = BertBackbone(num_heads=2, **TINY)
    counts = from_module(tab, "parametersOf(given)", TINY)
    assert counts["total"] == backbone.count_params()
    assert counts["token_embedding"] == backbone.token_embedding.count_params()
    assert sum(counts["layer"].values()) == backbone.transformer_layers[0].count_params()


def test_the_parts_of_a_model_are_all_of_it(tab: AttentionTab) -> None:
    tab.open(view="architecture")
    parts = from_module(tab, "partsOf(parametersOf(given), given.num_layers)", TINY)
    assert sum(part["parameters"] for part in parts) == from_module(tab, "parametersOf(given).total", TINY)


@pytest.mark.parametrize(
    ("count", "written"), [(385, "385"), (590_592, "591 k"), (999_499, "999 k"), (109_482_240, "109.5 M")]
)
def test_counts_are_written_short(tab: AttentionTab, count: int, written: str) -> None:
    tab.open(view="architecture")
    assert from_module(tab, "shortCount(given)", count) == written


@pytest.mark.parametrize(("segments", "embeddings"), [(2, "token segment position"), (0, "token position")])
def test_a_model_without_segments_adds_up_two_embeddings(tab: AttentionTab, segments: int, embeddings: str) -> None:
    tab.open(view="architecture")
    assert from_module(tab, "embeddingsOf({ num_segments: given })", segments) == embeddings.split()

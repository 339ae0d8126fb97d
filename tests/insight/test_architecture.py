from collections.abc import Callable

from bert_keras import SpanExtractor, TextClassifier
from bert_keras.insight.architecture import architecture


def test_sizes_and_parameters_are_those_of_the_model(classifier: TextClassifier) -> None:
    made = architecture(classifier)
    others = ("parameters", "head", "pooler", "pooler_activation", "pooling")
    sizes = {name: value for name, value in made.items() if name not in others}
    assert sizes == {
        "vocabulary_size": 39,
        "max_sequence_length": 16,
        "num_segments": 2,
        "num_layers": 2,
        "num_heads": 2,
        "hidden_dim": 8,
        "intermediate_dim": 16,
        "embedding_dim": 8,
    }
    assert (made["pooler"], made["pooler_activation"], made["pooling"]) == (True, "tanh", "cls")
    assert made["head"] == {"name": "2 labels", "parameters": 8 * 2 + 2}
    blocks = made["parameters"]
    assert blocks["token_embedding"] == 39 * 8
    assert blocks["position_embedding"] == 16 * 8
    assert blocks["segment_embedding"] == 2 * 8
    assert blocks["embeddings_layer_norm"] == 2 * 8
    assert blocks["pooler"] == 8 * 8 + 8
    dense = dict.fromkeys(("query", "key", "value", "attention_output"), 8 * 8 + 8)
    assert blocks["layer"] == dense | {
        "feed_forward_in": 8 * 16 + 16,
        "feed_forward_out": 16 * 8 + 8,
        "layer_norms": 4 * 8,
    }
    assert blocks["total"] == classifier.count_params()


def test_a_reader_has_no_pooler(build_extractor: Callable[..., SpanExtractor]) -> None:
    extractor = build_extractor()
    made = architecture(extractor)
    assert not made["pooler"]
    assert made["parameters"]["pooler"] == 0
    assert made["head"] == {"name": "start and end of the answer", "parameters": 8 * 2 + 2}
    assert made["parameters"]["total"] == extractor.count_params()


def test_a_pooler_that_is_not_read_is_not_counted(build_extractor: Callable[..., SpanExtractor]) -> None:
    extractor = build_extractor(backbone={"pooler": True})
    assert architecture(extractor)["parameters"]["total"] == extractor.count_params() - (8 * 8 + 8)


def test_adapters_are_counted_where_they_stand(build_classifier: Callable[..., TextClassifier]) -> None:
    classifier = build_classifier()
    classifier.adapt("somewhere", rank=3)
    layer = architecture(classifier)["parameters"]["layer"]
    assert layer["query"] == 8 * 8 + 8 + 3 * (8 + 8)
    assert layer["feed_forward_out"] == 16 * 8 + 8 + 3 * (16 + 8)
    assert architecture(classifier)["parameters"]["total"] == classifier.count_params()


def test_a_regression_has_a_head_of_one_number(build_classifier: Callable[..., TextClassifier]) -> None:
    made = architecture(build_classifier(task="regression", labels=()))
    assert made["head"] == {"name": "a number", "parameters": 9}

"""Classify, Regress and MultiInference: they take `tf.Example`s, which models of texts do not."""

from typing import NoReturn

from bert_keras.serving.server.codes import FAILED_PRECONDITION, INVALID_ARGUMENT, UNIMPLEMENTED
from bert_keras.serving.server.interface import ServedVersion, ServingError

DEFAULT_SIGNATURE = "serving_default"


def refuse_examples(version: ServedVersion, signature: str, verb: str) -> NoReturn:
    """Refuses a request for classification or regression.

    Args:
        version: The version that was asked.
        signature: The name of the signature; empty for the default one.
        verb: "classify" or "regress".

    Raises:
        ServingError: Always, with TensorFlow Serving's reason: the signature has too many inputs or outputs, or others.
    """
    name = signature or DEFAULT_SIGNATURE
    definition = version.signatures.get(name)
    if definition is None:
        raise ServingError(INVALID_ARGUMENT, f"No signature was found with the name: {name}")
    if len(definition.inputs) != 1:
        raise ServingError(INVALID_ARGUMENT, "Expected one input Tensor.")
    outputs = len(definition.outputs)
    if verb == "classify" and outputs not in (1, 2):
        raise ServingError(INVALID_ARGUMENT, f"Expected one or two output Tensors, found {outputs}")
    if verb == "regress" and outputs != 1:
        raise ServingError(INVALID_ARGUMENT, "Expected one output Tensor.")
    kind = "classification" if verb == "classify" else "regression"
    if "inputs" not in definition.inputs:
        raise ServingError(FAILED_PRECONDITION, f"No {kind} inputs found in SignatureDef: {definition}")
    raise ServingError(
        UNIMPLEMENTED, f"The signature {name} takes tf.Examples, which are not served here; TensorFlow Serving does"
    )

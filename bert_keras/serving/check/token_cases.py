"""The calls that check a signature on token ids, which runtimes without tensorflow-text can run."""

import numpy as np
import tensorflow as tf

from bert_keras.serving.check.case import Case, Signature

TOKENS = 8


def token_cases(name: str, signature: Signature) -> list[Case]:
    """Returns the calls of a signature whose inputs are all integers `[batch, tokens]`, as `signature_cases` does."""
    answered = [Case(f"batch of {size}", name, token_feeds(signature, size)) for size in (0, 1, 7)]
    good = token_feeds(signature, 1)
    refused = []
    for what, row in (("a vector", 0), ("a scalar", (0, 0))):
        bad = {place: np.asarray(value[row]) for place, value in good.items()}
        refused += [Case(f"{what} as {place}", name, good | {place: bad[place]}, refused=True) for place in sorted(bad)]
        refused += [Case(f"{what} as every input", name, bad, refused=True)] if len(bad) > 1 else []
    return answered + refused


def token_feeds(signature: Signature, size: int) -> dict[str, np.ndarray]:
    """Returns a batch of token ids for a signature.

    Token ids are 0 and 1, which every vocabulary holds; the padding mask is 1 and the segment ids are 0.

    Args:
        signature: The signature's definition.
        size: The number of rows.

    Returns:
        The arrays `[size, tokens]` by input name.
    """
    feeds = {}
    for name, tensor in signature.inputs.items():
        tokens = tensor.tensor_shape.dim[1].size
        shape = (size, tokens if tokens > 0 else TOKENS)
        if "mask" in name:
            values = np.ones(shape)
        elif "segment" in name or "type" in name:
            values = np.zeros(shape)
        else:
            values = np.indices(shape).sum(axis=0) % 2
        feeds[name] = values.astype(tf.as_dtype(tensor.dtype).as_numpy_dtype)
    return feeds

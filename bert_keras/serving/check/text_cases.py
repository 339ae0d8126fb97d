"""The calls that check a signature on raw strings: texts that users send, and requests that must be refused."""

from collections.abc import Sequence

import numpy as np

from bert_keras.serving.check.case import Case, Signature

TEXTS = tuple(
    text.encode()
    for text in (
        "The film was dull, but I loved it.",
        "",
        "Zürich – naïve café… ﬁancé",
        "東京は日本の首都です。 北京 서울",
        "مرحبا بالعالم שלום नमस्ते",
        "😀 👩\u200d👩\u200d👧\u200d👦 🇨🇭 e\u0301",
        "word " * 600,
    )
)
INVALID = b"\xff\xfe broken \x80"


def text_cases(name: str, signature: Signature) -> list[Case]:
    """Returns the calls of a signature whose inputs are all strings `[batch]`, as `signature_cases` does."""
    inputs = sorted(signature.inputs)
    answered = batches(name, inputs)
    answered.append(Case("1 MB of text", name, _feeds(inputs, (b"word " * 200_000,))))
    return answered + malformed(name, inputs)


def batches(name: str, inputs: Sequence[str]) -> list[Case]:
    """Returns requests of no, one and several short texts.

    Args:
        name: The signature's name.
        inputs: The names of its inputs.

    Returns:
        The cases, all of which must be answered.
    """
    rows = {f"batch of {size}": TEXTS[:size] for size in (0, 1, 7)}
    rows["empty strings"] = (b"", b"")
    rows["invalid UTF-8"] = (INVALID, TEXTS[0])
    rows["text with NUL"] = (b"short\x00nul", b"\x00")
    rows["masks"] = (b"The [MASK] was dull, but I [MASK] it.", b"none", "é[MASK]".encode())
    rows["many scripts and emoji"] = TEXTS[2:6]
    return [Case(what, name, _feeds(inputs, texts)) for what, texts in rows.items()]


def malformed(name: str, inputs: Sequence[str]) -> list[Case]:
    """Returns requests with a scalar or a matrix as one input or all inputs, and requests without one input.

    Args:
        name: As in `batches`.
        inputs: As in `batches`.

    Returns:
        The cases, all of which must be refused.
    """
    good = _feeds(inputs, TEXTS[:1])
    cases = []
    for what, value in (("a scalar", strings(TEXTS[:1], ())), ("a matrix [1, 2]", strings(TEXTS[:2], (1, 2)))):
        for place in inputs:
            cases.append(Case(f"{what} as {place}", name, good | {place: value}, refused=True))
        if len(inputs) > 1:
            cases.append(Case(f"{what} as every input", name, dict.fromkeys(inputs, value), refused=True))
    for place in inputs:
        rest = {other: value for other, value in good.items() if other != place}
        cases.append(Case(f"without {place}", name, rest, refused=True))
    return cases


def _feeds(inputs: Sequence[str], texts: Sequence[bytes]) -> dict[str, np.ndarray]:
    """Returns the texts for each input, rotated so that the inputs of one row differ."""
    shifts = [number % max(1, len(texts)) for number in range(len(inputs))]
    return {name: strings([*texts[shift:], *texts[:shift]]) for name, shift in zip(inputs, shifts, strict=True)}


def strings(texts: Sequence[bytes], shape: tuple[int, ...] | None = None) -> np.ndarray:
    """Returns texts as an array of bytes objects, since NumPy's own byte strings would drop a trailing NUL."""
    array = np.empty(len(texts), dtype=object)
    array[:] = texts
    return array if shape is None else array.reshape(shape)

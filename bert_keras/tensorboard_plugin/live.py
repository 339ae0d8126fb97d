"""Looks at texts that are typed into the Attention tab, where the process that runs TensorBoard holds the model."""

import binascii
import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from werkzeug import wrappers

from bert_keras.tensorboard_plugin.refusal import Refusal

MOST_CHARACTERS = 10_000
_MOST_BYTES = 1 << 17
_MOST_HEADS = 4_096
_PATIENCE = 30.0  # seconds until the look before has ended
_OWN = {"localhost", "127.0.0.1", "::1"}
Heads = Sequence[tuple[int, int]]
Predict = Callable[[str, str | None, Heads], str]
"""Returns the prediction for a text and its pair in words, without some heads, as (layer, head)."""
Look = Callable[[str, str | None, Heads, bool], Sequence[bytes]]
"""Returns the blobs of the record of the same; at last whether all is wanted that can be computed, or what is quick."""


@dataclass(frozen=True)
class Live:
    """A model that the tab may ask, one text at a time.

    Attributes:
        predict: Predicts a text, which takes a fraction of the time of a look.
        look: Looks at a text. A `ValueError` of either is told to the user.
        takes: What it takes: "text", "pair" or "question".
    """

    predict: Predict
    look: Look
    takes: str
    _one: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, request: wrappers.Request) -> dict[str, Any]:
        """Looks at the text of a request.

        Args:
            request: A POST of JSON: `first`, `second` or null, `without` as [layer, head] pairs, and `what`: "label",
                "quick" or "whole".

        Returns:
            The record, its `header`, and its `layers` in base64; or, for "label", the prediction in words as `said`.

        Raises:
            Refusal: The request does not come from the page itself, is too large or not valid, or the model is busy.
        """
        _check_origin(request)
        first, second, heads, what = _asked(request)
        if not self._one.acquire(timeout=_PATIENCE):
            raise Refusal("the model is still busy with the text before; try again in a moment", 503)
        try:
            if what == "label":
                return {"said": self.predict(first, second, heads)}
            header, *layers = self.look(first, second, heads, what == "whole")
        except ValueError as error:
            raise Refusal(str(error), 400) from error
        finally:
            self._one.release()
        return {"header": json.loads(header), "layers": [binascii.b2a_base64(layer).decode() for layer in layers]}


def _check_origin(request: wrappers.Request) -> None:
    """Raises an error for what another web page sends: the model is for the person at this machine alone."""
    if request.method != "POST" or request.mimetype != "application/json":
        raise Refusal("texts are sent as a POST of application/json", 405)
    host = urlsplit(f"//{request.host}").hostname
    origin = request.headers.get("Origin")
    if host not in _OWN or (origin is not None and urlsplit(origin).netloc != request.host):
        raise Refusal("typed texts are answered on this machine only, at http://localhost", 403)


def _asked(request: wrappers.Request) -> tuple[str, str | None, list[tuple[int, int]], str]:
    if (request.content_length or _MOST_BYTES + 1) > _MOST_BYTES:
        raise Refusal(f"a typed text may have {MOST_CHARACTERS:,} characters; shorten it", 413)
    told = request.get_json(silent=True)
    if not isinstance(told, dict):
        raise Refusal("the request is no JSON object", 400)
    first, second = told.get("first"), told.get("second")
    if not isinstance(first, str) or not (second is None or isinstance(second, str)):
        raise Refusal("first is a text, second a text or null", 400)
    if len(first) + len(second or "") > MOST_CHARACTERS:
        raise Refusal(f"a typed text may have {MOST_CHARACTERS:,} characters; shorten it", 413)
    what = told.get("what", "quick")
    if what not in ("label", "quick", "whole"):
        raise Refusal("what is wanted is label, quick or whole", 400)
    return first, second, _heads(told.get("without", [])), what


def _heads(told: Any) -> list[tuple[int, int]]:
    whole = isinstance(told, list) and len(told) <= _MOST_HEADS
    if not whole or not all(
        isinstance(each, list) and len(each) == 2 and all(type(number) is int and number >= 0 for number in each)
        for each in told
    ):
        raise Refusal("heads are [layer, head], both numbered from 0", 400)
    return [(layer, head) for layer, head in told]

"""What is served where, with a command to try it."""

import json
import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bert_keras.serving.server import Models, ModelSettings, ServerSettings

_EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}
_DEFAULT = "serving_default"
_EXAMPLES = {
    "text": "A charming journey.",
    "pair": "It was a pleasure.",
    "question": "When does the ferry leave?",
    "context": "The ferry leaves at noon.",
}


def summary(models: "Sequence[ModelSettings]", served: "Models", settings: "ServerSettings") -> str:
    """Returns the lines that the server prints when it is ready.

    Args:
        models: The models as they are configured.
        served: The models as they are served.
        settings: The settings of the server.
    """
    from bert_keras.serving.server import ServingError

    host = _EVERY_ADDRESS.get(settings.host, settings.host)
    host = f"[{host}]" if ":" in host else host
    base = f"http://{host}:{settings.rest_api_port}"
    lines = ["", "served:"]
    example = ""
    for model in models:
        try:
            version = served.find(model.name)
        except ServingError:
            lines.append(f"  {model.name}  no version yet; looked for in {model.base_path}")
            continue
        signatures = [name for name in sorted(version.signatures) if not name.startswith("__")]
        lines.append(f"  {model.name}  version {version.version}  {', '.join(signatures)}")
        if settings.rest_api_port:
            lines.append(f"    {base}/v1/models/{model.name}:predict")
        default = version.signatures.get(_DEFAULT)
        if not example and default is not None and set(default.inputs) <= set(_EXAMPLES):
            example = _curl(f"{base}/v1/models/{model.name}:predict", list(default.inputs))
    lines += _addresses(settings, host, base)
    if example and settings.rest_api_port:
        lines += ["try:", f"  {example}"]
    return "\n".join([*lines, "Ctrl-C ends it.", ""])


def _addresses(settings: "ServerSettings", host: str, base: str) -> list[str]:
    lines = [f"gRPC   {host}:{settings.port}" + ("  (TLS)" if settings.credentials else "")]
    if settings.rest_api_port:
        plain = "  (plain HTTP, as in TensorFlow Serving)" if settings.credentials else ""
        lines.append(f"REST   {base}{plain}")
    if settings.ui:
        lines.append(f"page   {base}/")
    if settings.metrics_path and settings.rest_api_port:
        lines.append(f"metrics   {base}{settings.metrics_path}")
    if settings.host in _EVERY_ADDRESS:
        lines.append("open to other machines: anyone who reaches these ports can use the models")
    return lines


def _curl(url: str, inputs: Sequence[str]) -> str:
    """Returns a command line that sends one example."""
    named = {name: _EXAMPLES[name] for name in _EXAMPLES if name in inputs}
    row = named if len(named) > 1 else next(iter(named.values()))
    return f"curl -d {shlex.quote(json.dumps({'instances': [row]}))} {url}"

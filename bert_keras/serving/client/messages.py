"""Messages about what went wrong between a client and a server: who, what it said, and what to do."""

from bert_keras.errors import ServiceError
from bert_keras.serving.client.settings import Settings
from bert_keras.serving.client.steps import Failure

_SHOWN = 500
_ADVICE = {
    "INVALID_ARGUMENT": "The request does not fit the model: metadata() says what it takes",
    "NOT_FOUND": "The server has no such model, version or label: status() lists the versions of a model",
    "DEADLINE_EXCEEDED": "Raise timeout, or lower max_batch_size; TF Serving itself ends a request over REST after "
    "--rest_api_timeout_in_ms, which is 30000 by default",
    "RESOURCE_EXHAUSTED": "The server takes no more for now: send fewer requests at once, or smaller ones",
    "UNAUTHENTICATED": "Give what the server asks for in headers, or a client certificate in tls",
    "PERMISSION_DENIED": "Give what the server asks for in headers, or a client certificate in tls",
}
_SIZE, _LABEL = "is larger than maximum input batch size", "Unrecognized servable version label"


def failed(settings: Settings, failure: Failure, tries: int) -> ServiceError:
    """Returns the error for a request that failed.

    Args:
        settings: The client's settings.
        failure: The last failure.
        tries: How often the request was sent.
    """
    after = f" after {tries} tries" if tries > 1 else ""
    said = " ".join(failure.message.split())[:_SHOWN]
    return ServiceError(f"{settings.who}: {said} ({failure.code}{after}). {_advice(settings, failure)}", failure.code)


def unexpected(settings: Settings, what: str) -> ServiceError:
    """Returns the error for an answer that is not what a model of this project answers.

    Args:
        settings: The client's settings.
        what: What is wrong with it.
    """
    said = " ".join(what.split())[:_SHOWN]
    return ServiceError(
        f"{settings.who}: {said}. Is this an export of this project, of the kind that the call is for?", "UNKNOWN"
    )


def _advice(settings: Settings, failure: Failure) -> str:
    if _SIZE in failure.message:
        return f"Lower the client's max_batch_size to the server's. It is {settings.max_batch_size}"
    if _LABEL in failure.message:
        return "Give the label to a version in models.config, or ask for a version"
    if failure.code == "UNAVAILABLE":
        port = "gRPC port, which is 8500" if settings.address.over_grpc else "REST port, which is 8501"
        return f"Is the server running, and the model ready, and is this its {port} by default?"
    return _ADVICE.get(failure.code, "The server's log may say more")

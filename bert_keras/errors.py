"""Exceptions for errors that a user can cause, one class for each kind.

Each message states what was wrong and where, what was received, and how to fix it. The command-line programs print it
as one line and exit with status 2; in a library call it is an ordinary exception.
"""


class BertKerasError(Exception):
    """The base class of all errors that the caller's input causes."""


class PresetError(BertKerasError, ValueError):
    """A preset that cannot be loaded: an unknown name or folder, or a folder without the files a model needs."""


class CheckpointError(BertKerasError, ValueError):
    """A checkpoint whose files exist but are corrupt, unsafe to read, or inconsistent with each other."""


class VocabularyError(BertKerasError, ValueError):
    """A vocabulary that cannot be read, lacks a special token, or does not fit the model."""


class LabelError(BertKerasError, ValueError):
    """Label names that the model does not know, or a number of labels that does not match the model."""


class DataError(BertKerasError, ValueError):
    """A file or data set of examples that cannot be read with the given settings, or a cache that cannot be written."""


class InputError(BertKerasError, ValueError):
    """Invalid or conflicting arguments of a call or flags of a program."""


class ExportError(BertKerasError, RuntimeError):
    """An exported SavedModel that cannot be written, read or run."""


class ServiceError(BertKerasError, RuntimeError):
    """A model server that cannot be reached, refuses a request, or answers what no export of this project answers.

    Args:
        message: The message: which server, what it said, and what to do.
        code: The canonical code of gRPC by name, over REST too, e.g. "NOT_FOUND" or "UNAVAILABLE".
    """

    def __init__(self, message: str, code: str = "UNKNOWN") -> None:
        super().__init__(message)
        self.code = code


class TrainingError(BertKerasError, RuntimeError):
    """A training run that cannot continue: its loss is not finite, or its checkpoints or logs cannot be written."""


class WorkerError(TrainingError):
    """A worker of a training that does not come, that is gone, or that ends because of an error of its own."""


class TrainingInterrupted(KeyboardInterrupt):
    """A training run that was stopped (Ctrl-C, SIGTERM) after a complete step; the message says how to resume it.

    It is not an error, so not a `BertKerasError`: if it is not caught, it ends the process as Ctrl-C does.
    """

"""The mistakes a user can make, one class for each kind.

Every message says what was wrong and where, what was received, and what to do. The command-line programs print it as
one line and exit with status 2; in a library call it is an ordinary exception.
"""


class BertKerasError(Exception):
    """Base of all errors whose cause lies in what the caller gave."""


class PresetError(BertKerasError, ValueError):
    """A preset names nothing that can be loaded: no such folder or name, or a folder without the files a model needs."""


class CheckpointError(BertKerasError, ValueError):
    """A checkpoint's files are there, but broken, unsafe to read, or at odds with each other."""


class VocabularyError(BertKerasError, ValueError):
    """A vocabulary cannot be read, lacks a special token, or does not fit the model."""


class LabelError(BertKerasError, ValueError):
    """Label names that a model does not know, or a number of labels that does not fit it."""


class DataError(BertKerasError, ValueError):
    """A file of examples that cannot be read as asked for."""


class InputError(BertKerasError, ValueError):
    """Arguments of a call, or flags of a program, that make no sense together."""


class ExportError(BertKerasError, RuntimeError):
    """An export that could not be written, read or run."""


class TrainingError(BertKerasError, RuntimeError):
    """A training that cannot go on: its loss is no number, or what it has to keep cannot be written."""


class TrainingInterrupted(KeyboardInterrupt):
    """A training that was asked to stop (Ctrl-C, SIGTERM) and did so after a whole step; its message says how to go on.

    No mistake, so no `BertKerasError`: where nobody waits for it, it ends the process as Ctrl-C does.
    """

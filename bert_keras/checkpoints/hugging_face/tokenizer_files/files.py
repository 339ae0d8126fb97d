"""What the files of a tokenizer hold, parsed."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bert_keras.checkpoints.files import missing, read_json

SETTINGS_FILE, FAST_FILE, SLOW_FILE = "tokenizer_config.json", "tokenizer.json", "vocab.txt"
SPECIAL_FILE, ADDED_FILE = "special_tokens_map.json", "added_tokens.json"


@dataclass(frozen=True)
class TokenizerFiles:
    """The parsed files of a tokenizer; one that is not there is empty.

    Attributes:
        folder: The folder.
        model: The config.json of the model.
        settings: The tokenizer_config.json.
        fast: The tokenizer.json; `None` if there is none.
        special: The special_tokens_map.json.
        added: The added_tokens.json.
    """

    folder: Path
    model: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    fast: dict[str, Any] | None = None
    special: dict[str, Any] = field(default_factory=dict)
    added: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: Path) -> "TokenizerFiles":
        """Reads the files of a folder.

        Args:
            folder: The folder.

        Returns:
            The files.

        Raises:
            PresetError: There is no vocabulary.
            CheckpointError: A file is no JSON object.
        """
        if not (folder / SLOW_FILE).exists() and not (folder / FAST_FILE).exists():
            raise missing(folder, f"{SLOW_FILE} or {FAST_FILE}")
        read = {name: read_json(folder / name) if (folder / name).exists() else {} for name in _OTHERS}
        fast = read_json(folder / FAST_FILE) if (folder / FAST_FILE).exists() else None
        return cls(folder, read["config.json"], read[SETTINGS_FILE], fast, read[SPECIAL_FILE], read[ADDED_FILE])


_OTHERS = ("config.json", SETTINGS_FILE, SPECIAL_FILE, ADDED_FILE)

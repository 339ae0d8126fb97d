"""The files of an audit: the table to correct, the page, and the figures."""

import dataclasses
import shlex
from typing import Any

import bert_keras
from bert_keras import auditing
from bert_keras.auditing import Audit
from bert_keras.errors import InputError

from ..command_line.json_output import write_json
from ..console.consoles import console
from .config import AuditConfig
from .rows import AuditRows

_TABLE, _PAGE, _FIGURES = "audit.tsv", "audit.html", "audit.json"


class AuditFiles:
    """The files that an audit writes.

    Args:
        config: The options.

    Raises:
        InputError: There are files of an earlier audit, and they must not be replaced.
    """

    def __init__(self, config: AuditConfig) -> None:
        self._config, self._folder = config, config.folder
        there = self._folder / _TABLE
        if there.exists() and not config.overwrite:
            raise InputError(
                f"{there}: there is a table already, which may hold corrections; choose another --name or --output, or "
                "add --overwrite true"
            )
        if config.corrections is not None and there.exists() and there.samefile(config.corrections):
            raise InputError(f"--corrections is the file that would be overwritten. Received: {config.corrections}")

    def write(self, rows: AuditRows, audit: Audit) -> None:
        """Writes the files, each as a whole or not at all, and says where they are."""
        texts = rows.texts({suspect.row for suspect in audit.suspects})
        table, page = self._folder / _TABLE, self._folder / _PAGE
        auditing.write_audit_page(page, audit, rows.encoded, texts, self._about())
        write_json(self._folder / _FIGURES, self._figures(rows, audit))
        auditing.write_corrections_table(table, audit, rows.encoded, texts)
        console.print(f"\ntable   {table}\npage    {page}")
        given = self._config.train
        train = shlex.join([given] if isinstance(given, str) else given)
        again = f"bert-keras classify --train {train} --dev DEV --corrections {shlex.quote(str(table))}"
        console.print(f"\nnext:\n  fill in the column 'correction' of {table}: a label, or (drop)\n  {again}")

    def _about(self) -> dict[str, str]:
        config = self._config
        how = (
            f"the whole model, {config.epochs} epochs"
            if config.whole_training
            else "frozen vectors, words and neighbours"
        )
        return {
            "judged by": how,
            "model": config.model,
            "folds": str(config.folds),
            "bert_keras": bert_keras.__version__,
        }

    def _figures(self, rows: AuditRows, audit: Audit) -> dict[str, Any]:
        return {
            "data": {
                "file": rows.encoded.name,
                "rows": len(rows.encoded),
                "rows_left_out": rows.encoded.left_out,
                **({} if rows.corrections is None else {"corrections": rows.corrections.report()}),
            },
            "settings": dataclasses.asdict(self._config),
            "agreement": audit.agreement,
            "share_in_doubt": audit.doubts.doubted_share,
            "suspects": {reason: audit.count(reason) for reason in auditing.REASONS},
            "labels": auditing.label_figures(audit),
            "confused": [
                {
                    "labels": [audit.labels[pair.first], audit.labels[pair.second]],
                    "first_is_second": pair.first_is_second,
                    "second_is_first": pair.second_is_first,
                }
                for pair in audit.confused
            ],
        }

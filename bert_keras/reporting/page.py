"""Self-contained HTML pages: no script, no request to anywhere, all text escaped."""

import shlex
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup
from matplotlib.figure import Figure

from bert_keras.files.atomic import replaced_file
from bert_keras.reporting.drawing import svg
from bert_keras.reporting.names import title


def write_page(path: str | Path, template: str, context: dict[str, Any]) -> None:
    """Writes a page, atomically.

    Args:
        path: The file to write.
        template: The name of the template.
        context: The values for the template; all but `Markup` are escaped.
    """
    page = _environment().get_template(template).render(context)
    with replaced_file(path) as aside:
        aside.write_text(page, encoding="utf-8", errors="replace")


def picture(figure: Figure, about: str) -> Markup:
    """Renders a figure for a page.

    Args:
        figure: The figure.
        about: The description for screen readers.

    Returns:
        An `<svg>` element.
    """
    return Markup(svg(figure, about))


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("bert_keras.reporting"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["shell"] = shlex.quote
    environment.filters["python"] = repr
    environment.filters["title_of"] = title
    environment.filters["count"] = lambda number: f"{number:,}"
    environment.filters["score"] = lambda number: f"{number:.4f}"
    environment.filters["beginning"] = lambda text, length: text if len(text) <= length else text[: length - 1] + "…"
    return environment

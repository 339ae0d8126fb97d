"""Pages that need nothing but themselves: no script, no request to anywhere, text shown as it is."""

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
    """Writes a page, whole or not at all.

    Args:
        path: Where to.
        template: Name of its template.
        context: What the template is filled with; all that is no `Markup` is escaped.
    """
    page = _environment().get_template(template).render(context)
    with replaced_file(path) as aside:
        aside.write_text(page, encoding="utf-8", errors="replace")


def picture(figure: Figure, about: str) -> Markup:
    """Makes a picture a part of a page.

    Args:
        figure: The picture.
        about: What it shows, for people who do not see it.

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

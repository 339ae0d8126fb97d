"""Self-contained HTML pages: no script, no request to anywhere, all text escaped."""

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup, escape
from matplotlib.figure import Figure

from bert_keras.files.atomic import replaced_file
from bert_keras.reporting.drawing import svg
from bert_keras.reporting.names import percent, score, title
from bert_keras.reporting.portable import portable
from bert_keras.runtime.going_on import going_on


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


def picture(draw: Callable[[], Figure], about: str) -> Markup:
    """Draws a picture for a page.

    Args:
        draw: A function that draws the figure.
        about: The description for screen readers.

    Returns:
        An `<svg>` element; a sentence if the figure cannot be drawn, which is logged as a warning.
    """
    drawn = Markup('<p class="about">The picture could not be drawn: {}.</p>').format(about)
    with going_on(f"a picture of the report ({about})"):
        drawn = Markup(svg(draw(), about))
    return drawn


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
    environment.filters["portable"] = portable
    environment.filters["title_of"] = title
    environment.filters["count"] = lambda number: f"{number:,}"
    environment.filters["score"] = score
    environment.globals |= {"default_form": score, "percent": percent}
    environment.filters["breakable"] = _breakable
    environment.filters["beginning"] = lambda text, length: text if len(text) <= length else text[: length - 1] + "…"
    return environment


def _breakable(name: str) -> Markup:
    """Returns the name of a label, which a narrow column may break after its underscores rather than anywhere."""
    return Markup("_<wbr>").join(escape(part) for part in name.split("_"))

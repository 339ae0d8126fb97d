"""What all pictures share: colours, type, and how they become a PNG or a part of a page.

In a page a picture takes the page's colours, light or dark: each colour of the palette becomes a variable of the page's
style.
"""

import html
import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bert_keras.files.atomic import replaced_file

INK, MUTED, GRID = "#1d2733", "#5c6875", "#d8dee6"
# Told apart by people who see no red or green as well (Okabe and Ito 2008, darkened to stand out on white).
SERIES = ("#0a66c2", "#c4560a", "#00866a", "#a6397c", "#7a6a00", "#2b8fbd", "#b3261e")
_VARIABLES = {INK: "ink", MUTED: "muted", GRID: "grid"} | {
    colour: f"series-{place}" for place, colour in enumerate(SERIES)
}
_COLOURS = re.compile("|".join(_VARIABLES))
_LONGEST_NAME = 40


def chart(title: str, across: str = "", up: str = "", width: float = 4.6, height: float = 3.1) -> tuple[Figure, Axes]:
    """Makes an empty chart.

    Args:
        title: Above it.
        across: What stands on the horizontal axis.
        up: What stands on the vertical one.
        width: Inches.
        height: Inches.

    Returns:
        The figure and its axes.
    """
    figure = Figure(figsize=(width, height), layout="constrained", facecolor="white")
    axes = figure.add_subplot(facecolor="none")
    axes.set_title(title, color=INK, fontsize=11, loc="left")
    axes.set_xlabel(across, color=MUTED, fontsize=9)
    axes.set_ylabel(up, color=MUTED, fontsize=9)
    axes.tick_params(colors=MUTED, labelsize=9)
    axes.grid(color=GRID, linewidth=0.7)
    axes.set_axisbelow(True)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(GRID)
    return figure, axes


def legend(axes: Axes, place: Literal["best", "lower left"] = "best", title: str | None = None) -> None:
    """Adds a legend without a frame.

    Args:
        axes: To what.
        place: Where in the chart.
        title: Above it.
    """
    handles, labels = axes.get_legend_handles_labels()
    made = axes.legend(
        handles, labels, frameon=False, fontsize=8, labelcolor=INK, loc=place, title=title, title_fontsize=8
    )
    made.get_title().set_color(MUTED)


def legend_below(figure: Figure) -> None:
    """Adds a legend under a chart whose lines leave no room in it.

    Args:
        figure: To what.
    """
    figure.legend(frameon=False, fontsize=8, labelcolor=INK, loc="outside lower center", ncols=2)


def shown(name: str) -> str:
    """Makes a name fit for a picture: in one line, not beyond 40 characters, and no mathematics.

    Args:
        name: A label, of whatever signs.

    Returns:
        What Matplotlib shows as that name.
    """
    line = " ".join(name.split())
    short = line if len(line) <= _LONGEST_NAME else line[: _LONGEST_NAME - 1] + "…"
    return short.replace("$", r"\$")  # a lone dollar sign would begin mathematics


def png(figure: Figure, dpi: int = 150) -> bytes:
    """Draws a picture on white.

    Args:
        figure: The picture.
        dpi: Dots per inch.

    Returns:
        A PNG.
    """
    with _plain_matplotlib(), io.BytesIO() as file:
        figure.savefig(file, format="png", dpi=dpi)
        return file.getvalue()


def write_png(figure: Figure, path: str | Path, dpi: int = 150) -> None:
    """Writes a picture, whole or not at all.

    Args:
        figure: The picture.
        path: Where to.
        dpi: Dots per inch.
    """
    with replaced_file(path) as aside:
        aside.write_bytes(png(figure, dpi))


def write_paper_figure(figure: Figure, path: str | Path, dpi: int = 300) -> list[Path]:
    """Writes a picture for a paper, on white: as PDF and SVG with texts that stay texts, and as PNG; each whole or not at all.

    Args:
        figure: The picture.
        path: Where to; ".pdf", ".svg" and ".png" are added.
        dpi: Dots per inch of the PNG.

    Returns:
        The three files; the same for the same picture.
    """
    dates: dict[str, dict[str, Any]] = {
        "pdf": {"CreationDate": None},
        "svg": {"Date": None},
        "png": {},
    }  # the same for the same picture
    written = []
    for kind, metadata in dates.items():
        written.append(Path(f"{path}.{kind}"))
        with _plain_matplotlib(), matplotlib.rc_context({"pdf.fonttype": 42}), replaced_file(written[-1]) as aside:
            figure.savefig(aside, format=kind, dpi=dpi, metadata=metadata)
    return written


def svg(figure: Figure, about: str) -> str:
    """Draws a picture as a part of a page, in the page's colours, with texts in the page's fonts.

    Args:
        figure: The picture.
        about: What it shows, for people who do not see it.

    Returns:
        An `<svg>` element; the same for the same picture.
    """
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    with _plain_matplotlib(), io.StringIO() as file:
        figure.savefig(file, format="svg", transparent=True, metadata=nothing)
        drawn = file.getvalue()
    element = drawn[drawn.index("<svg") :]
    element = re.sub(r"<style.*?</style>", "", element, count=1, flags=re.DOTALL)  # it would hold for the whole page
    themed = re.sub(r"<[^>]*>", _themed, element)
    return themed.replace("<svg", f'<svg role="img" aria-label="{html.escape(about)}"', 1)


def _themed(tag: re.Match[str]) -> str:
    """A tag in the page's colours, without the names of groups, which would occur in each picture again."""
    plain = re.sub(r' (xmlns(:\w+)?|version)="[^"]*"', "", tag[0])
    if plain.startswith("<g "):
        plain = re.sub(r' id="[^"]*"', "", plain)
    return _COLOURS.sub(lambda colour: f"var(--{_VARIABLES[colour[0]]})", plain)


@contextmanager
def _plain_matplotlib() -> Iterator[None]:
    """Texts stay texts in an SVG, its names do not change from run to run, and a box stands for what a font lacks."""
    settings: Any = {"svg.fonttype": "none", "svg.hashsalt": "bert_keras", "font.family": "DejaVu Sans"}
    with matplotlib.rc_context(settings), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font", UserWarning)
        yield

"""The style of all pictures, and their output as PNG, SVG, PDF or part of a page.

In a page a picture takes the page's colours, light or dark: each colour of the palette becomes a CSS variable.
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
# Distinguishable with red-green colour blindness (Okabe and Ito 2008, darkened for contrast on white).
SERIES = ("#0a66c2", "#c4560a", "#00866a", "#a6397c", "#7a6a00", "#2b8fbd", "#b3261e")
_VARIABLES = {INK: "ink", MUTED: "muted", GRID: "grid"} | {
    colour: f"series-{place}" for place, colour in enumerate(SERIES)
}
_COLOURS = re.compile("|".join(_VARIABLES))
_LONGEST_NAME = 40
_LONGEST_OF_TWO = 24  # characters of a name up to which a legend has two columns


def chart(title: str, across: str = "", up: str = "", width: float = 4.6, height: float = 3.1) -> tuple[Figure, Axes]:
    """Returns an empty chart.

    Args:
        title: The title.
        across: The label of the horizontal axis.
        up: The label of the vertical axis.
        width: The width in inches.
        height: The height in inches.

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


def legend(axes: Axes, place: Literal["best", "lower left", "lower right"] = "best", title: str | None = None) -> None:
    """Adds a legend without a frame.

    Args:
        axes: The chart.
        place: The place in the chart.
        title: The title of the legend; `None` for none.
    """
    handles, labels = axes.get_legend_handles_labels()
    made = axes.legend(
        handles, labels, frameon=False, fontsize=8, labelcolor=INK, loc=place, title=title, title_fontsize=8
    )
    made.get_title().set_color(MUTED)


def legend_below(figure: Figure, title: str | None = None) -> None:
    """Adds a legend below a chart whose lines leave no room for it.

    Args:
        figure: The figure.
        title: The title of the legend; `None` for none.
    """
    names = [name for axes in figure.axes for name in axes.get_legend_handles_labels()[1]]
    made = figure.legend(
        frameon=False,
        fontsize=8,
        labelcolor=INK,
        loc="outside lower center",
        ncols=2 if max(map(len, names), default=0) <= _LONGEST_OF_TWO else 1,
        title=title,
        title_fontsize=8,
    )
    made.get_title().set_color(MUTED)


def shown(name: str) -> str:
    """Returns a name as one line of at most 40 characters, with Matplotlib's markup for mathematics escaped.

    Args:
        name: The name, e.g. a label of the user's data.

    Returns:
        The text that Matplotlib shows as that name.
    """
    line = " ".join(name.split())
    short = line if len(line) <= _LONGEST_NAME else line[: _LONGEST_NAME - 1] + "…"
    return short.replace("$", r"\$")  # a lone dollar sign would begin mathematics


def png(figure: Figure, dpi: int = 150) -> bytes:
    """Renders a figure as PNG on white.

    Args:
        figure: The figure.
        dpi: The resolution in dots per inch.

    Returns:
        The content of the PNG file.
    """
    with _plain_matplotlib(), io.BytesIO() as file:
        figure.savefig(file, format="png", dpi=dpi)
        return file.getvalue()


def write_png(figure: Figure, path: str | Path, dpi: int = 150) -> None:
    """Writes a figure as PNG, atomically.

    Args:
        figure: The figure.
        path: The file to write.
        dpi: The resolution in dots per inch.
    """
    with replaced_file(path) as aside:
        aside.write_bytes(png(figure, dpi))


def write_paper_figure(figure: Figure, path: str | Path, dpi: int = 300) -> list[Path]:
    """Writes a figure for a paper, on white: as PDF and SVG with selectable text, and as PNG; each file atomically.

    Args:
        figure: The figure.
        path: The path of the files without their suffixes `.pdf`, `.svg` and `.png`.
        dpi: The resolution of the PNG in dots per inch.

    Returns:
        The paths of the three files, whose bytes are the same for the same figure.
    """
    dates: dict[str, dict[str, Any]] = {
        "pdf": {"CreationDate": None},
        "svg": {"Date": None},
        "png": {},
    }  # without dates the files of the same figure are the same
    written = []
    for kind, metadata in dates.items():
        written.append(Path(f"{path}.{kind}"))
        with _plain_matplotlib(), matplotlib.rc_context({"pdf.fonttype": 42}), replaced_file(written[-1]) as aside:
            figure.savefig(aside, format=kind, dpi=dpi, metadata=metadata)
    return written


def svg(figure: Figure, about: str) -> str:
    """Renders a figure as SVG for a page, in the page's colours and fonts.

    Args:
        figure: The figure.
        about: The description for screen readers.

    Returns:
        An `<svg>` element, the same for the same figure.
    """
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    with _plain_matplotlib(), io.StringIO() as file:
        figure.savefig(file, format="svg", transparent=True, metadata=nothing)
        drawn = file.getvalue()
    element = drawn[drawn.index("<svg") :]
    element = re.sub(r"<style.*?</style>", "", element, count=1, flags=re.DOTALL)  # it would apply to the whole page
    themed = re.sub(r"<[^>]*>", _themed, element)
    return themed.replace("<svg", f'<svg role="img" aria-label="{html.escape(about)}"', 1)


def _themed(tag: re.Match[str]) -> str:
    """Returns a tag in the page's colours, without the ids of groups, which would repeat from picture to picture."""
    plain = re.sub(r' (xmlns(:\w+)?|version)="[^"]*"', "", tag[0])
    if plain.startswith("<g "):
        plain = re.sub(r' id="[^"]*"', "", plain)
    return _COLOURS.sub(lambda colour: f"var(--{_VARIABLES[colour[0]]})", plain)


@contextmanager
def _plain_matplotlib() -> Iterator[None]:
    """Keeps text as text in an SVG and its ids the same from run to run; a missing glyph gives a box, no warning."""
    settings: Any = {"svg.fonttype": "none", "svg.hashsalt": "bert_keras", "font.family": "DejaVu Sans"}
    with matplotlib.rc_context(settings), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font", UserWarning)
        yield

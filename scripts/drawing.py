"""Plain SVG, as much of it as the pictures of the docs need: shapes, text, a chart with axes."""

from collections.abc import Callable, Iterable, Sequence
from html import escape
from pathlib import Path

INK, FAINT, PAPER = "#222222", "#bbbbbb", "#ffffff"
BLUE, ORANGE, GREEN, RED = "#2b6cb0", "#dd6b20", "#2f855a", "#c53030"

Point = tuple[float, float]


class Drawing:
    """A sheet of so many pixels; what is drawn later lies above."""

    def __init__(self, width: int, height: int, title: str) -> None:
        self._head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}" font-family="sans-serif" font-size="13">'
            f"<title>{escape(title)}</title>"
        )
        self._parts: list[str] = []
        self.box((0, 0), (width, height), fill=PAPER, stroke="none")

    def box(
        self, corner: Point, size: Point, *, fill: str, stroke: str = INK, round_by: float = 0
    ) -> None:
        self._parts.append(
            f'<rect x="{corner[0]:.1f}" y="{corner[1]:.1f}" width="{size[0]:.1f}" '
            f'height="{size[1]:.1f}" rx="{round_by}" fill="{fill}" stroke="{stroke}"/>'
        )

    def line(
        self, points: Iterable[Point], colour: str = INK, *, wide: float = 1.5, dashed: bool = False
    ) -> None:
        told = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        dash = ' stroke-dasharray="5 4"' if dashed else ""
        self._parts.append(
            f'<polyline points="{told}" fill="none" stroke="{colour}" stroke-width="{wide}"{dash}/>'
        )

    def dot(self, at: Point, colour: str, radius: float = 4) -> None:
        self._parts.append(
            f'<circle cx="{at[0]:.1f}" cy="{at[1]:.1f}" r="{radius}" fill="{colour}"/>'
        )

    def text(
        self, at: Point, words: str, *, anchor: str = "start", colour: str = INK, size: int = 13
    ) -> None:
        self._parts.append(
            f'<text x="{at[0]:.1f}" y="{at[1]:.1f}" text-anchor="{anchor}" fill="{colour}" '
            f'font-size="{size}">{escape(words)}</text>'
        )

    def write(self, path: Path) -> None:
        path.write_text("\n".join([self._head, *self._parts, "</svg>"]) + "\n")


class Chart:
    """Axes on a drawing: `at` gives the place of a point in the units of the data."""

    def __init__(
        self,
        drawing: Drawing,
        place: tuple[Point, Point],
        across: tuple[float, float],
        upward: tuple[float, float],
        *,
        scale: Callable[[float], float] = float,
    ) -> None:
        self.drawing = drawing
        self._corner, self._size = place
        self._across = across
        self._upward = scale(upward[0]), scale(upward[1])
        self._scale = scale

    def at(self, x: float, y: float) -> Point:
        up = (self._scale(y) - self._upward[0]) / (self._upward[1] - self._upward[0])
        return self.across(x), self._corner[1] + (1 - up) * self._size[1]

    def across(self, x: float) -> float:
        """How far to the right x lies."""
        along = (x - self._across[0]) / (self._across[1] - self._across[0])
        return self._corner[0] + along * self._size[0]

    def axes(
        self,
        xs: Sequence[tuple[float, str]],
        ys: Sequence[tuple[float, str]],
        names: tuple[str, str],
    ) -> None:
        """A frame with named ticks, and the names of both axes."""
        left, top = self._corner
        right, low = left + self._size[0], top + self._size[1]
        for x, name in xs:
            place = self.across(x)
            self.drawing.line([(place, top), (place, low)], "#eeeeee", wide=1)
            self.drawing.text((place, low + 18), name, anchor="middle", size=11)
        for y, name in ys:
            place = self.at(self._across[0], y)[1]
            self.drawing.line([(left, place), (right, place)], "#eeeeee", wide=1)
            self.drawing.text((left - 6, place + 4), name, anchor="end", size=11)
        self.drawing.line([(left, top), (left, low), (right, low)], INK, wide=1)
        self.drawing.text((left + self._size[0] / 2, low + 38), names[0], anchor="middle")
        self.drawing.text((left - 30, top - 10), names[1])

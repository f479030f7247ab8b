"""Ornaments as ready-made path operators of PDF: computed once per process (the QR code once per sheet), then copied.

Nothing here draws; `Page.paint` places what these functions return.
"""

from __future__ import annotations

import math
from functools import cache

QUARTER_CIRCLE = 0.5522847498307936
"""Handle length that makes a Bezier curve a quarter of a circle."""


@cache
def rosette(half_width: float, half_height: float, *, curves: int = 15, lobes: int = 6) -> str:
    """A guilloche around the origin: `curves` closed lines with `lobes` waves each, their phases evenly spread."""
    waves = (_wave(2 * math.pi * index / curves, lobes, half_width, half_height) for index in range(curves))
    return " ".join(["0.2 w", *waves])


def _wave(phase: float, lobes: int, half_width: float, half_height: float) -> str:
    """The line r = 0.72 + 0.28 cos(lobes a + phase), stretched, in Bezier pieces that share its tangents."""
    pieces = 4 * lobes
    step = 2 * math.pi / pieces

    def point_and_tangent(index: int) -> tuple[float, float, float, float]:
        angle = index * step
        radius = 0.72 + 0.28 * math.cos(lobes * angle + phase)
        slope = -0.28 * lobes * math.sin(lobes * angle + phase)
        cos, sin = math.cos(angle), math.sin(angle)
        return (
            half_width * radius * cos,
            half_height * radius * sin,
            half_width * (slope * cos - radius * sin),
            half_height * (slope * sin + radius * cos),
        )

    x, y, dx, dy = point_and_tangent(0)
    operators = [f"{x:.1f} {y:.1f} m"]
    for index in range(1, pieces + 1):
        x2, y2, dx2, dy2 = point_and_tangent(index)
        handle = step / 3
        numbers = (x + dx * handle, y + dy * handle, x2 - dx2 * handle, y2 - dy2 * handle, x2, y2)
        operators.append(" ".join(f"{number:.1f}" for number in numbers) + " c")
        x, y, dx, dy = x2, y2, dx2, dy2
    operators.append("s")
    return " ".join(operators)


@cache
def circle(radius: float, thickness: float | None = None) -> str:
    """A disc around the origin, or a ring where a line `thickness` (in the same unit) is given."""
    r, h = radius, radius * QUARTER_CIRCLE
    path = (
        f"{r:.4f} 0 m {r:.4f} {h:.4f} {h:.4f} {r:.4f} 0 {r:.4f} c "
        f"{-h:.4f} {r:.4f} {-r:.4f} {h:.4f} {-r:.4f} 0 c "
        f"{-r:.4f} {-h:.4f} {-h:.4f} {-r:.4f} 0 {-r:.4f} c "
        f"{h:.4f} {-r:.4f} {r:.4f} {-h:.4f} {r:.4f} 0 c"
    )
    return f"{path} f" if thickness is None else f"{thickness:.4f} w {path} s"


@cache
def square(side: float) -> str:
    """A filled square around the origin."""
    return f"{-side / 2:.4f} {-side / 2:.4f} {side:.4f} {side:.4f} re f"


@cache
def star(radius: float) -> str:
    """A filled five-pointed star around the origin, one point up."""
    inner = radius * math.sin(math.pi / 10) / math.sin(7 * math.pi / 10)
    corners = []
    for index in range(10):
        angle = math.pi / 2 + index * math.pi / 5
        reach = inner if index % 2 else radius
        corners.append(f"{reach * math.cos(angle):.4f} {reach * math.sin(angle):.4f}")
    return f"{corners[0]} m " + " ".join(f"{corner} l" for corner in corners[1:]) + " h f"


def qr_code(content: str) -> tuple[str, int]:
    """A QR code for `content` as filled runs of modules, its top left corner at the origin, and its modules per side.

    The quiet zone is left to the paper around it. The mask is fixed: readers take any of the eight, and choosing costs
    three times as much as all the rest.
    """
    import segno

    matrix = segno.make_qr(content, error="m", mask=0, boost_error=False).matrix
    operators = []
    for row, modules in enumerate(matrix):
        column = 0
        while column < len(modules):
            if not modules[column]:
                column += 1
                continue
            end = column
            while end < len(modules) and modules[end]:
                end += 1
            operators.append(f"{column} {-row - 1} {end - column} 1 re")
            column = end
    operators.append("f")
    return " ".join(operators), len(matrix)

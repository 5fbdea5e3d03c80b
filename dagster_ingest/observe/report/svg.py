"""Charts as inline SVG: text, paths and rectangles with classes, no script and no style attribute.

Every chart has a title and a description that say what it shows; the numbers stand in the table beside
it. Colours are the style sheet's, by class, so that themes change them.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

WIDE, HALF = (1240.0, 230.0), (620.0, 200.0)
"""Width and height of a chart over the whole page, and of two side by side."""
SMALL = (620.0, 150.0)
_LEFT, _RIGHT, _TOP, _BOTTOM = 52.0, 8.0, 10.0, 24.0


@dataclass(frozen=True, slots=True)
class Series:
    """Values by place; None is a gap. kind: the class that colours it."""

    name: str
    kind: str
    values: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Limit:
    """A horizontal line, such as an SLA."""

    name: str
    kind: str
    at: float


@dataclass(frozen=True, slots=True)
class _Plane:
    """Where values stand: `count` places from left to right, 0 to `top` upwards."""

    count: int
    top: float
    size: tuple[float, float] = HALF

    @property
    def right(self) -> float:
        return self.size[0] - _RIGHT

    @property
    def height(self) -> float:
        return self.size[1]

    @property
    def step(self) -> float:
        return (self.right - _LEFT) / max(self.count, 1)

    def x(self, place: float) -> float:
        return _LEFT + place * self.step

    def y(self, value: float) -> float:
        room = self.height - _TOP - _BOTTOM
        return _TOP + room * (1 - min(value, self.top) / self.top)


def whole(value: float) -> str:
    return f"{value:,.0f}"


def stacked_bars(
    title: str,
    text: str,
    labels: Sequence[str],
    series: Sequence[Series],
    told: Callable[[float], str] = whole,
    size: tuple[float, float] = HALF,
) -> Markup:
    """One bar for each label, the series one on the other, the first at the bottom."""
    sums = [sum(s.values[n] or 0 for s in series) for n in range(len(labels))]
    plane = _Plane(len(labels), nice_top(max(sums, default=0)), size)
    gap = min(2.0, plane.step * 0.2)
    below = [0.0] * len(labels)
    parts = [_axes(plane, labels, told)]
    for one in series:
        path = []
        for place, value in enumerate(one.values):
            if not value:
                continue
            foot, head = plane.y(below[place]), plane.y(below[place] + value)
            below[place] += value
            wide, high = plane.step - gap, max(foot - head, 0.5)
            path.append(f"M{_n(plane.x(place) + gap / 2)} {_n(foot)}h{_n(wide)}v-{_n(high)}h-{_n(wide)}z")
        parts.append(Markup('<path class="{}" d="{}"/>').format(one.kind, "".join(path)))
    return _figure(title, text, plane, parts)


def line(
    title: str,
    text: str,
    labels: Sequence[str],
    path: Sequence[tuple[float, float]],
    limits: Sequence[Limit],
    told: Callable[[float], str],
    size: tuple[float, float] = HALF,
    unit: float = 1.0,
) -> Markup:
    """A line with limits; what is above the last limit is shaded.

    path  (place, value); places count labels, and may stand between them
    unit  what the axis counts in round numbers
    """
    highest = max([v for _, v in path] + [limit.at for limit in limits], default=0)
    plane = _Plane(len(labels), nice_top(highest * 1.05 / unit) * unit, size)
    parts = [_axes(plane, labels, told)]
    if path:
        drawn = "".join(
            f"{'L' if n else 'M'}{_n(plane.x(at))} {_n(plane.y(value))}" for n, (at, value) in enumerate(path)
        )
        foot = f"L{_n(plane.x(path[-1][0]))} {_n(plane.y(0))}L{_n(plane.x(path[0][0]))} {_n(plane.y(0))}z"
        parts.append(Markup('<path class="area" d="{}"/>').format(drawn + foot))
        if limits:
            parts.append(_above(plane, path, limits[-1].at))
        parts.append(Markup('<path class="stroke" d="{}"/>').format(drawn))
    for limit in limits:
        y = _n(plane.y(limit.at))
        parts.append(
            Markup('<path class="limit {}" d="M{} {}H{}"/>').format(limit.kind, _n(_LEFT), y, _n(plane.right))
        )
    if limits:
        last, label = limits[-1], f"{limits[-1].name} {told(limits[-1].at)}"
        parts.append(
            Markup('<text class="limit-name {}" x="{}" y="{}">{}</text>').format(
                last.kind, _n(_LEFT + 4), _n(plane.y(last.at) - 4), label
            )
        )
    return _figure(title, text, plane, parts)


def sparkline(title: str, values: Sequence[float | None], kind: str = "stroke") -> Markup:
    """A small line without axes; gaps stay gaps. The highest value reaches the top."""
    top = max((v for v in values if v is not None), default=0) or 1
    wide, high = 96.0, 22.0
    step = wide / max(len(values) - 1, 1)
    path, pen = [], "M"
    for place, value in enumerate(values):
        if value is None:
            pen = "M"
            continue
        path.append(f"{pen}{_n(place * step)} {_n(1 + (high - 2) * (1 - value / top))}")
        pen = "L"
    return Markup(
        '<svg class="spark" viewBox="0 0 {} {}" role="img" aria-label="{}"><path class="{}" d="{}"/></svg>'
    ).format(_n(wide), _n(high), title, kind, "".join(path))


def share_bar(value: float, top: float, kind: str = "s1") -> Markup:
    """A horizontal bar in a table's cell; the figure stands beside it."""
    wide = 100 * value / top if top else 0
    return Markup(
        '<svg class="share" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="{}" width="{}" height="8" rx="1"/></svg>'
    ).format(kind, _n(max(wide, 0.5 if value else 0)))


def nice_top(value: float) -> float:
    """A round number, not below the value; 1 for nothing."""
    if value <= 0:
        return 1.0
    size = 10 ** math.floor(math.log10(value))
    return next(
        size * step
        for step in (1, 1.2, 1.6, 2, 2.4, 3.2, 4, 4.8, 6, 8, 10)
        if size * step >= value * (1 - 1e-9)
    )


def _above(plane: _Plane, path: Sequence[tuple[float, float]], limit: float) -> Markup:
    """The part of the area that is over the limit: the line, cut off at the limit from below."""
    drawn, at_limit = [], plane.y(limit)
    for (x0, v0), (x1, v1) in itertools.pairwise(path):
        if max(v0, v1) <= limit or x0 == x1:
            continue
        if v0 < limit:
            x0, v0 = x0 + (x1 - x0) * (limit - v0) / (v1 - v0), limit
        elif v1 < limit:
            x1, v1 = x0 + (x1 - x0) * (limit - v0) / (v1 - v0), limit
        corners = [(x0, at_limit), (x0, plane.y(v0)), (x1, plane.y(v1)), (x1, at_limit)]
        drawn.append("M" + "L".join(f"{_n(plane.x(x))} {_n(y)}" for x, y in corners) + "z")
    return Markup('<path class="over" d="{}"/>').format("".join(drawn)) if drawn else Markup("")


def _axes(plane: _Plane, labels: Sequence[str], told: Callable[[float], str]) -> Markup:
    parts = []
    for part in range(5):
        value = plane.top * part / 4
        y = _n(plane.y(value))
        parts.append(
            Markup('<path class="grid" d="M{} {}H{}"/>').format(_n(_LEFT), y, _n(plane.right))
            + Markup('<text class="tick" x="{}" y="{}" text-anchor="end">{}</text>').format(
                _n(_LEFT - 6), _n(plane.y(value) + 3.5), told(value)
            )
        )
    every = max(1, math.ceil(len(labels) / (plane.size[0] / 88)))
    for place in range(0, len(labels), every):
        x, anchor = plane.x(place + 0.5), "middle"
        if place + every >= len(labels) and len(labels) - place <= every / 2:
            continue
        parts.append(
            Markup('<text class="tick" x="{}" y="{}" text-anchor="{}">{}</text>').format(
                _n(x),
                _n(plane.height - 6),
                anchor,
                labels[place][5:] if len(labels[place]) == 10 else labels[place],
            )
        )
    return Markup("").join(parts)


def _figure(title: str, text: str, plane: _Plane, parts: Sequence[Markup]) -> Markup:
    """role=img hides the parts from a screen reader: title, description and table tell them."""
    return Markup(
        '<svg class="plot" viewBox="0 0 {} {}" role="img" tabindex="0" data-n="{}" data-left="{}" '
        'data-step="{}" aria-label="{}"><title>{}</title><desc>{}</desc>{}'
        '<path class="cursor" d="M0 {}V{}"/></svg>'
    ).format(
        _n(plane.size[0]), _n(plane.height), plane.count, _n(_LEFT), f"{plane.step:.4f}", f"{title}. {text}",
        title, text, Markup("").join(parts), _n(_TOP), _n(plane.height - _BOTTOM),
    )  # fmt: skip


def _n(value: float) -> str:
    """At most one digit after the point."""
    text = f"{value:.1f}"
    return text[:-2] if text.endswith(".0") else text

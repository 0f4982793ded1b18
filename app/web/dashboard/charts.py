"""Charts as shapes in a box of fixed size: a template draws them, and a table tells the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 640, 200  # units of the drawing; browsers scale it
_LEFT, _TOP, _BOTTOM = 44, 8, 24  # room for the scale, for nothing, for the days
_STEPS = 4
_WIDEST = 56  # of a bar: where there are few, they are no walls
_SHORT = 6  # letters of a label, of which eight fit on a phone; of longer ones four


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle of one series at one place."""

    x: float
    y: float
    width: float
    height: float
    series: int  # from 1, as in the class of its colour
    label: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A word at a place of an axis."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything that is drawn, and the numbers that it was drawn from."""

    title: str
    labels: Sequence[str]
    series: Mapping[str, Sequence[float]]
    bars: Sequence[Bar]
    lines: Sequence[str]  # the points of a polyline for each series, or none
    scale: Sequence[Mark]
    axis: Sequence[Mark]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    bottom: int = HEIGHT - _BOTTOM

    @property
    def is_empty(self) -> bool:
        return not any(any(values) for values in self.series.values())


def bars(title: str, labels: Sequence[str], series: Mapping[str, Sequence[float]]) -> Chart:
    """Stacked bars: a place for each label, a colour for each series."""
    totals = [sum(column) for column in zip(*series.values(), strict=True)]
    top = _round_up(max(totals, default=0))
    step = (WIDTH - _LEFT) / max(len(labels), 1)
    wide = min(step * 0.7, _WIDEST)
    drawn = []
    for place, label in enumerate(labels):
        below = 0.0
        for order, (name, values) in enumerate(series.items(), 1):
            value = values[place]
            if value:
                height = _height(value, top)
                below += height
                x, y = _LEFT + place * step + (step - wide) / 2, HEIGHT - _BOTTOM - below
                told = f"{label}: {value:,} {name}"
                drawn.append(Bar(round(x, 1), round(y, 1), round(wide, 1), height, order, told))
    return Chart(title, labels, series, drawn, (), _scale(top), _axis(labels, step))


def lines(title: str, labels: Sequence[str], series: Mapping[str, Sequence[float]]) -> Chart:
    """A line for each series over the labels."""
    top = _round_up(max((max(values, default=0) for values in series.values()), default=0))
    step = (WIDTH - _LEFT) / max(len(labels), 1)
    drawn = [
        " ".join(
            f"{_LEFT + (place + 0.5) * step:.1f},{HEIGHT - _BOTTOM - _height(value, top):.1f}"
            for place, value in enumerate(values)
        )
        for values in series.values()
    ]
    return Chart(title, labels, series, (), drawn, _scale(top), _axis(labels, step))


def _height(value: float, top: float) -> float:
    return round((HEIGHT - _TOP - _BOTTOM) * value / top, 1)


def _round_up(value: float) -> float:
    """The next of 4, 8, 20, 40, 80, 200 and so on: each goes into four whole steps."""
    top = 4.0
    while top < value:
        for factor in (2, 2.5, 2):
            top *= factor
            if top >= value:
                break
    return top


def _scale(top: float) -> list[Mark]:
    return [
        Mark(
            round(HEIGHT - _BOTTOM - _height(top * step / _STEPS, top), 1),
            _short(top * step / _STEPS),
        )
        for step in range(_STEPS + 1)
    ]


def _axis(labels: Sequence[str], step: float) -> list[Mark]:
    """A word at every place, or at every so many where they would run into one another."""
    fitting = 8 if max(map(len, labels), default=0) <= _SHORT else 4
    every = -(-len(labels) // fitting)
    return [
        Mark(round(_LEFT + (place + 0.5) * step, 1), label)
        for place, label in enumerate(labels)
        if place % every == 0
    ]


def _short(value: float) -> str:
    """1500 as 1.5k: there is little room."""
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"

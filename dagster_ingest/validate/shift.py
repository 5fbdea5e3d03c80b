"""When is a figure of this load other than those of the recent ones? Statistics without any library.

Two questions must both be answered yes before anybody is warned. Is the change large enough to matter
(`*_SHIFT`, `*_RATIO`)? And is it larger than chance makes it, by `SIGMAS` standard deviations? The
deviation expected by chance grows as rows grow few, so small tables do not cry wolf; a table of 40
columns that is loaded every day for a year gives about 0.1 false alarms at 4.5 deviations.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from statistics import median

SIGMAS = 4.5
LEAST_ROWS = 20  # below it no share is compared
SHARE_SHIFT = 0.05  # least change of a share, in absolute terms
COUNT_RATIO = 1.5  # least change of a count of different values, as a factor
COUNT_SHIFT = 3  # and in absolute terms
ROWS_RATIO = 1.25
PRIOR_LOADS = 4
"""How many loads' worth the assumption weighs that counts scatter as Poisson's do."""


def share_shift(count: int, rows: int, before: Sequence[tuple[int, int]]) -> float | None:
    """The usual share if `count` of `rows` has left it, else None. `before`: (count, rows) of each load.

    A two-proportion z-test against the median load, with the scatter of the loads' own shares added to
    the variance: rows of one delivery are not independent, so real loads scatter more than binomially.
    """
    known = [(c, n) for c, n in before if n >= LEAST_ROWS]
    if rows < LEAST_ROWS or not known:
        return None
    shares = [c / n for c, n in known]
    usual, usual_rows = median(shares), median(n for _, n in known)
    shift = count / rows - usual
    pooled = (count + usual * usual_rows) / (rows + usual_rows)
    by_chance = pooled * (1 - pooled) * (1 / rows + 1 / usual_rows)
    scatter = sum((s - usual) ** 2 for s in shares) / (len(shares) - 1) if len(shares) > 1 else 0.0
    far = abs(shift) > SIGMAS * sqrt(by_chance + scatter)
    return usual if abs(shift) >= SHARE_SHIFT and far else None


def count_shift(
    count: float, low: float, high: float, before: Sequence[float], *, ratio: float, error: float = 0.0
) -> float | None:
    """The end of `low` .. `high` that `count` has left, else None.

    The comparison is made on square roots, where a Poisson count has the variance 1/4 whatever its
    size. The variance of the recent loads is estimated with that as its prior, weighing `PRIOR_LOADS`.

    before  counts of the recent loads, which `low` and `high` come from
    error   standard error of the counts themselves, as a share (an estimated number of values)
    """
    end = low if count < low else high if count > high else count
    if abs(count - end) < COUNT_SHIFT or max(count, end) < ratio * min(count, end):
        return None
    usual = median(before)
    squares = sum((2 * (sqrt(c) - sqrt(usual))) ** 2 for c in before)
    variance = (PRIOR_LOADS + squares) / (PRIOR_LOADS + len(before) - 1) * (1 + 1 / len(before))
    variance += error**2 * (count + end)
    return end if abs(2 * (sqrt(count) - sqrt(end))) > SIGMAS * sqrt(variance) else None

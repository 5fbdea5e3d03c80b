"""What is tried again within a step: the class of the error decides."""

from __future__ import annotations

import pytest

from dagster_ingest.assets.patience import IN_ALL, LONGEST, Patience
from dagster_ingest.clock import Timing
from dagster_ingest.errors import (
    AccessDenied,
    DataError,
    IngestError,
    LandError,
    NothingDelivered,
    PublishError,
    SpecError,
    TransformError,
    Unavailable,
)


class Script:
    """An action that fails in the ways given, then answers; and a clock that notes who sleeps how long."""

    def __init__(self, *errors: Exception, chance: float = 1.0) -> None:
        self.errors, self.asked, self.slept, self.told = list(errors), 0, [], []
        self.timing = Timing(sleep=self.slept.append, chance=lambda: chance)

    def __call__(self) -> str:
        self.asked += 1
        if self.errors:
            raise self.errors.pop(0)
        return "rows"

    def run(self, retries: int = 2, patience: Patience | None = None) -> str:
        patience = patience or Patience(retries, timing=self.timing)
        return patience.of(self, self.told.append)


def unavailable(retry_after: float | None = None, tried: int = 1) -> Unavailable:
    error = Unavailable("the source answers 503")
    error.retry_after, error.tried = retry_after, tried
    return error


def test_what_cannot_be_reached_is_tried_again_later_each_time():
    script = Script(unavailable(), unavailable())

    assert script.run() == "rows"
    assert script.slept == [5.0, 10.0]
    assert script.told[0] == "not reached, tried again in 5 s: the source answers 503"


def test_chance_takes_up_to_half_of_a_wait():
    script = Script(unavailable(), unavailable(), chance=0.0)
    script.run()
    assert script.slept == [2.5, 5.0]


def test_after_the_last_retry_it_is_raised():
    script = Script(*[unavailable() for _ in range(3)])
    with pytest.raises(Unavailable):
        script.run(retries=2)
    assert (script.asked, len(script.slept)) == (3, 2)


def test_a_source_that_says_when_is_not_asked_before():
    script = Script(unavailable(retry_after=40))
    script.run()
    assert script.slept == [40.0]


def test_a_source_that_wants_more_than_a_step_may_wait_is_left_alone():
    script = Script(unavailable(retry_after=LONGEST + 1))
    with pytest.raises(Unavailable):
        script.run()
    assert script.slept == []


def test_what_was_tried_several_times_below_is_not_tried_again_here():
    script = Script(unavailable(tried=5))
    with pytest.raises(Unavailable):
        script.run()
    assert script.asked == 1


@pytest.mark.parametrize(
    "kind",
    [
        SpecError,
        DataError,
        NothingDelivered,
        AccessDenied,
        LandError,
        TransformError,
        PublishError,
        IngestError,
    ],
)
def test_no_other_error_of_the_platform_is_tried_again(kind):
    script = Script(kind("no"))
    with pytest.raises(kind):
        script.run()
    assert (script.asked, script.slept) == (1, [])


def test_an_error_that_is_not_the_platforms_is_not_tried_again():
    script = Script(ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        script.run()
    assert script.asked == 1


def test_tables_of_a_step_share_the_time_that_may_be_waited():
    patience, slept = None, 0.0
    for _ in range(80):
        script = Script(*[unavailable() for _ in range(9)])
        patience = patience or Patience(5, timing=script.timing)
        patience.timing = script.timing
        with pytest.raises(Unavailable):
            script.run(patience=patience)
        slept += sum(script.slept)
    assert slept <= IN_ALL

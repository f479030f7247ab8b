"""A light tells what the last calls met, since when, and nothing once that is long ago."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta

import pytest

from tellerdesk.links.lights import DOWN_AFTER, FADES_S, Lamp, LightState
from tests.conftest import SetClock


@pytest.fixture
def lamp(clock: SetClock) -> Lamp:
    return Lamp(clock)


def test_before_the_first_call_nobody_knows(lamp: Lamp) -> None:
    assert lamp.seen() == (LightState.UNKNOWN, None)


def test_since_is_when_the_state_began_not_the_last_call(lamp: Lamp, clock: SetClock) -> None:
    began = clock.now()
    for _ in range(3):
        lamp.answered(slow=False)
        clock.advance(60)
    assert lamp.seen() == (LightState.UP, began)

    lamp.answered(slow=True)
    assert lamp.seen() == (LightState.SLOW, began + timedelta(seconds=180))


def test_a_few_timeouts_in_a_row_are_down_since_the_last_of_them(lamp: Lamp, clock: SetClock) -> None:
    lamp.answered(slow=False)
    for count in range(1, DOWN_AFTER):
        clock.advance(10)
        lamp.timed_out()
        assert lamp.seen()[0] is LightState.SLOW, count
    clock.advance(10)
    lamp.timed_out()

    assert lamp.seen() == (LightState.DOWN, clock.now())


def test_an_answer_between_two_timeouts_begins_the_count_again(lamp: Lamp) -> None:
    for _ in range(2 * DOWN_AFTER):
        lamp.timed_out()
        lamp.answered(slow=False)
    lamp.timed_out()

    assert lamp.seen()[0] is LightState.SLOW


def test_a_timeout_never_makes_it_better(lamp: Lamp) -> None:
    lamp.failed()
    lamp.timed_out()

    assert lamp.seen()[0] is LightState.DOWN


def test_what_was_met_long_ago_tells_nothing(lamp: Lamp, clock: SetClock) -> None:
    lamp.failed()
    clock.advance(FADES_S - 1)
    assert lamp.seen()[0] is LightState.DOWN

    clock.advance(31)
    assert lamp.seen() == (LightState.UNKNOWN, clock.now() - timedelta(seconds=30))


def test_a_timeout_after_a_long_silence_is_the_first_one(lamp: Lamp, clock: SetClock) -> None:
    for _ in range(DOWN_AFTER - 1):
        lamp.timed_out()
    clock.advance(FADES_S)
    lamp.timed_out()

    assert lamp.seen() == (LightState.SLOW, clock.now())


def test_a_clock_that_is_set_back_makes_no_light_older_or_younger(lamp: Lamp, clock: SetClock) -> None:
    lamp.answered(slow=False)
    clock.set(clock.now() - timedelta(days=1))
    clock.advance(FADES_S - 1)
    assert lamp.seen()[0] is LightState.UP


class LongLook(SetClock):
    """A clock that takes its time to tell the hour, so that threads overtake each other wherever they may."""

    def now(self) -> datetime:
        time.sleep(0.01)
        return self.instant


def test_calls_that_end_at_once_are_all_counted() -> None:
    lamp = Lamp(LongLook())
    together = threading.Barrier(DOWN_AFTER)

    def call() -> None:
        together.wait(10)
        lamp.timed_out()

    threads = [threading.Thread(target=call) for _ in range(DOWN_AFTER)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    assert lamp.seen()[0] is LightState.DOWN

"""Several processes that start the same work at the same moment."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from typing import Any

_FORK = multiprocessing.get_context("fork")


def at_once(count: int, work: Callable[..., Any], *given: Any) -> list[Any]:
    """Runs `work(number, *given)` in `count` forked processes; their results in order. Raises the first error.

    `work` opens what it needs by itself: nothing the parent has open may be used in a fork.
    """
    together = _FORK.Barrier(count)
    pipes = [_FORK.Pipe(duplex=False) for _ in range(count)]

    def child(number: int) -> None:
        try:
            together.wait(30)
            told = work(number, *given)
        except BaseException as error:  # told to the parent
            told = error
        pipes[number][1].send(told)

    children = [_FORK.Process(target=child, args=(number,)) for number in range(count)]
    for process in children:
        process.start()
    for _, sender in pipes:
        sender.close()
    results = [receiver.recv() for receiver, _ in pipes]
    for process in children:
        process.join()
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return results

"""The sandbox's one process: two counterparts, their fronts and the control port on one event loop.

It ends when its lifeline (standard input) closes, so that no process stays behind whatever becomes of its parent: the
kernel closes the pipe even for kill -9.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator

import uvicorn
from starlette.types import ASGIApp

from tellerdesk.clock import SystemClock, branch_time
from tellerdesk.links.contracts import biller, core
from tellerdesk.sandbox.config import CONTROL, CORE, ELECTRICITY, HOST, SandboxConfig
from tellerdesk.sandbox.control import Switchboard, control_app
from tellerdesk.sandbox.core_bank import core_app
from tellerdesk.sandbox.core_ledger import CoreLedger
from tellerdesk.sandbox.electricity import electricity_app
from tellerdesk.sandbox.electricity_ledger import ElectricityLedger
from tellerdesk.sandbox.fault_front import FaultFront
from tellerdesk.sandbox.rules import Actions
from tellerdesk.sandbox.signed_app import Signed

_LAST_WORDS_S = 3.0
"""How long an orderly end may take before the process ends anyway."""

Ports = dict[str, int]


def serve(config: SandboxConfig, ready: Callable[[Ports], None], lifeline_fd: int | None = None) -> None:
    """Runs until SIGTERM, SIGINT or the end of `lifeline_fd`. `ready` gets the public ports by name once all answer.

    Raises OSError where a port asked for is taken.
    """
    asyncio.run(_serve(config, ready, lifeline_fd))


async def _serve(config: SandboxConfig, ready: Callable[[Ports], None], lifeline_fd: int | None) -> None:
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _end, over)
    if lifeline_fd is not None:
        threading.Thread(target=_watch, args=(lifeline_fd, loop, over), daemon=True).start()
    clock = SystemClock()
    opening_date = config.opening_date or branch_time(clock.now()).date()
    books = CoreLedger(config.ledger(CORE), (config.biller_code,), opening_date)
    bills = ElectricityLedger(config.ledger(ELECTRICITY), opening_date)
    servers: list[uvicorn.Server] = []
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(books.close)
        stack.callback(bills.close)
        fronts: dict[str, FaultFront] = {}
        for name, app, endpoints in (
            (CORE, core_app(books, clock), core.ENDPOINTS),
            (ELECTRICITY, electricity_app(bills, clock), biller.ENDPOINTS),
        ):
            secret = config.secrets[name]
            signed = Signed(app, config.channel_id, secret, clock)
            inner = await stack.enter_async_context(_listening(servers, signed, 0))
            front = FaultFront(name, Actions(endpoints), inner, secret, config.late_s, lambda: books.accounting_date)
            await front.open(config.ports.get(name, 0))
            stack.push_async_callback(front.close)
            fronts[name] = front
        board = Switchboard(config.folder, books, bills, fronts)
        control = await stack.enter_async_context(_listening(servers, control_app(board), config.ports.get(CONTROL, 0)))
        ready({**{name: front.port for name, front in fronts.items()}, CONTROL: control})
        await over.wait()
        for server in servers:
            server.should_exit = True


class _QuietServer(uvicorn.Server):
    """Signals are the program's business, not its three servers'."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def _listening(servers: list[uvicorn.Server], app: ASGIApp, port: int) -> AsyncIterator[int]:
    """An application under uvicorn on a loopback port; gives the port."""
    listener = socket.create_server((HOST, port))
    server = _QuietServer(
        uvicorn.Config(
            app, lifespan="off", log_level="warning", access_log=False, timeout_graceful_shutdown=1, http="h11"
        )
    )
    servers.append(server)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        await task
        listener.close()


def _watch(fd: int, loop: asyncio.AbstractEventLoop, over: asyncio.Event) -> None:
    with contextlib.suppress(OSError):
        while os.read(fd, 4096):
            pass
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(_end, over)


def _end(over: asyncio.Event) -> None:
    last_resort = threading.Timer(_LAST_WORDS_S, os._exit, (1,))
    last_resort.daemon = True
    last_resort.start()
    over.set()

"""The sandbox's one process: the counterparts, their fronts, the PIN pad and the control port on one event loop.

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
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from tellerdesk.clock import SystemClock, branch_time
from tellerdesk.links.contracts import biller, core
from tellerdesk.links.contracts.common import Endpoint
from tellerdesk.sandbox import pin_blocks
from tellerdesk.sandbox.biller_app import biller_app
from tellerdesk.sandbox.biller_ledger import BillerLedger
from tellerdesk.sandbox.config import CONTROL, CORE, ELECTRICITY, HOST, PINPAD, SandboxConfig
from tellerdesk.sandbox.control import Switchboard, control_app
from tellerdesk.sandbox.core_bank import core_app
from tellerdesk.sandbox.core_ledger import CoreLedger
from tellerdesk.sandbox.fault_front import FaultFront
from tellerdesk.sandbox.guests import guest
from tellerdesk.sandbox.pin_pad import Customers, pin_pad_app
from tellerdesk.sandbox.profiles import PROFILES, Profile
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
    profiles = _profiles(config)
    pin_key = pin_blocks.load_key(config.folder)
    customers = Customers()
    servers: list[uvicorn.Server] = []
    async with contextlib.AsyncExitStack() as stack:
        accounts = [profile.core_accounts for profile in profiles]
        receivables = [profile.receivable for profile in profiles]
        books = CoreLedger(config.ledger(CORE), accounts, opening_date, pin_key, receivables)
        stack.callback(books.close)
        billers: dict[str, BillerLedger] = {}
        for profile in profiles:
            billers[profile.name] = BillerLedger(config.ledger(profile.name), profile, opening_date)
            stack.callback(billers[profile.name].close)
        apps: list[tuple[str, ASGIApp, Iterable[Endpoint[Any]]]] = [(CORE, core_app(books, clock), core.ENDPOINTS)]
        apps += [(name, biller_app(ledger, clock), biller.ENDPOINTS) for name, ledger in billers.items()]
        fronts: dict[str, FaultFront] = {}
        for name, app, endpoints in apps:
            secret = config.secrets[name]
            signed = Signed(app, config.channel_id, secret, clock)
            inner = await stack.enter_async_context(_listening(servers, signed, 0))
            front = FaultFront(name, Actions(endpoints), inner, secret, config.late_s, lambda: books.accounting_date)
            await front.open(config.ports.get(name, 0))
            stack.push_async_callback(front.close)
            fronts[name] = front
        board = Switchboard(config.folder, books, billers, fronts, customers)
        ports = {name: front.port for name, front in fronts.items()}
        for name, app in ((PINPAD, pin_pad_app(pin_key, customers)), (CONTROL, control_app(board))):
            ports[name] = await stack.enter_async_context(_listening(servers, app, config.ports.get(name, 0)))
        ready(ports)
        await over.wait()
        for server in servers:
            server.should_exit = True


def _profiles(config: SandboxConfig) -> list[Profile]:
    """The billers that run, electricity first where it does. Raises BadSetup for a guest's file that is no good."""
    shipped = [profile for name, profile in PROFILES.items() if name in config.secrets]
    coded = [replace(one, code=config.biller_code) if one.name == ELECTRICITY else one for one in shipped]
    return coded + [guest(code, path) for code, path in config.guests.items()]


class _QuietServer(uvicorn.Server):
    """Signals are the program's business, not its servers'."""

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

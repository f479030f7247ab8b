"""The counterparts keep the contracts they publish, whatever is sent to them."""

from __future__ import annotations

import itertools
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    positive_data_acceptance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)
from starlette.types import Message, Receive, Scope, Send

from tellerdesk.clock import SystemClock
from tellerdesk.links import signing
from tellerdesk.sandbox import contracts_docs, people
from tellerdesk.sandbox.biller_app import biller_app
from tellerdesk.sandbox.biller_ledger import BillerLedger
from tellerdesk.sandbox.config import (
    BILLERS,
    CORE,
    ELECTRICITY,
    GAS,
    HEATING,
    MOBILE,
    VILLAGE,
    WATER,
    ledger_file,
)
from tellerdesk.sandbox.core_bank import core_app
from tellerdesk.sandbox.core_ledger import CoreLedger
from tellerdesk.sandbox.pin_pad import Customers, pin_pad_app
from tellerdesk.sandbox.profiles import PROFILES, accounts_of
from tellerdesk.sandbox.signed_app import Signed
from tests.sandbox.asking import DAY
from tests.support.long_form import LONG

SECRET = b"c" * 32
EXAMPLES = 100 if LONG else 30
FEW_EXAMPLES = 20 if LONG else 5
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
    positive_data_acceptance,
    unsupported_method,
]


class Signing:
    """Signs every request on its way in, as the desk would have, and holds every response to its signature."""

    def __init__(self, app: Signed) -> None:
        self.app = app
        self.served = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        body = b""
        for message in iter([await receive()]):
            body += message.get("body", b"")
        query = scope.get("query_string", b"")
        target = (scope["raw_path"] + (b"?" + query if query else b"")).decode("latin-1")
        added = signing.request_headers(
            SECRET,
            method=scope["method"],
            target=target,
            body=body,
            unix_seconds=int(SystemClock().now().timestamp()),
            request_id="schemathesis",
            channel_id="TD01",
        )
        names = {name.lower().encode() for name in added}
        headers = [pair for pair in scope["headers"] if pair[0].lower() not in names]
        headers += [(name.lower().encode(), value.encode()) for name, value in added.items()]
        told: dict[str, Any] = {}

        async def again() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def hold(message: Message) -> None:
            told.update({key: value for key, value in message.items() if key != "type"})
            await send(message)

        await self.app({**scope, "headers": headers}, again, hold)
        given = dict(told["headers"])[signing.RESPONSE_SIGNATURE.lower().encode()].decode()
        assert signing.response_is_signed(
            SECRET, given, status=told["status"], body=told["body"], request_signature=added[signing.SIGNATURE]
        )
        self.served += 1


def _is_whole_float(value: object) -> bool:
    return isinstance(value, float) and value.is_integer()


def _on_this_wire(_context: Any, body: Any) -> Any:
    """JSON Schema takes 1.0 for a whole number; here it is written 1."""
    if not isinstance(body, dict):
        return body
    return {key: int(value) if _is_whole_float(value) else value for key, value in body.items()}


_open = ExitStack()


def schema_of(name: str) -> tuple[Any, Signing]:
    """A counterpart's contract, and the counterpart behind its signatures."""
    folder, clock = Path(_open.enter_context(tempfile.TemporaryDirectory())), SystemClock()
    if name == CORE:
        books = CoreLedger(ledger_file(folder, CORE), [accounts_of("1101")], DAY)
        app = core_app(books, clock)
        _open.callback(books.close)
    else:
        bills = BillerLedger(ledger_file(folder, name), PROFILES[name], DAY)
        app = biller_app(bills, clock)
        _open.callback(bills.close)
    signed = Signing(Signed(app, "TD01", SECRET, clock))
    schema = schemathesis.openapi.from_dict(app.openapi())
    schema.app = signed

    @schema.hook
    def map_body(context: Any, body: Any) -> Any:
        if not isinstance(body, dict):
            return body
        # A well-formed message for another channel is refused; which channel it is, is not the generator's choice.
        if _fits(r"[A-Z0-9]{2,8}", body.get("channel_id")):
            body["channel_id"] = "TD01"
        # Every second consumer exists, so that there are bills among the answers.
        if name in BILLERS and _fits(r"[0-9A-Za-z-]{4,32}", body.get("consumer_no")) and len(body["consumer_no"]) % 2:
            body["consumer_no"] = people.consumer_no(len(body["consumer_no"]), name)
        return _on_this_wire(context, body)

    return schema, signed


def _fits(pattern: str, value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(pattern, value, re.ASCII) is not None


core_schema, core_signing = schema_of(CORE)
biller_schemas = {name: schema_of(name) for name in BILLERS}
pad_app = pin_pad_app(b"p" * 32, Customers())
pad_schema = schemathesis.openapi.from_dict(pad_app.openapi())
pad_schema.app = pad_app
pad_schema.hook("map_body")(_on_this_wire)


@pytest.fixture(scope="module", autouse=True)
def _ledgers() -> Iterator[None]:
    yield
    _open.close()


@core_schema.parametrize()
@settings(max_examples=EXAMPLES)
def test_the_core_bank_keeps_its_contract(case: schemathesis.Case) -> None:
    served = core_signing.served
    case.call_and_validate(checks=CHECKS)
    assert core_signing.served > served


def keeps_its_contract(name: str) -> Callable[..., None]:
    schema, signed = biller_schemas[name]
    # A biller that lacks a capability says so with 501.
    checks = [check for check in CHECKS if check is not not_a_server_error or not PROFILES[name].unable]

    @schema.parametrize()
    @settings(max_examples=EXAMPLES if name == ELECTRICITY else FEW_EXAMPLES)
    def test(case: schemathesis.Case) -> None:
        served = signed.served
        case.call_and_validate(checks=checks)
        assert signed.served > served

    return test  # type: ignore[no-any-return]


test_the_electricity_company_keeps_its_contract = keeps_its_contract(ELECTRICITY)
test_the_water_company_keeps_its_contract = keeps_its_contract(WATER)
test_the_village_keeps_its_contract = keeps_its_contract(VILLAGE)
test_the_gas_company_keeps_its_contract = keeps_its_contract(GAS)
test_the_heating_company_keeps_its_contract = keeps_its_contract(HEATING)
test_the_mobile_operator_keeps_its_contract = keeps_its_contract(MOBILE)


@pad_schema.parametrize()
@settings(max_examples=EXAMPLES)
def test_the_pin_pad_keeps_its_contract(case: schemathesis.Case) -> None:
    case.call_and_validate(checks=CHECKS)


@pytest.mark.parametrize("name", ["core.json", "biller.json", "pinpad.json"])
def test_the_published_contract_is_the_one_that_is_kept(name: str) -> None:
    published = (contracts_docs.FOLDER / name).read_text(encoding="utf-8")

    assert published == contracts_docs.documents()[name], "run python -m tellerdesk.sandbox.contracts_docs"


def test_every_operation_declares_how_it_fails() -> None:
    for schema in (core_schema, *(schema for schema, _ in biller_schemas.values())):
        methods = itertools.chain.from_iterable(path.values() for path in schema.raw_schema["paths"].values())
        for operation in methods:
            assert set(operation["responses"]) >= {"200", "400", "401", "409", "413", "422"}

"""The PIN pad over HTTP: it gives a block or says why not, in time, whatever it does."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterable, Iterator

import pytest

from tellerdesk.links.client import warm_up
from tellerdesk.links.pinpad import MOST_BYTES, HttpPinPad, PinReading, PinResult
from tests.links.odd_server import OddServer, odd_server

ACCOUNT = "6217000712000000012"
BLOCK = "9F3C0A55E1B2477D" * 2


@pytest.fixture(scope="module", autouse=True)
def _loaded() -> None:
    warm_up()


def answer(body: bytes, status: int = 200, headers: Iterable[str] = ()) -> bytes:
    lines = [f"HTTP/1.1 {status} OK", f"Content-Length: {len(body)}", "Content-Type: application/json", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def entered(**changes: object) -> bytes:
    return json.dumps({"result": "ENTERED", "pin_block": BLOCK} | changes).encode()


def test_the_pad_is_told_account_and_amount_and_gives_the_block() -> None:
    with odd_server(lambda request: [answer(entered())]) as pad:
        reading = HttpPinPad(pad.url, 2.0).read(ACCOUNT, 84_400)

    assert reading == PinReading(PinResult.ENTERED, BLOCK)
    [request] = pad.requests
    head, _, body = request.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /v1/pin HTTP/1.1")
    assert json.loads(body) == {"account_no": ACCOUNT, "amount_fen": 84_400}


@pytest.mark.parametrize("result", ["CANCELLED", "TIMEOUT"])
def test_a_customer_who_does_not_key_it_gives_no_block(result: str) -> None:
    body = json.dumps({"result": result}).encode()
    with odd_server(lambda request: [answer(body)]) as pad:
        assert HttpPinPad(pad.url, 2.0).read(ACCOUNT, 1) == PinReading(PinResult(result))


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (answer(entered(pin_block="123456")), "wrong-shape"),
        (answer(entered(pin_block=None)), "wrong-shape"),
        (answer(entered(result="CANCELLED")), "wrong-shape"),
        (answer(b"{"), "wrong-shape"),
        (answer(b'{"result":"TIMEOUT","result":"CANCELLED"}'), "wrong-shape"),
        (answer(entered(), status=500), "http-500"),
        (answer(entered(), status=302, headers=["Location: http://127.0.0.1:1/"]), "http-302"),
        (answer(b" " * (MOST_BYTES + 1)), "oversized"),
        (answer(entered(), headers=["Content-Encoding: gzip"]), "encoded"),
        (b"nonsense\r\n\r\n", "broken"),
        (b"", "broken"),
    ],
)
def test_what_cannot_be_understood_is_no_pad(sent: bytes, reason: str) -> None:
    with odd_server(lambda request: [sent]) as pad:
        assert HttpPinPad(pad.url, 2.0).read(ACCOUNT, 1) == PinReading(PinResult.GONE, reason=reason)


def test_nobody_there_is_no_pad() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    assert HttpPinPad(f"http://127.0.0.1:{port}", 2.0).read(ACCOUNT, 1).result is PinResult.GONE


def test_a_pad_that_drips_is_given_up_in_time() -> None:
    server: list[OddServer] = []

    def drip(request: bytes) -> Iterator[bytes]:
        for byte in answer(entered()):
            yield bytes([byte])
            server[0].pause(0.1)

    with odd_server(drip) as pad:
        server.append(pad)
        assert HttpPinPad(pad.url, 0.3).read(ACCOUNT, 1) == PinReading(PinResult.TIMEOUT)
        assert 0 < pad.written < len(answer(entered())), "given up in the middle"


def test_an_amount_no_pad_can_show_is_a_defect_here() -> None:
    with pytest.raises(ValueError):
        HttpPinPad("http://127.0.0.1:9", 0.1).read(ACCOUNT, 0)

"""One call: one connection, one deadline, one honest word on what happened to the request."""

from __future__ import annotations

import datetime
import ipaddress
import resource
import socket
import ssl
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tellerdesk.clock import SystemClock
from tellerdesk.links import signing
from tellerdesk.links.client import Exchange, SignedClient, close_links, warm_up
from tests.links.odd_server import OddServer, header, odd_server, signed_answer

SECRET = b"s" * 32
MARGIN_S = 0.5


@pytest.fixture(scope="module", autouse=True)
def _links() -> Iterator[None]:
    warm_up()
    yield
    close_links()


def client(url: str, **changed: object) -> SignedClient:
    return SignedClient(url, "TD01", SECRET, SystemClock(), **{"connect_deadline_s": 1.0, **changed})  # type: ignore[arg-type]


def ask(url: str, deadline_s: float = 5.0, body: bytes = b'{"a":1}') -> Exchange:
    return client(url).exchange("POST", "/v1/payments?x=1", body, "req-1", deadline_s)


def answer(request: bytes) -> Iterable[bytes]:
    yield signed_answer(request, SECRET, b'{"ok":1}')


def fast(deadline_s: float, run: Callable[[], Exchange]) -> Exchange:
    """Runs a call and holds it to its deadline."""
    began = time.monotonic()
    exchange = run()
    assert time.monotonic() - began <= deadline_s + MARGIN_S
    return exchange


@pytest.mark.parametrize(
    ("date", "told_at"),
    [
        ("Date: Sun, 22 Nov 2026 09:30:05 GMT", datetime.datetime(2026, 11, 22, 9, 30, 5, tzinfo=datetime.UTC)),
        ("Date: Sun, 22 Nov 2026 09:30:05 +0800", datetime.datetime(2026, 11, 22, 1, 30, 5, tzinfo=datetime.UTC)),
        ("Date: yesterday", None),
        ("Date: Sun, 22 Nov 99999999 09:30:05 GMT", None),
        ("Date: Fri, 31 Dec 9999 23:59:59 -2359", None),
        ("X-Other: 1", None),
    ],
)
def test_the_other_sides_clock_is_read_where_it_is_told(date: str, told_at: datetime.datetime | None) -> None:
    def dated(request: bytes) -> Iterator[bytes]:
        yield signed_answer(request, SECRET, headers=[date])

    with odd_server(dated) as server:
        exchange = ask(server.url)

    assert (exchange.kind, exchange.signed, exchange.told_at) == ("answered", True, told_at)


def test_a_whole_signed_answer_is_handed_over() -> None:
    with odd_server(answer) as server:
        exchange = ask(server.url)

    assert exchange == Exchange("answered", 200, b'{"ok":1}', signed=True, content_type="application/json")
    (request,) = server.requests
    assert request.startswith(b"POST /v1/payments?x=1 HTTP/1.1\r\n")
    flaw = signing.request_flaw(
        {"TD01": SECRET},
        {
            name: header(request, name)
            for name in (signing.CHANNEL_ID, signing.TIMESTAMP, signing.REQUEST_ID, signing.SIGNATURE)
        },
        method="POST",
        target="/v1/payments?x=1",
        body=b'{"a":1}',
        unix_seconds=int(time.time()),
    )
    assert flaw == ""
    assert header(request, "accept-encoding") == "identity"


def test_an_answer_signed_for_another_request_is_handed_over_as_unsigned() -> None:
    with odd_server(lambda request: [signed_answer(request.replace(b"X-", b"Y-"), SECRET)]) as server:
        assert not ask(server.url).signed


def test_two_calls_have_two_connections_and_nothing_is_sent_twice() -> None:
    with odd_server(answer) as server:
        one = client(server.url)
        for _ in range(3):
            one.exchange("POST", "/v1/payments", b"{}", "req-1", 5.0)

    assert len(server.requests) == 3
    assert all(header(request, "connection") == "close" for request in server.requests)


def test_a_connection_dropped_after_the_request_is_unknown_and_not_tried_again() -> None:
    with odd_server(lambda _request: []) as server:
        exchange = ask(server.url)

    assert (exchange.kind, exchange.reason) == ("unknown", "bad-http")
    assert len(server.requests) == 1


def test_a_refused_connection_is_unsent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    assert ask(f"http://127.0.0.1:{port}") == Exchange("unsent", reason="not-connected")


def test_a_connection_that_is_never_accepted_is_unsent_at_its_own_deadline() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        host = listener.getsockname()
        fillers = [socket.socket() for _ in range(4)]  # the kernel's queue is full: further connects hang
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(host)
        exchange = fast(
            0.3,
            lambda: client(f"http://127.0.0.1:{host[1]}", connect_deadline_s=0.3).exchange("GET", "/x", b"", "r", 5.0),
        )
        for filler in fillers:
            filler.close()

    assert exchange == Exchange("unsent", reason="not-connected")


def drip(server_of: Callable[[], OddServer], raw: bytes) -> Callable[[bytes], Iterable[bytes]]:
    def script(_request: bytes) -> Iterable[bytes]:
        for place in range(len(raw)):
            yield raw[place : place + 1]
            server_of().pause(0.05)

    return script


@pytest.mark.parametrize("deadline_s", [0.2, 0.7])
@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"HTTP/1.1 200 OK\r\nX-Slow: " + b"." * 2_000, id="head"),
        pytest.param(b"HTTP/1.1 100 Continue\r\n\r\n" * 200, id="continues"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n" + b"." * 2_000, id="body"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\n.\r\n" * 500, id="chunks"),
    ],
)
def test_an_answer_that_drips_ends_at_the_deadline(raw: bytes, deadline_s: float) -> None:
    servers: list[OddServer] = []
    with odd_server(drip(lambda: servers[0], raw)) as server:
        servers.append(server)
        exchange = fast(deadline_s, lambda: ask(server.url, deadline_s))

    assert (exchange.kind, exchange.reason) == ("unknown", "timeout")


def test_silence_ends_at_the_deadline() -> None:
    servers: list[OddServer] = []

    def silent(_request: bytes) -> Iterable[bytes]:
        servers[0].pause(10)
        return []

    with odd_server(silent) as server:
        servers.append(server)
        assert fast(0.4, lambda: ask(server.url, 0.4)).reason == "timeout"


def test_a_slow_counterpart_does_not_slow_the_others() -> None:
    servers: list[OddServer] = []

    def silent(_request: bytes) -> Iterable[bytes]:
        servers[0].pause(10)
        return []

    with odd_server(silent) as slow, odd_server(answer) as quick, ThreadPoolExecutor(24) as pool:
        servers.append(slow)
        waiting = [pool.submit(ask, slow.url, 2.0) for _ in range(8)]
        began = time.monotonic()
        answered = [done.result() for done in [pool.submit(ask, quick.url) for _ in range(64)]]
        took = time.monotonic() - began
        slow.ending.set()

        assert all(exchange.signed for exchange in answered)
        assert took < 1.5
        assert {done.result().kind for done in waiting} == {"unknown"}


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def bomb() -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    block = b" " * 1_048_576
    return b"".join(packer.compress(block) for _ in range(100)) + packer.flush()


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "GZIP", "identity, gzip"])
def test_an_encoded_answer_is_refused_undecoded(encoding: str) -> None:
    packed = bomb()
    before = peak_mb()
    coded = [f"Content-Encoding: {encoding}"]
    with odd_server(lambda request: [signed_answer(request, SECRET, packed, headers=coded)]) as server:
        exchange = ask(server.url)

    assert (exchange.kind, exchange.reason) == ("unknown", "encoded")
    assert peak_mb() - before < 50


@pytest.mark.parametrize("framing", ["Content-Length: 1000000000", "Transfer-Encoding: chunked", "X-None: 1"])
def test_an_endless_answer_is_cut_off_at_the_cap(framing: str) -> None:
    block = b" " * 65_536
    chunk = b"10000\r\n" + block + b"\r\n" if "chunked" in framing else block

    def endless(_request: bytes) -> Iterable[bytes]:
        yield f"HTTP/1.1 200 OK\r\n{framing}\r\n\r\n".encode()
        for _ in range(15_000):
            yield chunk

    before = peak_mb()
    with odd_server(endless) as server:
        exchange = fast(5, lambda: ask(server.url))
        assert server.written < 60_000_000

    assert (exchange.kind, exchange.reason) == ("unknown", "oversized")
    assert peak_mb() - before < 50


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", id="truncated"),
        pytest.param(b"SMTP hello\r\n\r\n", id="another protocol"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", id="two lengths"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", id="coded transfer"),
        pytest.param(b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 50_000, id="endless head"),
        pytest.param(b"\x00" * 200_000, id="noise"),
    ],
)
def test_a_broken_answer_is_unknown(raw: bytes) -> None:
    with odd_server(lambda _request: [raw]) as server:
        assert fast(5, lambda: ask(server.url)).kind == "unknown"


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    with odd_server(answer) as elsewhere:
        moved = f"Location: {elsewhere.url}/"
        with odd_server(lambda request: [signed_answer(request, SECRET, status=307, headers=[moved])]) as server:
            assert ask(server.url).status == 307
        assert elsewhere.requests == []


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
def test_no_variable_of_the_environment_redirects_money(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with odd_server(answer) as proxy, odd_server(answer) as server:
        monkeypatch.setenv(name, proxy.url)
        assert ask(server.url).signed
        assert proxy.requests == []


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate for 127.0.0.1 that nobody but its own file vouches for, and a server's context with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "counterpart")])
    day = datetime.timedelta(days=1)
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - day)
        .not_valid_after(now + day)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    vouching, private = folder / "ca.pem", folder / "key.pem"
    vouching.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(vouching, private)
    return vouching, context


def test_a_certificate_nobody_vouches_for_is_refused_before_a_byte_is_sent(tmp_path: Path) -> None:
    vouching, context = certificate(tmp_path)
    with odd_server(answer, tls=context) as server:
        assert ask(server.url).kind == "unsent"
        assert client(server.url, ca_file=str(vouching)).exchange("GET", "/x", b"", "r", 5.0).signed
        assert len(server.requests) == 1


def test_a_hanging_handshake_is_unsent_at_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
        exchange = fast(0.4, lambda: client(url, connect_deadline_s=9.0).exchange("GET", "/x", b"", "r", 0.4))

    assert (exchange.kind, exchange.reason) == ("unsent", "timeout")


def test_closing_the_links_ends_their_thread_and_a_later_call_starts_it_anew() -> None:
    with odd_server(answer) as server:
        assert ask(server.url).signed
        close_links()
        assert not [thread for thread in threading.enumerate() if thread.name == "tellerdesk-links"]
        assert ask(server.url).signed


def test_a_call_under_way_when_the_links_are_closed_is_unknown() -> None:
    servers: list[OddServer] = []
    arrived = threading.Event()

    def silent(_request: bytes) -> Iterable[bytes]:
        arrived.set()
        servers[0].pause(10)
        return []

    with odd_server(silent) as server, ThreadPoolExecutor(1) as pool:
        servers.append(server)
        waiting = pool.submit(ask, server.url, 5.0)
        assert arrived.wait(5)
        close_links()
        assert waiting.result(2) == Exchange("unknown", reason="closed")


def test_looking_at_the_links_does_not_load_the_http_library() -> None:
    modules = "client, link, loop_thread, signing, strict_json, answers, lights"
    code = (
        f"from tellerdesk.links import {modules}; from tellerdesk.links.contracts import core, biller;"
        " import sys; print([name for name in ('httpx', 'httpcore', 'fastapi', 'sqlalchemy') if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert found.stdout.strip() == "[]"


def test_a_secret_is_not_shown() -> None:
    assert SECRET.decode() not in repr(client("http://127.0.0.1:1"))

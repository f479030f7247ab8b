"""A signature fits one message, in one direction, from one channel, and nothing else."""

from __future__ import annotations

import pytest

from tellerdesk.links import signing

SECRET = b"k" * 32
NOW = 1_795_312_205
REQUEST = {"method": "POST", "target": "/v1/payments?a=1", "body": b'{"a":1}'}


class Headers(dict[str, str]):
    """Looks names up without regard to case, as HTTP does."""

    def get(self, name: str, default: str = "") -> str:  # type: ignore[override]
        return next((value for key, value in self.items() if key.lower() == name.lower()), default)


def headers(**changed: str) -> Headers:
    made = signing.request_headers(SECRET, unix_seconds=NOW, request_id="r-1", channel_id="TD01", **REQUEST)
    return Headers({**made, **changed})


def flaw(given: Headers, *, at: int = NOW, secret: bytes = SECRET, **request: object) -> str:
    return signing.request_flaw({"TD01": secret}, given, unix_seconds=at, **{**REQUEST, **request})


def test_a_signed_request_is_believed() -> None:
    assert flaw(headers()) == ""


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"method": "GET"}, "bad-signature"),
        ({"target": "/v1/payments?a=2"}, "bad-signature"),
        ({"target": "/v1/payments"}, "bad-signature"),
        ({"body": b'{"a":2}'}, "bad-signature"),
        ({"body": b""}, "bad-signature"),
        ({"secret": b"x" * 32}, "bad-signature"),
    ],
)
def test_a_request_altered_on_its_way_is_not_believed(changed: dict[str, object], said: str) -> None:
    assert flaw(headers(), **changed) == said


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        (signing.TIMESTAMP, str(NOW + 1), "bad-signature"),
        (signing.REQUEST_ID, "r-2", "bad-signature"),
        (signing.CHANNEL_ID, "TD02", "unknown-channel"),
        (signing.SIGNATURE, "0" * 64, "bad-signature"),
        (signing.SIGNATURE, "é\udcff", "bad-signature"),
        (signing.SIGNATURE, "", "unsigned"),
        (signing.TIMESTAMP, "", "unsigned"),
        (signing.TIMESTAMP, "１", "unsigned"),
        (signing.TIMESTAMP, "-5", "unsigned"),
        (signing.REQUEST_ID, "", "unsigned"),
        (signing.REQUEST_ID, "a\nb", "unsigned"),
        (signing.CHANNEL_ID, "", "unsigned"),
    ],
)
def test_a_request_with_an_altered_header_is_not_believed(name: str, value: str, said: str) -> None:
    assert flaw(headers(**{name: value})) == said


@pytest.mark.parametrize(("off", "said"), [(-600, ""), (600, ""), (-601, "stale"), (601, "stale")])
def test_a_request_is_stale_beyond_ten_minutes_either_way(off: int, said: str) -> None:
    assert flaw(headers(), at=NOW - off) == said


def test_two_channels_have_two_secrets() -> None:
    other = {"TD01": b"x" * 32, "TD02": SECRET}

    assert signing.request_flaw(other, headers(), unix_seconds=NOW, **REQUEST) == "bad-signature"


@pytest.mark.parametrize("name", ["", "a b", "a\r\nX-Evil: 1", "ü", "x" * 81])
def test_no_request_id_can_break_out_of_its_header(name: str) -> None:
    with pytest.raises(ValueError):
        signing.request_headers(SECRET, unix_seconds=NOW, request_id=name, channel_id="TD01", **REQUEST)


def test_a_response_is_bound_to_its_status_its_body_and_its_very_request() -> None:
    asked, other = headers()[signing.SIGNATURE], "f" * 64
    given = signing.sign_response(SECRET, status=200, body=b"{}", request_signature=asked)

    def believed(status: int = 200, body: bytes = b"{}", request_signature: str = asked, key: bytes = SECRET) -> bool:
        return signing.response_is_signed(key, given, status=status, body=body, request_signature=request_signature)

    assert believed()
    assert not believed(status=500)
    assert not believed(body=b"{ }")
    assert not believed(request_signature=other)
    assert not believed(request_signature="")
    assert not believed(key=b"x" * 32)
    assert not signing.response_is_signed(SECRET, "", status=200, body=b"{}", request_signature=asked)


def test_a_request_signature_is_no_response_signature() -> None:
    asked = headers()[signing.SIGNATURE]

    assert not signing.response_is_signed(SECRET, asked, status=200, body=b'{"a":1}', request_signature=asked)

"""The control port's client: what `tellerdesk sandbox ...`, demonstrations and tests call. Standard library only."""

from __future__ import annotations

import http.client
import json
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from tellerdesk.errors import CounterpartUnavailable, Refused
from tellerdesk.sandbox.faults import AnswerWay, Processed


class Switches:
    """Turns faults on and off, rolls core's day, reads the books.

    Every method raises CounterpartUnavailable where no sandbox answers and Refused where it says no.
    """

    def __init__(self, control_url: str, deadline_s: float = 10) -> None:
        self.url = control_url
        self._deadline_s = deadline_s

    def fault(self, name: str, *, times: int | None = None, request_id: str = "", counterpart: str = "") -> int:
        """Turns on a fault by its name in FAULTS, for core or, where no other biller is named, the electricity company;
        the rule's number (0 for a counterpart that is down)."""
        return self._rule({"name": name, "times": times, "request_id": request_id, "counterpart": counterpart})

    def rule(
        self,
        action: str,
        processed: Processed,
        answer: AnswerWay,
        *,
        times: int | None = None,
        request_id: str = "",
        late_s: float | None = None,
        counterpart: str = "",
    ) -> int:
        """Turns on one case of the product for one action, for core or, where no other biller is named as
        `counterpart`, the electricity company; `times` None is until cleared. The rule's number."""
        wanted = {
            "action": action,
            "processed": processed.value,
            "answer": answer.value,
            "times": times,
            "request_id": request_id,
            "late_s": late_s,
            "counterpart": counterpart,
        }
        return self._rule(wanted)

    def clear(self, number: int | None = None) -> int:
        """Turns off one rule, or everything: rules, refused connections and customers at the pad. How many rules there
        were."""
        told = self._ask("DELETE", "/faults" if number is None else f"/faults/{number}")
        return int(told["cleared"])

    def faults(self) -> list[dict[str, Any]]:
        """The rules that are on, each with how often it fired."""
        told: list[dict[str, Any]] = self._ask("GET", "/faults")
        return told

    def counters(self, counterpart: str = "") -> dict[str, dict[str, int]]:
        """{"seen": ..., "delivered": ...}: requests that arrived and that were carried on, by action; one
        counterpart's, or everybody's together."""
        told: dict[str, dict[str, int]] = self._ask("GET", f"/counters?counterpart={counterpart}")
        return told

    def state(self) -> dict[str, Any]:
        return self._object("GET", "/state")

    def books(self) -> dict[str, Any]:
        return self._object("GET", "/books")

    def deliver_late(self) -> int:
        """Delivers every request held back as "late" now; returns when the counterparts have done them."""
        return int(self._object("POST", "/late", {})["delivered"])

    def roll_day(self, to: date | None = None, *, billers: bool = False) -> date:
        """Core goes to the next accounting date, or to a later one, and with `billers` their own days end too; core's
        new date."""
        wanted = {"to": None if to is None else to.isoformat(), "billers": billers}
        told = self._object("POST", "/roll-day", wanted)
        return date.fromisoformat(told["accounting_date"])

    def down(self, counterpart: str) -> None:
        """The counterpart's port refuses connections."""
        self._object("POST", f"/counterparts/{counterpart}/down", {})

    def up(self, counterpart: str) -> None:
        self._object("POST", f"/counterparts/{counterpart}/up", {})

    def service(self, counterpart: str, *, is_open: bool) -> None:
        """Outside service hours a counterpart answers, and refuses."""
        self._object("POST", f"/counterparts/{counterpart}/service", {"open": is_open})

    def capabilities(
        self,
        counterpart: str,
        *,
        dedupe: bool | None = None,
        inquiry: bool | None = None,
        tombstone: bool | None = None,
        cancel: bool | None = None,
    ) -> None:
        """Whether a biller remembers leg ids, answers what became of a payment, takes tombstones, and takes payments
        back; None leaves it."""
        wanted = {"dedupe": dedupe, "inquiry": inquiry, "tombstone": tombstone, "cancel": cancel}
        self._object(
            "POST",
            f"/counterparts/{counterpart}/capabilities",
            {name: has for name, has in wanted.items() if has is not None},
        )

    def cut_off(self, counterpart: str) -> None:
        """The biller's own day ends: what was paid until now can be cancelled no more."""
        self._object("POST", f"/counterparts/{counterpart}/cut-off", {})

    def put_into_file(self, counterpart: str) -> None:
        """What the biller was paid until now is in a file."""
        self._object("POST", f"/counterparts/{counterpart}/file", {})

    def issue_invoice(self, counterpart: str, leg_id: str) -> str:
        """The biller issues an invoice for what was paid under a leg id; its number."""
        return str(self._object("POST", f"/counterparts/{counterpart}/invoices", {"leg_id": leg_id})["invoice_no"])

    def use_balance(self, counterpart: str, consumer_no: str, amount_fen: int) -> int:
        """A consumer spends some of the balance with the biller; what is left of it in fen."""
        wanted = {"consumer_no": consumer_no, "amount_fen": amount_fen}
        return int(self._object("POST", f"/counterparts/{counterpart}/uses", wanted)["left_fen"])

    def customers(self, *ways: str) -> None:
        """What the next customers do at the PIN pad: "right", "wrong", "cancel" or "silent"; those after them key the
        right PIN."""
        self._object("POST", "/pinpad", {"next": list(ways)})

    def _rule(self, wanted: dict[str, Any]) -> int:
        return int(self._object("POST", "/faults", wanted)["rule"])

    def _object(self, method: str, target: str, body: object = None) -> dict[str, Any]:
        told: dict[str, Any] = self._ask(method, target, body)
        return told

    def _ask(self, method: str, target: str, body: object = None) -> Any:
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=self._deadline_s)
        try:
            sent = None if body is None else json.dumps(body).encode()
            connection.request(method, target, sent, {"Content-Type": "application/json"} if sent else {})
            response = connection.getresponse()
            raw = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise CounterpartUnavailable("error.sandbox.no_control", url=self.url, reason=str(error)) from None
        finally:
            connection.close()
        if response.status != 200:
            raise Refused("error.sandbox.control_refused", reason=raw.decode("utf-8", "replace")[:200])
        return json.loads(raw)

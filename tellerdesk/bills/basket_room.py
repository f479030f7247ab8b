"""Baskets' front: every use case with the permission it asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tellerdesk.bills.basket import Baskets, WatchBasket
from tellerdesk.bills.basket_commands import GoOnWithBasket, HandOver, PayBasket
from tellerdesk.bills.basket_views import BasketAsking, BasketView
from tellerdesk.i18n import Bilingual
from tellerdesk.journal.states import Word
from tellerdesk.staff.permissions import permits
from tellerdesk.staff.room import StaffRoom
from tellerdesk.staff.states import Permission
from tellerdesk.staff.views import SignedOn

Watch = Callable[[BasketAsking], None]


class BasketRoom:
    """Several bills of one customer, at a teller's own till."""

    def __init__(self, staff: StaffRoom, baskets: Baskets, names: Mapping[str, Bilingual]) -> None:
        self.staff = staff
        self._baskets = baskets
        self._names = names

    @permits(Permission.TAKE_PAYMENT)
    def pay(self, who: SignedOn, command: PayBasket, watch: Watch | None = None) -> BasketView:
        """Takes the payments one after the other; `watch` is told who is being asked about which. See `Baskets.pay` for
        what it raises."""
        return self._baskets.pay(who, command, self._telling(watch))

    @permits(Permission.TAKE_PAYMENT)
    def go_on(self, who: SignedOn, command: GoOnWithBasket, watch: Watch | None = None) -> BasketView:
        """Begins what of the person's own basket was not begun. See `Baskets.go_on` for what it raises."""
        return self._baskets.go_on(who, command, self._telling(watch))

    @permits(Permission.RETURN_CASH)
    def hand_over(self, who: SignedOn, command: HandOver) -> BasketView:
        """Books what the customer was given at the end, once. See `Baskets.hand_over` for what it raises."""
        return self._baskets.hand_over(who, command)

    @permits(Permission.SEE_PAYMENTS)
    def basket(self, who: SignedOn, basket_id: str) -> BasketView:
        """A basket of the person's own branch."""
        return self._baskets.basket(who, basket_id)

    @permits(Permission.SEE_PAYMENTS)
    def left_open(self, who: SignedOn) -> tuple[BasketView, ...]:
        """The person's baskets in the branch that were not handed over yet, the newest first."""
        return self._baskets.left_open(who)

    def _telling(self, watch: Watch | None) -> WatchBasket | None:
        if watch is None:
            return None

        def tell(place: int, done: tuple[Word | None, ...], state: str, counterpart: str, deadline_s: float) -> None:
            name = self._names.get(counterpart, Bilingual(counterpart, counterpart))
            watch(BasketAsking(state, name, deadline_s, place, done))

        return tell

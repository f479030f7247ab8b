"""A list above something longer to read."""

from __future__ import annotations

from textual.containers import VerticalScroll

from screens.widgets.ledger import Ledger


class ReadingList(Ledger):
    """The list; its paging keys page what there is to read below it, the screen's `#what`."""

    def action_page(self, pages: int) -> None:
        what = self.screen.query_one("#what", VerticalScroll)
        what.scroll_page_down(animate=False) if pages > 0 else what.scroll_page_up(animate=False)

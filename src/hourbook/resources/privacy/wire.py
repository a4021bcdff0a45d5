"""The JSON of personal data: an own surface, so these spellings are ours.

Only this file knows them. It decides nothing.
"""

from hourbook.http.wire import In, Out
from hourbook.resources.privacy.rules import Confirmed


class ConfirmationIn(In):
    """`confirmation`: the person's e-mail address."""

    confirmation: str | None = None

    def of(self, user_id: str) -> Confirmed:
        return Confirmed(user_id, self.confirmation)


class ErasedOut(Out):
    user_id: str

"""One line of the doctor's answer.

What is fine is told in a few words; what is wrong, as a sentence with what to do about it. Nothing here looks
at anything.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One line of the answer. `wrong` None: all is well."""

    name: str
    fine: str
    wrong: str | None = None
    advice: str = ""

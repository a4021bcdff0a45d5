"""Money as integer minor units of a currency, and the division that turns time into money.

A sum is exact until its one division at the end (design section 8). Currencies with no and
with three decimal digits exist; which digits a currency has is ISO 4217's word.
"""

from fractions import Fraction

SECONDS_PER_HOUR = 3600
AMOUNT_LIMIT_MINOR = 1 << 53
_NO_DIGITS = frozenset(
    {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG"}
    | {"RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"}
)
_THREE_DIGITS = frozenset(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"])


def minor_digits(currency_code: str) -> int:
    """How many decimal digits the currency has (ISO 4217): 0, 2 or 3."""
    if currency_code in _NO_DIGITS:
        return 0
    return 3 if currency_code in _THREE_DIGITS else 2


def amount_for(duration_seconds: int, rate_minor: int) -> Fraction:
    """Exact amount, in minor units, of a time at an hourly rate in minor units."""
    return Fraction(duration_seconds * rate_minor, SECONDS_PER_HOUR)

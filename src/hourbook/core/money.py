"""Money as integer minor units of a currency, and the division that turns time into money.

A sum is exact until its one division at the end (design section 8). Currencies with no and
with three decimal digits exist; which digits a currency has is ISO 4217's word.
"""

import enum
from fractions import Fraction

import msgspec

# ISO 4217: what is legal tender somewhere, without funds, metals and test codes; and what was until lately,
# because time and invoices in it stay.
_CODES = """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP
    CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR
    IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU
    MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG
    SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV
    WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
    ANG BGN CUC HRK SLL ZWL
"""
CURRENCY_CODES = frozenset(_CODES.split())
SECONDS_PER_HOUR = 3600
AMOUNT_LIMIT_MINOR = 1 << 53
_NO_DIGITS = frozenset(
    {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG"} | {"RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"}
)
_THREE_DIGITS = frozenset(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"])


class RateKind(enum.StrEnum):
    """`HOURLY` is what a client pays (the billable rate), `COST` what the work costs."""

    HOURLY = "hourly"
    COST = "cost"


class NewRate(msgspec.Struct, frozen=True):
    """An hourly rate in minor units that shall count from a second on; `since_s` None: from now on."""

    amount_minor: int
    since_s: int | None = None


def minor_digits(currency_code: str) -> int:
    """How many decimal digits the currency has (ISO 4217): 0, 2 or 3."""
    if currency_code in _NO_DIGITS:
        return 0
    return 3 if currency_code in _THREE_DIGITS else 2


def amount_for(duration_seconds: int, rate_minor: int) -> Fraction:
    """Exact amount, in minor units, of a time at an hourly rate in minor units."""
    return Fraction(duration_seconds * rate_minor, SECONDS_PER_HOUR)

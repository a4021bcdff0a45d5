"""The list of currencies, and how many digits each has."""

import pytest

from hourbook.core.money import CURRENCY_CODES, minor_digits


def test_the_codes_are_those_of_iso_4217() -> None:
    assert len(CURRENCY_CODES) > 150
    assert all(len(code) == 3 and code.isascii() and code.isupper() for code in CURRENCY_CODES)
    assert {"USD", "EUR", "JPY", "KWD", "CHF", "XOF"} <= CURRENCY_CODES
    assert not {"XXX", "XTS", "XAU", "DEM", "BTC"} & CURRENCY_CODES


@pytest.mark.parametrize(
    ("code", "digits"), [("USD", 2), ("JPY", 0), ("KRW", 0), ("ISK", 0), ("KWD", 3), ("BHD", 3), ("TND", 3), ("MGA", 2)]
)
def test_a_currency_has_its_digits(code: str, digits: int) -> None:
    assert minor_digits(code) == digits

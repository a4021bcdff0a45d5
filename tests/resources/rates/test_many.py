"""Thousands of rates in one request cost as much each as a few do."""

import time

from hourbook.core.money import RateKind
from hourbook.resources.rates.actions import Outcome, fields_in_force
from hourbook.resources.rates.rules import NOBODY_ID

COUNT = 20_000


def test_what_is_in_force_at_a_place_is_found_however_many_places_there_are() -> None:
    places = [(f"{number:024x}", NOBODY_ID) for number in range(COUNT)]
    outcome = Outcome({(RateKind.HOURLY, place): number for number, place in enumerate(places)})
    began = time.process_time()
    found = [fields_in_force(outcome, place) for place in places]
    assert found == [{"hourly_rate_minor": number} for number in range(COUNT)]
    # Each one by looking at all of them would be minutes.
    assert time.process_time() - began < 5

"""Network addresses in lists of networks, and how networks are spelled."""

import pytest

from hourbook.core.networks import is_in_networks, may_be_called, normal_network


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("10.0.0.1", "10.0.0.1"),
        (" 10.0.0.1/32 ", "10.0.0.1"),
        ("10.0.0.7/8", "10.0.0.0/8"),
        ("2001:DB8::1", "2001:db8::1"),
        ("2001:db8::/32", "2001:db8::/32"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
        ("0.0.0.0/0", "0.0.0.0/0"),
        ("::/0", "::/0"),
        ("10.0.0", None),
        ("10.0.0.1/33", None),
        ("example.com", None),
        ("", None),
        ("fe80::1%eth0/64", None),
    ],
)
def test_a_network_is_always_spelled_one_way(text: str, normal: str | None) -> None:
    assert normal_network(text) == normal


@pytest.mark.parametrize(
    ("address", "networks", "is_in"),
    [
        ("10.1.2.3", ["10.0.0.0/8"], True),
        ("11.1.2.3", ["10.0.0.0/8"], False),
        ("10.0.0.1", ["10.0.0.1"], True),
        ("10.0.0.2", ["10.0.0.1"], False),
        ("::ffff:10.1.2.3", ["10.0.0.0/8"], True),
        ("10.1.2.3", ["::ffff:10.0.0.0/104"], True),
        ("2001:db8::5", ["10.0.0.0/8", "2001:db8::/32"], True),
        ("2001:db9::5", ["2001:db8::/32"], False),
        ("2001:db8::5", ["0.0.0.0/0"], False),
        ("10.1.2.3", ["::/0"], False),
        ("fe80::1%eth0", ["fe80::/10"], True),
        ("", ["10.0.0.0/8"], False),
        ("unknown", ["0.0.0.0/0"], False),
        ("10.1.2.3", ["nonsense", "10.0.0.0/8"], True),
        ("10.1.2.3", [], False),
    ],
)
def test_an_address_lies_in_a_list_or_does_not(address: str, networks: list[str], is_in: bool) -> None:
    assert is_in_networks(address, networks) is is_in


@pytest.mark.parametrize(
    ("address", "allowed", "may"),
    [
        ("8.8.8.8", (), True),
        ("2606:4700::1", (), True),
        ("::ffff:8.8.8.8", (), True),
        ("::ffff:10.0.0.1", (), False),
        ("::ffff:10.0.0.1", ("10.0.0.0/8",), True),
        ("::ffff:169.254.169.254", ("0.0.0.0/0", "::/0"), False),
        ("::1", (), False),
        ("64:ff9b::808:808", (), False),
        ("fd00:ec2::254", ("::/0",), False),
        ("example.com", ("0.0.0.0/0",), False),
    ],
)
def test_a_server_may_be_called_in_public_or_where_its_network_is_open(
    address: str, allowed: tuple[str, ...], may: bool
) -> None:
    assert may_be_called(address, allowed) is may

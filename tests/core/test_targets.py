"""Addresses of servers that somebody named: how each is read, and which ports nobody is called at."""

import pytest

from hourbook.core.targets import CLOSED_PORTS, BadTarget, Target, read_target

# Mail, printers, chats, directories and the like: a few of every corner of the list of the Fetch standard.
CLOSED = (1, 19, 22, 25, 53, 69, 110, 137, 143, 389, 465, 515, 587, 636, 995, 1723, 2049, 4190, 5060, 6000, 6566)
OPEN = (80, 81, 443, 444, 1024, 3000, 5000, 5678, 7000, 8000, 8080, 8443, 9000, 9443, 32768, 49151, 65535)


@pytest.mark.parametrize("port", [*CLOSED, 6667, 6697, 10080])
@pytest.mark.parametrize("host", ["example.org", "[2606:4700::1111]", "8.8.8.8"])
def test_a_port_of_another_trade_is_closed_and_the_error_names_it(host: str, port: int) -> None:
    for scheme in ("http", "https"):
        with pytest.raises(BadTarget, match=f"^Port {port} is not one that web servers have"):
            read_target(f"{scheme}://{host}:{port}/hook")


@pytest.mark.parametrize("port", OPEN)
def test_ports_of_web_servers_are_open(port: int) -> None:
    assert read_target(f"https://example.org:{port}/").port == port
    assert read_target(f"http://example.org:{port}/").port == port


def test_the_closed_ports_are_those_of_the_standard() -> None:
    """The standard has 83 with port 0, which no address may name."""
    assert len(CLOSED_PORTS) == 82
    assert not CLOSED_PORTS & set(OPEN)
    # None is one that a system gives to a program that asks for any.
    assert max(CLOSED_PORTS) < 32768


@pytest.mark.parametrize("port", ["0", "00", "65536", "-1", "8080x", "+80", "8 0"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    with pytest.raises(BadTarget, match="must be one like"):
        read_target(f"http://example.org:{port}/")


@pytest.mark.parametrize(
    ("url", "is_tls", "host", "port"),
    [
        ("http://example.org", False, "example.org", 80),
        ("https://example.org:", True, "example.org", 443),
        ("HTTPS://EXAMPLE.org.:8443", True, "example.org", 8443),
        ("http://0x8.010.2056/", False, "8.8.8.8", 80),
        ("http://0x/", False, "0.0.0.0", 80),
        ("http://8.8.8.0x8g/", False, "8.8.8.0x8g", 80),
        ("https://[2606:4700:0:0::1111]/", True, "2606:4700::1111", 443),
        ("https://[2606:4700::1111]:444/", True, "2606:4700::1111", 444),
    ],
)
def test_spellings_are_read_as_systems_read_them(url: str, is_tls: bool, host: str, port: int) -> None:
    found = read_target(url)
    assert (found.is_tls, found.host, found.port) == (is_tls, host, port)


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("localhost", "127.0.0.1"),
        ("deep.down.localhost", "127.0.0.1"),
        ("localhost6.localdomain6", "127.0.0.1"),
        ("8.8.8.8", "8.8.8.8"),
        ("2606:4700::1111", "2606:4700::1111"),
        ("localhost.example.org", None),
    ],
)
def test_names_of_this_machine_have_its_address(host: str, address: str | None) -> None:
    assert Target(is_tls=False, host=host, port=80, path="/").address == address


@pytest.mark.parametrize(
    ("url", "authority"),
    [
        ("https://example.org:443/", "example.org"),
        ("https://example.org:80/", "example.org:80"),
        ("http://example.org:80/", "example.org"),
        ("https://[2606:4700::1111]/", "[2606:4700::1111]"),
        ("http://[2606:4700::1111]:443/", "[2606:4700::1111]:443"),
    ],
)
def test_the_host_header_names_the_port_where_it_is_not_the_usual_one(url: str, authority: str) -> None:
    assert read_target(url).authority == authority


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://example.org/" + "a" * 2048, "can't be longer than 2048"),
        ("https://example.org/a b", "must be one like"),
        ("https://example.org/\x07", "must be one like"),
        ("https://[::1", "must be one like"),
        ("https://[fe80::1%25eth0]/", "must be one like"),
        ("https://[::12345]/", "must be one like"),
        ("https://[2606:4700::1111]x:444/", "must be one like"),
        ("https://[2606:4700::1111].example.org/", "must be one like"),
        ("https:///hook", "must be one like"),
        ("https://example.org/#part", "must be one like"),
        ("https://me:secret@example.org/", "must not hold a user name or password"),
        ("https://me@example.org/", "must not hold a user name or password"),
        ("https://" + "ü" * 80 + ".example/", "must be one like"),
        ("https://" + "a." * 127 + "example/", "must be one like"),
        ("https://1.2.3.4.5/", "must be one like"),
        ("https://256.1/", "must be one like"),
        ("https://8.8.8.08/", "must be one like"),
        ("https://1.16777216/", "must be one like"),
        ("https://Metadata.Google.Internal/", "may not be called from here"),
    ],
)
def test_what_cannot_be_called_says_why(url: str, words: str) -> None:
    with pytest.raises(BadTarget, match=words):
        read_target(url)

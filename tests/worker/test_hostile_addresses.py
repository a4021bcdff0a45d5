"""Addresses that lead where nobody may be called: refused when a webhook is saved, and never contacted when it is sent.

A real listener on this machine counts who connects, and every attempt to connect anywhere is seen.
"""

import asyncio
import socket
from asyncio.selector_events import BaseSelectorEventLoop
from functools import partial
from typing import Any

import pytest

from hourbook.access import receivers
from hourbook.core.errors import InvalidValue
from hourbook.core.networks import may_be_called
from hourbook.core.targets import BadTarget, read_target
from hourbook.core.types import Deployment
from hourbook.worker import posting
from hourbook.worker.connecting import Lookups
from hourbook.worker.posting import Answered, Poster
from tests.harness import Office
from tests.worker.receiver import Got, Receiver, Say, running_receiver

# `{port}` is where the listener is. Spellings of this machine,
HERE = (
    *("http://127.0.0.1:{port}/", "http://127.0.0.1.:{port}/", "http://127.1:{port}/", "http://127.0.1:{port}/"),
    *("http://127.255.255.254:{port}/", "http://2130706433:{port}/", "http://017700000001:{port}/"),
    *("http://0x7f000001:{port}/", "http://0x7F.0.0.1:{port}/", "http://0177.0.0.1:{port}/", "http://0177.1:{port}/"),
    *("http://0x7f.1:{port}/", "http://0:{port}/", "http://0.0.0.0:{port}/", "http://localhost:{port}/"),
    *("http://LOCALHOST:{port}/", "http://localhost.:{port}/", "http://foo.localhost:{port}/"),
    *("http://localhost.localdomain:{port}/", "http://[::1]:{port}/", "http://[0:0:0:0:0:0:0:1]:{port}/"),
    *("http://[::]:{port}/", "http://[::ffff:127.0.0.1]:{port}/", "http://[::ffff:7f00:1]:{port}/"),
    *("http://[::127.0.0.1]:{port}/", "http://[64:ff9b::127.0.0.1]:{port}/", "http://[2002:7f00:1::]:{port}/"),
    *("http://[64:ff9b:1::7f00:1]:{port}/", "http://①②⑦.⓪.⓪.①:{port}/", "http://127。0。0。1:{port}/"),
    *("http://１２７.0.0.1:{port}/", "http://ⓛocalhost:{port}/", "http://user@127.0.0.1:{port}/"),
    *("http://example.com@127.0.0.1:{port}/", "http://127.0.0.1:{port}@example.com/", "http://a:b@localhost:{port}/"),
    *("http://127.0.0.1:{port}\\@example.com/", "http://example.com#@127.0.0.1:{port}/", "http://127.0.0.1%00:{port}/"),
    *("http://%31%32%37.0.0.1:{port}/", "http://127.0.0.1\t:{port}/", "http://\u200b127.0.0.1:{port}/"),
    *("http://[::1%25lo]:{port}/", "http://[::ffff:0:127.0.0.1]:{port}/", "HTTP://127.0.0.1:{port}/"),
    *("http:127.0.0.1:{port}/", "http:///127.0.0.1:{port}/", "//127.0.0.1:{port}/", "127.0.0.1:{port}"),
)
# other networks that are not public,
INSIDE = (
    *("http://10.0.0.1/", "https://10.255.255.255/", "http://172.16.0.1/", "http://172.31.255.255/"),
    *("http://192.168.1.1/", "http://0xc0a80101/", "http://3232235777/", "http://100.64.0.1/", "http://198.18.0.1/"),
    *("http://192.0.0.8/", "http://192.0.2.1/", "http://203.0.113.7/", "http://198.51.100.7/", "http://192.88.99.1/"),
    *("http://224.0.0.1/", "http://239.255.255.250/", "http://240.0.0.1/", "http://255.255.255.255/"),
    *(
        "http://[fe80::1]/",
        "http://[fc00::1]/",
        "http://[fd12:3456:789a::1]/",
        "http://[fec0::1]/",
        "http://[ff02::1]/",
    ),
    *("http://[2001:db8::1]/", "http://[2001::1]/", "http://[2001:10::1]/", "http://[100::1]/", "http://[3fff::1]/"),
    *("http://[::ffff:10.0.0.1]/", "http://[::ffff:a00:1]/", "http://[64:ff9b::a00:1]/", "http://[2002:a00:1::1]/"),
)
# where clouds keep their secrets,
METADATA = (
    *("http://169.254.169.254/latest/meta-data/", "http://[fd00:ec2::254]/", "http://100.100.100.200/"),
    *(
        "http://metadata.google.internal/",
        "http://METADATA.google.internal./",
        "http://metadata/",
        "http://metadata.goog/",
    ),
    *(
        "http://instance-data/",
        "http://168.63.129.16/",
        "http://0xa9fea9fe/",
        "http://2852039166/",
        "http://192.0.0.192/",
    ),
    *("http://0251.0376.0251.0376/", "http://[::ffff:169.254.169.254]/", "http://[::ffff:a9fe:a9fe]/"),
)
# and what is no address of a web server at all, or of a server of another trade.
NONSENSE = (
    *("http://example.com:25/", "https://example.com:6667/", "http://example.com:0022/", "http://[::1]:6000/"),
    *("", " ", "example.com", "ftp://example.com/", "file:///etc/passwd", "gopher://127.0.0.1:{port}/_x", "http://"),
    *("https://", "http://.", "http://..", "http://a..b/", "http://-a.example/", "http://example.com:99999/"),
    *("http://example.com:0/", "http://example.com:x/", "http://1.2.3.4.5/", "http://256.1.1.1/", "http://0x/1"),
    *("http://[::1/", "http://[1.2.3.4]/", "http://exa mple.com/", "http://example.com/\r\nX: 1", "dict://127.0.0.1/"),
    *("http://" + "a" * 64 + ".example/", "http://" + "a." * 130 + "example/", "http://example.com/" + "a" * 3000),
)
ALL = (*HERE, *INSIDE, *METADATA, *NONSENSE)


class Watch:
    """Every address that somebody tried to connect to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.addresses: list[str] = []
        inner = BaseSelectorEventLoop.sock_connect

        async def sock_connect(loop: Any, sock: Any, address: Any) -> Any:
            self.addresses.append(address[0])
            return await inner(loop, sock, address)

        monkeypatch.setattr(BaseSelectorEventLoop, "sock_connect", sock_connect)


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    return Watch(monkeypatch)


def post(url: str, *, allowed: tuple[str, ...] = ()) -> Answered:
    async def once() -> Answered:
        poster = Poster(allowed)
        try:
            return await poster.post(url, [("webhook-id", "x")], b"{}")
        finally:
            await poster.close()

    return asyncio.run(once())


def test_there_are_enough_of_them() -> None:
    assert len(set(ALL)) >= 100
    assert len({*HERE, *INSIDE, *METADATA}) >= 70


def test_none_of_them_is_contacted(receiver: Receiver, watch: Watch) -> None:
    for url in ALL:
        answered = post(url.replace("{port}", str(receiver.port)))
        assert answered.status_code == 0, url
    assert receiver.connections == 0
    assert watch.addresses == []


@pytest.mark.parametrize("url", ALL)
def test_none_of_them_is_saved(office: Office, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(office.server.runtime.pipeline, "deployment", Deployment())
    body = {"webhookEvent": "NEW_TAG", "triggerSourceType": "WORKSPACE_ID", "triggerSource": []}
    answer = office.owner.post("/webhooks", {**body, "url": url.replace("{port}", "8080")})
    assert answer.refusal == (400, 501), url
    assert office.owner.get("/webhooks").body["webhooks"] == []


def test_an_open_network_opens_itself_and_nothing_else(receiver: Receiver, watch: Watch) -> None:
    assert post(receiver.url, allowed=("127.0.0.0/8",)).status_code == 200
    assert post(f"http://localhost:{receiver.port}/", allowed=("127.0.0.0/8", "::1/128")).status_code == 200
    assert post(f"http://[::ffff:127.0.0.1]:{receiver.port}/", allowed=("127.0.0.1",)).status_code == 200
    seen = len(watch.addresses)
    for url in (*INSIDE, *METADATA):
        assert post(url, allowed=("127.0.0.0/8", "::1/128")).status_code == 0
    # Where clouds keep their secrets is closed even inside an open network.
    for url in METADATA:
        assert post(url, allowed=("169.254.0.0/16", "fd00::/8", "100.64.0.0/10", "0.0.0.0/0", "::/0")).status_code == 0
    assert len(watch.addresses) == seen


def _moved(status: int, where: str, got: Got) -> Say:
    return Say(status, b"", {"Location": where, "Refresh": f"0; url={where}"})


def test_a_redirect_leads_nowhere(receiver: Receiver, watch: Watch) -> None:
    with running_receiver() as other:
        for status in (301, 302, 303, 307, 308):
            receiver.answer = partial(_moved, status, other.url)
            assert post(receiver.url, allowed=("127.0.0.0/8",)).status_code == status
        assert other.connections == 0
    assert set(watch.addresses) == {"127.0.0.1"}


def test_a_name_that_changes_its_mind_is_connected_to_where_it_was_checked(
    receiver: Receiver, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name server that says something public once and this machine the next time."""
    answers: list[list[str]] = [["192.0.2.10"], ["127.0.0.1"], ["93.184.216.34", "127.0.0.1"], ["127.0.0.1"]]
    asked: list[str] = []

    async def look_up(host: str, port: int) -> list[str]:
        asked.append(host)
        return answers[len(asked) - 1]

    monkeypatch.setattr(posting, "look_up", look_up)
    for _ in answers:
        assert post(f"http://rebinding.example:{receiver.port}/").status_code == 0
    assert len(asked) == len(answers)
    assert (receiver.connections, watch.addresses) == (0, [])


def test_a_connection_goes_to_the_address_that_was_checked_and_no_other(
    receiver: Receiver, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each connection looks once; what a second look would say is never asked."""
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])

    async def look_up(host: str, port: int) -> list[str]:
        return next(answers)

    monkeypatch.setattr(posting, "look_up", look_up)
    url = f"http://receiver.example:{receiver.port}/hook"
    assert post(url, allowed=("127.0.0.0/8",)).status_code == 200
    assert receiver.got[0].headers["host"] == f"receiver.example:{receiver.port}"
    assert post(url, allowed=("127.0.0.0/8",)).status_code == 0
    assert watch.addresses == ["127.0.0.1"]


def test_a_name_that_leads_inside_is_not_saved(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def getaddrinfo(host: str, *rest: Any, **more: Any) -> list[Any]:
        where = {"inside.example": "10.1.2.3", "outside.example": "93.184.216.34"}.get(host)
        if where is None:
            raise OSError
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (where, 80))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with pytest.raises(InvalidValue):
        receivers.check_receiver("https://inside.example/", ())
    receivers.check_receiver("https://inside.example/", ("10.0.0.0/8",))
    receivers.check_receiver("https://outside.example/", ())
    # A name that leads nowhere yet may lead somewhere when it is needed.
    receivers.check_receiver("https://nowhere.example/", ())


@pytest.mark.parametrize(
    ("url", "host", "port", "path"),
    [
        ("https://example.com", "example.com", 443, "/"),
        ("http://Example.COM.:8080/a/b?c=d&e=%20", "example.com", 8080, "/a/b?c=d&e=%20"),
        ("https://bücher.example/ü?ä=1", "xn--bcher-kva.example", 443, "/%C3%BC?%C3%A4=1"),
        ("https://8.8.8.8/x", "8.8.8.8", 443, "/x"),
        ("https://[2606:4700::1111]:444/", "2606:4700::1111", 444, "/"),
        ("https://134744072/", "8.8.8.8", 443, "/"),
        ("https://a_b.example/hook;x=1", "a_b.example", 443, "/hook;x=1"),
    ],
)
def test_good_addresses_are_read(url: str, host: str, port: int, path: str) -> None:
    target = read_target(url)
    assert (target.host, target.port, target.path) == (host, port, path)
    assert target.address is None or may_be_called(target.address, ())


def test_a_default_port_is_not_in_the_host_header() -> None:
    assert read_target("https://example.com/").authority == "example.com"
    assert read_target("http://example.com:443/").authority == "example.com:443"
    assert read_target("http://[2606:4700::1111]:81/").authority == "[2606:4700::1111]:81"
    with pytest.raises(BadTarget):
        read_target("http://example.com/#fragment")


def test_a_name_nobody_answers_for_is_looked_up_once_however_many_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str] = []

    async def all_of_it() -> None:
        answered = asyncio.Event()

        async def look_up(host: str, port: int) -> list[str]:
            started.append(host)
            if host == "slow.example":
                await answered.wait()
            return ["93.184.216.34"]

        monkeypatch.setattr(posting, "look_up", look_up)
        lookups = Lookups()
        waiting = [asyncio.create_task(lookups.of("slow.example", 443)) for _ in range(5)]
        await asyncio.sleep(0)
        assert await lookups.of("quick.example", 443) == ["93.184.216.34"]
        assert await lookups.of("127.0.0.1", 443) == ["127.0.0.1"]
        waiting.pop().cancel()
        answered.set()
        assert await asyncio.gather(*waiting) == [["93.184.216.34"]] * 4
        assert started == ["slow.example", "quick.example"]
        assert await lookups.of("slow.example", 443) == ["93.184.216.34"]

    asyncio.run(all_of_it())
    assert started.count("slow.example") == 2


@pytest.mark.parametrize(
    "odd",
    [
        "",
        "soon",
        "-5",
        "1.5",
        "9" * 400,
        "Mon, 01 Jan 0001 00:00:00 -0000",
        "Mon, 01 Jan 0001 00:00:00 +2359",
        "Fri, 31 Dec 9999 23:59:59 -2359",
        "Fri, 31 Dec 9999 23:59:59",
        "Mon, 99 Foo 2026 99:99:99 GMT",
    ],
)
def test_an_odd_wish_for_patience_spoils_no_answer(receiver: Receiver, odd: str) -> None:
    receiver.answer = lambda got: Say(200, b"fine", {"Retry-After": odd})
    assert post(receiver.url, allowed=("127.0.0.0/8",)).status_code == 200

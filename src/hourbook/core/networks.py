"""Network addresses: whether one lies in a list of addresses and networks, and their normal spelling.

An IPv4 address that arrives as IPv6 (`::ffff:10.0.0.1`) is the IPv4 address it stands for, in an
address as in a network. What cannot be read lies nowhere.
"""

import ipaddress
from collections.abc import Sequence
from functools import lru_cache

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")


def normal_network(text: str) -> str | None:
    """The address or network as it is always written (bits behind the prefix zero); None for what is neither."""
    network = None if "%" in text else _network(text.strip())
    if network is None:
        return None
    return str(network.network_address) if network.num_addresses == 1 else str(network)


def is_in_networks(address: str, networks: Sequence[str]) -> bool:
    """Whether an address is one of these addresses or in one of these networks."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return any(found in network for network in _parsed(tuple(networks)))


@lru_cache(maxsize=4096)
def counted_network(address: str) -> str:
    """What requests of an address are counted under: itself, or its network where somebody has as many as they like."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if found.version == 4 or found.ipv4_mapped is not None:
        return str(getattr(found, "ipv4_mapped", None) or found)
    return str(ipaddress.IPv6Network((int(found), 64), strict=False))


@lru_cache(maxsize=1024)
def _parsed(networks: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(network for text in networks if (network := _network(text)) is not None)


def _network(text: str) -> Network | None:
    try:
        network: Network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
    if isinstance(network, ipaddress.IPv6Network) and network.subnet_of(_MAPPED):
        mapped = network.network_address.ipv4_mapped
        return ipaddress.IPv4Network((int(mapped or 0), network.prefixlen - _MAPPED.prefixlen))
    return network


# --- where a server that people name may be ---------------------------------------------------------

# What is not the public internet, or stands for other addresses, which might not be (IANA's registries of special
# addresses). 168.63.129.16 looks public and is the host of machines in one cloud.
_CLOSED = (
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"),
    *("192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
    *("224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32"),
    *("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"),
)
# Of the sixth version only this is given out to the public; loopback, site-local, NAT64 and the rest lie outside.
_GIVEN_OUT = ipaddress.IPv6Network("2000::/3")
# Where a cloud tells a machine its secrets. No setting opens these.
METADATA_ADDRESSES = (
    *("169.254.169.254", "169.254.170.2", "169.254.170.23", "100.100.100.200", "192.0.0.192", "168.63.129.16"),
    *("fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254"),
)
METADATA_NAMES = frozenset(
    {
        "metadata",
        "metadata.google.internal",
        "metadata.goog",
        "instance-data",
        "instance-data.ec2.internal",
        "metadata.azure.internal",
        "metadata.tencentyun.com",
        "metadata.platformequinix.com",
    }
)


def may_be_called(address: str, allowed: Sequence[str]) -> bool:
    """Whether a server that somebody named may be called at an address: a public one, or in an allowed network."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    text = str(found)
    if is_in_networks(text, METADATA_ADDRESSES):
        return False
    if is_in_networks(text, allowed):
        return True
    is_given_out = isinstance(found, ipaddress.IPv4Address) or found in _GIVEN_OUT
    return is_given_out and not is_in_networks(text, _CLOSED)

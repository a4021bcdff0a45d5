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

"""The address rule: whatever form an address takes, the verdict is that of where it leads."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.security.addresses import AddressRule

PUBLIC = AddressRule(allow_private=False, fleet_ports=frozenset({5432}))
PRIVATE = AddressRule(allow_private=True, fleet_ports=frozenset({5432}))
v4 = st.ip_addresses(v=4)
private_v4 = st.one_of(
    *(st.ip_addresses(network=n) for n in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8"))
)


def forms(address: ipaddress.IPv4Address) -> list[str]:
    """Every IPv6 form that carries an IPv4 address."""
    number = int(address)
    values = [
        0xFFFF << 32 | number,  # ::ffff:a.b.c.d, RFC 4291
        0x64FF9B << 96 | number,  # 64:ff9b::a.b.c.d, RFC 6052
        0x2002 << 112 | number << 80,  # 2002:a.b.c.d::, RFC 3056
        0x2606 << 112 | 0x5EFE << 32 | number,  # ISATAP, RFC 5214
    ]
    return [str(ipaddress.IPv6Address(value)) for value in values]


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254", "169.254.0.1", "fe80::1", "fe80::1%eth0", "fd00:ec2::254", "168.63.129.16",
        "100.100.100.200", "0.0.0.1", "::", "255.255.255.255", "224.0.0.1", "239.1.1.1", "ff02::1",
        "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1", "64:ff9b:1::7f00:1", "2001::1", "nonsense",
    ],
)  # fmt: skip
def test_no_setting_opens_link_local_metadata_multicast_or_reserved_addresses(address: str):
    assert not PUBLIC.allows(address, 80)
    assert not PRIVATE.allows(address, 80)


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "192.168.1.1", "100.64.0.1", "::1", "fd12::1"])
def test_private_addresses_need_leave(address: str):
    assert not PUBLIC.allows(address, 80)
    assert PRIVATE.allows(address, 80)


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"])
def test_the_fleets_own_ports_stay_closed_on_every_private_address(address: str):
    assert not PRIVATE.allows(address, 5432)


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "::ffff:1.1.1.1"])
def test_public_addresses_are_open_on_every_port(address: str):
    assert PUBLIC.allows(address, 443)
    assert PUBLIC.allows(address, 5432)


@given(v4)
def test_without_leave_nothing_but_global_addresses_is_open(address: ipaddress.IPv4Address):
    if PUBLIC.allows(str(address), 80):
        assert address.is_global
        assert not address.is_multicast


@given(st.one_of(v4, private_v4))
def test_an_embedded_address_is_never_more_open_than_itself(address: ipaddress.IPv4Address):
    for rule in (PUBLIC, PRIVATE):
        for form in forms(address):
            for port in (80, 5432):
                assert rule.allows(str(address), port) or not rule.allows(form, port), form


@given(st.ip_addresses())
def test_leave_only_ever_opens_more(address: ipaddress.IPv4Address | ipaddress.IPv6Address):
    assert PRIVATE.allows(str(address), 80) or not PUBLIC.allows(str(address), 80)


@pytest.mark.parametrize(
    "network",
    [
        # IANA IPv4 Special-Purpose Address Registry, what is not globally reachable.
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/29",
        "192.0.0.8/32", "192.0.0.170/31", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
        "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4", "255.255.255.255/32",
        # IANA IPv6 Special-Purpose Address Registry.
        "::/128", "::1/128", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "2001::/32", "2001:2::/48", "2001:10::/28",
        "2001:db8::/32", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
        # Not given out at all.
        "::/8", "200::/7", "400::/6", "1000::/4", "4000::/3", "6000::/3", "8000::/3", "e000::/4", "f000::/5",
    ],
)  # fmt: skip
def test_nothing_that_iana_keeps_for_something_else_is_public(network: str):
    known = ipaddress.ip_network(network)
    if network != "::/8":  # it begins with addresses that embed IPv4
        assert not PUBLIC.allows(str(known[0]), 80)
    assert not PUBLIC.allows(str(known[known.num_addresses // 2]), 80)
    assert not PUBLIC.allows(str(known[-1]), 80)


@given(st.ip_addresses(v=6))
def test_of_ipv6_only_global_unicast_is_public_but_for_what_carries_ipv4(address: ipaddress.IPv6Address):
    if PUBLIC.allows(str(address), 80):
        carries = address.ipv4_mapped or int(address) >> 32 in {0, 0x64FF9B << 64}
        assert carries or address in ipaddress.ip_network("2000::/3")

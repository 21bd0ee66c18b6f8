"""Addresses that only look public."""

import pytest

from core.ip_addresses import is_public

PRIVATE = [
    "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1",
    "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1", "fec0::1", "2001:db8::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:0:7f00:1", "::127.0.0.1", "::10.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::a00:1", "64:ff9b:1:ffff::c0a8:1",
    "2002:7f00:1::", "2002:a00:1::1", "2002:c0a8:101::1",
    # Teredo: the server is public, the client behind it is 192.168.0.1 with its bits turned.
    "2001:0:808:808::3f57:fffe",
]  # fmt: skip
PUBLIC = [
    "8.8.8.8",
    "1.1.1.1",
    "2606:4700::1111",
    "2001:4860:4860::8888",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2002:808:808::1",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_private_in_every_form(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_in_every_form(address):
    assert is_public(address)


def test_what_is_no_address_is_said():
    with pytest.raises(ValueError, match="does not appear"):
        is_public("shop.test")

"""The same address in two spellings."""

import pytest

from common.contracts.mail_addresses import ascii_address, canonical, mailbox


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ops@bücher.example", "ops@xn--bcher-kva.example"),
        ("ops@BÜCHER.example", "OPS@Bücher.Example"),
        ("ops@한국.example", "ops@xn--3e0b707e.example"),
        ("ops@straße.example", "ops@xn--strae-oqa.example"),
        ("ops@日本。example", "ops@日本.example"),
        ("Ops@Example.COM", "ops@example.com"),
    ],
)
def test_spellings_of_one_address_compare_alike(one, other):
    assert canonical(one) == canonical(other)


def test_different_addresses_stay_different():
    assert canonical("a@bücher.example") != canonical("a@bucher.example")


def test_a_domain_without_a_form_of_dns_is_no_address_for_a_server_and_compares_with_itself():
    odd = "ops@" + "ü" * 70 + ".example"
    with pytest.raises(ValueError, match="no domain"):
        ascii_address(odd)
    assert canonical(odd) == canonical(odd.upper())


def test_domains_of_emoji_are_in_use():
    assert ascii_address("ops@i❤.ws") == "ops@xn--i-7iq.ws"


@pytest.mark.parametrize(
    ("spelled", "owner"),
    [
        ("a+news@example.com", "a@example.com"),
        ("A+b+c@bücher.example", "a@xn--bcher-kva.example"),
        ("+a@example.com", "+a@example.com"),
        ("a@ex\u00adample\u3002com", "a@example.com"),
    ],
)
def test_a_readers_own_marks_are_one_mailbox(spelled: str, owner: str):
    assert mailbox(spelled) == owner

"""An e-mail address as a serializer's field."""

from rest_framework import serializers

from common.contracts.mail_addresses import ascii_address


class MailField(serializers.EmailField):
    """An address that a mail server can be told. Django's own look lets `İ` and `ſ` pass for letters of ASCII."""

    def to_internal_value(self, data: str) -> str:
        address: str = super().to_internal_value(data)
        try:
            ascii_address(address)
        except ValueError:
            self.fail("invalid")
        return address

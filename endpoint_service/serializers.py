"""Endpoints on the wire."""

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from common.ids import MAX_ID
from endpoint_service import spec
from endpoint_service.fields import AssertionsField, HeadersField, KeyField, OptionsField, TagsField, refused, ruled
from endpoint_service.rules.assertions import refuse_assertions_of_other_kinds, refuse_body_assertions_of_head
from endpoint_service.rules.invalid import Invalid
from endpoint_service.rules.options import refuse_options_of_other_kinds
from endpoint_service.rules.target import clean_target
from endpoint_service.rules.texts import clean_expected_status
from endpoint_service.spec import Kind, Method, State
from endpoint_service.states import MAX_STATES

if TYPE_CHECKING:
    from collections.abc import Callable

DEFAULTS = spec.default_spec()


class SpecSerializer(serializers.Serializer[Any]):
    """What is to be checked and how; only `url` is required."""

    url = serializers.CharField(
        max_length=2048,
        help_text="http: an address (https:// where the scheme is missing); tcp, tls: host:port; dns, ping: a host.",
    )
    kind = serializers.ChoiceField(Kind.choices, default=DEFAULTS["kind"])
    method = serializers.ChoiceField(Method.choices, default=DEFAULTS["method"])
    headers = HeadersField(default=dict)
    body = serializers.CharField(allow_blank=True, trim_whitespace=False, default="", help_text="At most 64 KiB.")
    interval = serializers.IntegerField(
        min_value=spec.MIN_INTERVAL, max_value=spec.MAX_INTERVAL, default=DEFAULTS["interval"], help_text="Seconds."
    )
    timeout = serializers.IntegerField(
        min_value=spec.MIN_TIMEOUT,
        max_value=spec.MAX_TIMEOUT,
        default=DEFAULTS["timeout"],
        help_text="Seconds; where it is not given, at most the interval.",
    )
    expected_status = serializers.CharField(max_length=400, default=DEFAULTS["expected_status"])
    assertions = AssertionsField(default=list)
    failure_threshold = serializers.IntegerField(
        min_value=1, max_value=spec.MAX_THRESHOLD, default=DEFAULTS["failure_threshold"]
    )
    recovery_threshold = serializers.IntegerField(
        min_value=1, max_value=spec.MAX_THRESHOLD, default=DEFAULTS["recovery_threshold"]
    )
    options = OptionsField(default=dict)

    def to_internal_value(self, data: Any) -> Any:
        """Like DRF's, but unknown fields are refused where the view asks for it (imports and checks).

        Who asks for a short interval and says nothing of the timeout gets one that fits into it.
        """
        values = super().to_internal_value(data)
        if "timeout" in values and "timeout" not in data:
            values["timeout"] = min(values["timeout"], values["interval"])
        if self.context.get("strict"):
            unknown = [name for name in data if name not in self.fields]
            if unknown:
                raise serializers.ValidationError({str(unknown[0])[:50]: [_("Unknown field.")]})
        return values

    def validate_body(self, body: str) -> str:
        if len(body.encode()) > spec.MAX_BODY:
            raise serializers.ValidationError(_("A body has at most 64 KiB."))
        return body

    def validate_expected_status(self, text: str) -> str:
        return str(ruled(clean_expected_status, text))

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Rules that look at more than one field, over what the endpoint will be after the change."""

        def value(name: str) -> Any:
            return attrs[name] if name in attrs else getattr(self.instance, name)

        if "url" in attrs or "kind" in attrs:
            try:
                attrs["url"] = clean_target(value("kind"), value("url"))
            except Invalid as error:
                raise serializers.ValidationError({"url": [error.message]}) from error
        if value("timeout") > value("interval"):
            raise serializers.ValidationError({"timeout": [_("The timeout cannot be longer than the interval.")]})
        kind = value("kind")
        for field in ("headers", "body"):
            if kind != Kind.HTTP and value(field):
                raise serializers.ValidationError({field: [_("Only endpoints of the kind http have this.")]})
        rules: list[tuple[str, Callable[..., None], str]] = [
            ("options", refuse_options_of_other_kinds, kind),
            ("assertions", refuse_assertions_of_other_kinds, kind),
        ]
        if attrs.keys() & {"method", "assertions"}:
            rules.append(("assertions", refuse_body_assertions_of_head, value("method")))
        for field, rule, owner in rules:
            try:
                rule(owner, value(field))
            except Invalid as error:
                raise serializers.ValidationError({field: refused(error).detail}) from error
        return attrs


class _EndpointFields(SpecSerializer):
    """What users and services both see of an endpoint."""

    id = serializers.IntegerField(read_only=True)
    user_id = serializers.IntegerField(read_only=True)
    key = KeyField(
        required=False,
        help_text="Your own stable name for it, in files and imports; made of the host where absent.",
    )
    name = serializers.CharField(max_length=spec.MAX_NAME, required=False, allow_blank=True)
    enabled = serializers.BooleanField(default=True)
    tags = TagsField(default=list)
    version = serializers.IntegerField(read_only=True)
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """What an endpoint is comes first, then what is checked and how."""
        fields = super().get_fields()
        return {name: fields.pop(name) for name in ("id", "user_id", "key", "name") if name in fields} | fields


class EndpointSerializer(_EndpointFields):
    """An endpoint, written and read."""

    state = serializers.ChoiceField(State.choices, source="current.state", read_only=True)
    state_changed_at = serializers.DateTimeField(source="current.changed_at", read_only=True)
    last_checked_at = serializers.DateTimeField(
        source="current.checked_at",
        read_only=True,
        allow_null=True,
        help_text="When it was checked last, as known a minute ago at most; each result is in report-service.",
    )


FEED_FIELDS = (
    "id",
    "user_id",
    "key",
    "name",
    *spec.SPEC_FIELDS,
    "tags",
    "version",
)


class EndpointFeedSerializer(_EndpointFields):
    """An endpoint as the other services see it: no state, `secrets` sealed, deleted ones too."""

    secrets = serializers.CharField(
        source="sealed", allow_null=True, help_text='Encrypted {"headers": {name: value}, "auth": {...} or null}.'
    )
    deleted = serializers.BooleanField()

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """By hand: a page has up to 5,000 items, and DRF's way takes five times as long."""
        item = {field: getattr(instance, field) for field in FEED_FIELDS}
        item["created_at"] = instance.created_at
        item["updated_at"] = instance.updated_at
        item["secrets"] = instance.sealed
        item["deleted"] = instance.deleted_at is not None
        return item


class EndpointQuery(serializers.Serializer[Any]):
    """The filters of a list."""

    SORTS = (
        "id",
        "name",
        "key",
        "url",
        "kind",
        "state",
        "state_changed_at",
        "last_checked_at",
        "created_at",
        "updated_at",
    )

    state = serializers.ListField(child=serializers.ChoiceField(State.choices), required=False)
    kind = serializers.ListField(child=serializers.ChoiceField(Kind.choices), required=False)
    tag = TagsField(required=False, help_text="Endpoints that have all of them.")
    enabled = serializers.BooleanField(required=False, allow_null=True, default=None)
    search = serializers.CharField(max_length=200, required=False, allow_blank=True, help_text="In name, URL and key.")
    sort = serializers.ChoiceField(
        [sort for name in SORTS for sort in (name, f"-{name}")], default="id", help_text="With - the other way round."
    )


class ValidateQuery(serializers.Serializer[Any]):
    """What a validation is about."""

    endpoint_id = serializers.IntegerField(
        min_value=1, max_value=MAX_ID, required=False, help_text="The endpoint that would become so; none is a new one."
    )
    field = serializers.ChoiceField(
        sorted({"key", "name", "tags", *spec.SPEC_FIELDS}),
        default="",
        help_text="Judge this field alone; the others may be absent.",
    )


class ValidateAnswerSerializer(serializers.Serializer[Any]):
    """ok: it could be saved; fail: `errors` says what is wrong, as saving it would."""

    status = serializers.ChoiceField(spec.OUTCOMES)
    # The wire's name; DRF takes declared fields off the class, so its own property of that name stays.
    errors = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(child=serializers.CharField()), required=False
    )


class CloneSerializer(serializers.Serializer[Any]):
    """What differs in the copy."""

    name = serializers.CharField(max_length=spec.MAX_NAME, required=False)
    key = KeyField(required=False)


class ActionSerializer(serializers.Serializer[Any]):
    """A call without a body."""


class EndpointActionSerializer(serializers.Serializer[Any]):
    """The endpoint after the action."""

    status = serializers.ChoiceField(spec.DONE)
    endpoint = EndpointSerializer()


class StateSerializer(serializers.Serializer[Any]):
    """What the checker says of one endpoint; `states.SaidState` reads it."""

    endpoint_id = serializers.IntegerField(min_value=1, max_value=MAX_ID)
    state = serializers.ChoiceField(State.choices)
    changed_at = serializers.DateTimeField()
    checked_at = serializers.DateTimeField(required=False, allow_null=True)
    version = serializers.IntegerField(min_value=0, max_value=MAX_ID)


class StatesSerializer(serializers.Serializer[Any]):
    """Up to 5,000 states."""

    states = serializers.ListField(child=StateSerializer(), max_length=MAX_STATES)


class OkSerializer(serializers.Serializer[Any]):
    """It was done."""

    status = serializers.ChoiceField(spec.DONE)

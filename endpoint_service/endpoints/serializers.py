"""Endpoints on the wire."""

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from common.api.contract_fields import refused, spec_fields
from common.api.known_fields import AnyField
from common.contracts.assertions import refuse_assertions_of_other_kinds, refuse_body_assertions_of_head
from common.contracts.check_kinds import KINDS, clean_target, kind_of
from common.contracts.endpoint import MAX_NAME, NAMING, SPEC_FIELDS, STATES, refused_fields
from common.contracts.invalid import Invalid
from common.contracts.options import refuse_options_of_other_kinds
from common.formats.ids import MAX_ID
from endpoint_service.endpoints.serializer_fields import DONE, OUTCOMES, KeyField, TagsField
from endpoint_service.endpoints.values import EndpointValues

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_KINDS = list(KINDS)


class SpecSerializer(serializers.Serializer[object]):
    """What is to be checked and how; only `url` is required."""

    def get_fields(self) -> dict[str, AnyField]:
        """Those of the contract."""
        return spec_fields() | super().get_fields()

    def to_internal_value(self, data: Any) -> EndpointValues:
        """Like DRF's, but unknown fields are refused where the view asks for it (imports and checks).

        Who says nothing of the kind gets the one that the address tells. Who asks for a short interval and says nothing of the
        timeout gets one that fits into it.
        """
        values: EndpointValues = super().to_internal_value(data)
        if "kind" in values and "kind" not in data:
            values["kind"] = kind_of(values["url"])
        if "timeout" in values and "timeout" not in data:
            values["timeout"] = min(values["timeout"], values["interval"])
        if self.context.get("strict"):
            unknown = [name for name in data if name not in self.fields]
            if unknown:
                raise serializers.ValidationError({str(unknown[0])[:50]: [_("Unknown field.")]})
        return values

    def validate(self, attrs: EndpointValues) -> EndpointValues:
        """Rules that look at more than one field, over what the endpoint will be after the change."""
        given: Mapping[str, object] = attrs

        def value(name: str) -> Any:
            return given[name] if name in given else getattr(self.instance, name)

        kind = value("kind")
        if "url" in attrs or "kind" in attrs:
            try:
                attrs["url"] = clean_target(kind, value("url"))
            except Invalid as error:
                raise serializers.ValidationError({"url": refused(error).detail}) from error
        if value("timeout") > value("interval"):
            raise serializers.ValidationError({"timeout": [_("The timeout cannot be longer than the interval.")]})
        for field in refused_fields(kind):
            if value(field):
                text = _("Endpoints of the kind %(kind)s do not have this.") % {"kind": kind}
                raise serializers.ValidationError({field: [text]})
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


class EndpointFields(SpecSerializer):
    """What users and services both see of an endpoint."""

    id = serializers.IntegerField(read_only=True)
    user_id = serializers.IntegerField(read_only=True)
    key = KeyField(required=False, help_text=NAMING["key"].about.doc)
    name = serializers.CharField(
        max_length=MAX_NAME, required=False, allow_blank=True, help_text=NAMING["name"].about.doc
    )
    tags = TagsField(default=list, help_text=NAMING["tags"].about.doc)
    version = serializers.IntegerField(read_only=True)
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)

    def get_fields(self) -> dict[str, AnyField]:
        """What an endpoint is comes first, then what is checked and how."""
        fields = super().get_fields()
        first, last = ("id", "user_id", "key", "name"), [name for name in fields if name not in SPEC_FIELDS]
        ordered = [*first, *SPEC_FIELDS, *(name for name in last if name not in first)]
        return {name: fields[name] for name in ordered if name in fields}


class EndpointSerializer(EndpointFields):
    """An endpoint, written and read."""

    state = serializers.ChoiceField(STATES, source="current.state", read_only=True)
    state_changed_at = serializers.DateTimeField(source="current.changed_at", read_only=True)
    last_checked_at = serializers.DateTimeField(
        source="current.checked_at",
        read_only=True,
        allow_null=True,
        help_text="When it was checked last, as known a minute ago at most; each result is in report-service.",
    )


class EndpointQuery(serializers.Serializer[object]):
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

    state = serializers.ListField(child=serializers.ChoiceField(STATES), required=False)
    kind = serializers.ListField(child=serializers.ChoiceField(_KINDS), required=False)
    tag = TagsField(required=False, help_text="Endpoints that have all of them.")
    enabled = serializers.BooleanField(required=False, allow_null=True, default=None)
    search = serializers.CharField(max_length=200, required=False, allow_blank=True, help_text="In name, URL and key.")
    sort = serializers.ChoiceField(
        [sort for name in SORTS for sort in (name, f"-{name}")], default="id", help_text="With - the other way round."
    )


class ValidateQuery(serializers.Serializer[object]):
    """What a validation is about."""

    endpoint_id = serializers.IntegerField(
        min_value=1, max_value=MAX_ID, required=False, help_text="The endpoint that would become so; none is a new one."
    )
    field = serializers.ChoiceField(
        sorted({*NAMING, *SPEC_FIELDS}),
        default="",
        help_text="Judge this field alone; the others may be absent.",
    )


class ValidateAnswerSerializer(serializers.Serializer[object]):
    """ok: it could be saved; fail: `errors` says what is wrong, as saving it would."""

    status = serializers.ChoiceField(OUTCOMES)
    # The wire's name; DRF takes declared fields off the class, so its own property of that name stays.
    errors = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(child=serializers.CharField()), required=False
    )


class CloneSerializer(serializers.Serializer[object]):
    """What differs in the copy."""

    name = serializers.CharField(max_length=MAX_NAME, required=False)
    key = KeyField(required=False)


class ActionSerializer(serializers.Serializer[object]):
    """A call without a body."""


class EndpointActionSerializer(serializers.Serializer[object]):
    """The endpoint after the action."""

    status = serializers.ChoiceField(DONE)
    endpoint = EndpointSerializer()

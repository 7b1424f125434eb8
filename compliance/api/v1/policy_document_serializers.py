"""Wire forms of what is found out about policy documents."""
# SPDX-License-Identifier: Apache-2.0

from typing import Any

from rest_framework import serializers

from compliance.api.fields import StrictSerializer, TextField
from compliance.api.v1.analysis_serializers import CasesSerializer


class DocumentProblemSerializer(serializers.Serializer[Any]):
    """One thing that is wrong with a document."""

    pointer = serializers.CharField(allow_blank=True, help_text="JSON pointer (RFC 6901)")
    detail = serializers.CharField(help_text="what was expected")
    line = serializers.IntegerField(allow_null=True, help_text="from 1, in YAML")
    suggestion = serializers.CharField(
        allow_null=True, help_text="the known word nearest to an unknown one"
    )


class CheckSerializer(serializers.Serializer[Any]):
    """Whether a document is a policy set, and what is wrong with it if not."""

    valid = serializers.BooleanField()
    digest = serializers.CharField(
        allow_null=True, help_text="sha256:<hex> of the canonical document; null if not valid"
    )
    rules = serializers.IntegerField(allow_null=True, help_text="how many; null if not valid")
    problems = DocumentProblemSerializer(many=True)


class TestedSerializer(CasesSerializer):
    """How every test case of a document came out."""

    design_digest = serializers.CharField(
        allow_null=True, help_text="of the authentication design; null if none is in force"
    )


class DifferenceQuery(StrictSerializer):
    """With which version to compare."""

    to = TextField(
        default="",
        allow_blank=True,
        max_length=71,
        help_text="reference or digest of a version; the one in force where it is left out",
    )


class NamedVersionSerializer(serializers.Serializer[Any]):
    """Which version."""

    ref = serializers.CharField()
    number = serializers.IntegerField()
    digest = serializers.CharField(help_text="sha256:<hex> of the canonical document")


class DocumentChangeSerializer(serializers.Serializer[Any]):
    """One thing under its name, before and after in words; null where it was not, or is no more."""

    kind = serializers.ChoiceField(choices=["added", "removed", "changed"])
    name = serializers.CharField()
    before = serializers.CharField(allow_null=True, allow_blank=True)
    after = serializers.CharField(allow_null=True, allow_blank=True)
    fields = serializers.ListField(  # type: ignore[assignment]  # the wire's word, not DRF's
        child=serializers.CharField(), help_text="which parts of a rule differ"
    )


class DifferenceSerializer(serializers.Serializer[Any]):
    """What `to` says differently from `from`; the order of rules is no difference."""

    to = NamedVersionSerializer()
    document = DocumentChangeSerializer(many=True, help_text="name, `otherwise`, metadata")
    attributes = DocumentChangeSerializer(many=True)
    rules = DocumentChangeSerializer(many=True)
    tests = DocumentChangeSerializer(many=True)

    def get_fields(self) -> Any:
        """Return the members, with the one whose name Python keeps for itself."""
        return {"from": NamedVersionSerializer(), **super().get_fields()}


class ExportSerializer(serializers.Serializer[Any]):
    """A signed export; the signature is over the RFC 8785 form of all other members."""

    type = serializers.ChoiceField(choices=["ninefold-policy-export-1"])
    name = serializers.CharField()
    number = serializers.IntegerField()
    digest = serializers.CharField(help_text="sha256:<hex> of `document`")
    document = serializers.CharField(help_text="the canonical policy set, as text")
    exported_at = serializers.CharField()
    key_id = serializers.CharField(help_text="sha256:<hex> of the raw public key")
    signature = serializers.CharField(help_text="Ed25519, base64")

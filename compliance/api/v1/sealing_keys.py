"""The public keys that input may be sealed to."""
# SPDX-License-Identifier: Apache-2.0

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from compliance.api.views import ApiView, psp_of
from compliance.evidence.sealing_keys import sealing_key_document, sealing_keys_of


class SealingKeySerializer(serializers.Serializer[Any]):
    """A public key, with all that an app needs to seal to it."""

    ref = serializers.CharField()
    kid = serializers.CharField(help_text="the `kid` of the header")
    jwk = serializers.DictField(
        child=serializers.CharField(), help_text="the public key (JWK); its `alg` is the header's"
    )
    enc = serializers.CharField(help_text="the `enc` of the header")
    thumbprint = serializers.CharField(help_text="RFC 7638, `sha256:<hex>`")
    added_at = serializers.DateTimeField()
    retired_at = serializers.DateTimeField(
        allow_null=True, help_text="from then on nothing sealed to it is taken"
    )


class SealingKeysSerializer(serializers.Serializer[Any]):
    """The PSP's keys, newest first."""

    items = SealingKeySerializer(many=True)


class SealingKeysView(ApiView):
    """The public keys that input may be sealed to."""

    scopes: ClassVar = {"GET": ("read", "decide")}

    @extend_schema(
        operation_id="list_sealing_keys",
        summary="List the keys that input may be sealed to",
        responses={200: SealingKeysSerializer},
        tags=["decisions"],
    )
    def get(self, request: Request) -> Response:
        """Return the PSP's public keys, retired ones included; the private ones are the PSP's alone.

        People register and retire them (`manage.py sealing_keys`): no API key can say who is to read
        what payers type.
        """
        items = [sealing_key_document(row) for row in sealing_keys_of(psp_of(request))]
        return Response({"items": items})

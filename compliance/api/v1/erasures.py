"""Erasing what links decisions to a payer."""
# SPDX-License-Identifier: Apache-2.0

from http import HTTPStatus
from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from compliance.api.fields import StrictSerializer, TextField
from compliance.api.parsing import parsed_body
from compliance.api.views import ApiView, key_of, psp_of
from compliance.decisions.erasing import erase_payer
from compliance.decisions.presentation import erased_document


@extend_schema_serializer(
    examples=[OpenApiExample("A payer", {"payer_ref": "c-5501"}, request_only=True)]
)
class ErasureRequest(StrictSerializer):
    """Whose decisions are to be unlinked."""

    payer_ref = TextField(max_length=128, help_text="as `subject.payer_ref` of the decisions")


class ErasureSerializer(serializers.Serializer[Any]):
    """What was erased in one transaction."""

    ref = serializers.CharField()
    decisions = serializers.IntegerField(help_text="decisions that lead to nobody any more")
    records = serializers.IntegerField(help_text="those of them whose record was destroyed")
    leaf_hash = serializers.CharField(help_text="of its ledger entry, hexadecimal")


class ErasedSerializer(serializers.Serializer[Any]):
    """What was erased; it does not repeat of whom."""

    decisions = serializers.IntegerField(help_text="0 if there was nothing (more) to erase")
    erasures = ErasureSerializer(many=True)


class ErasuresView(ApiView):
    """Erasing what links decisions to a payer."""

    scopes: ClassVar = {"POST": ("erase",)}

    @extend_schema(
        operation_id="erase_payer",
        summary="Erase a payer",
        request=ErasureRequest,
        responses={200: ErasedSerializer, 201: ErasedSerializer},
        tags=["decisions"],
    )
    def post(self, request: Request) -> Response:
        """Destroy the records of the decisions on a payer, and what links these to the payer.

        It cannot be undone. Decisions, ledger entries and proofs stay, and the ledger says how many
        records were erased, never whose. Safe to repeat: 200 says that there was nothing to erase.
        A decision that is made meanwhile may be missed, so stop asking about the payer first.
        """
        body = parsed_body(request, ErasureRequest)
        erased = erase_payer(
            psp=psp_of(request), payer_ref=body["payer_ref"], by=key_of(request), now=self.now
        )
        status = HTTPStatus.CREATED if erased.erasures else HTTPStatus.OK
        return Response(erased_document(erased.erasures), status=status)

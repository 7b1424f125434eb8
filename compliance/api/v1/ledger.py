"""The PSP's log as C2SP tlog-tiles serves one: checkpoint, tiles, entries; and consistency."""
# SPDX-License-Identifier: Apache-2.0

import base64
from typing import Any, ClassVar, Final

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from compliance.api.documentation import ALSO_REFUSES
from compliance.api.fields import StrictSerializer, WholeNumberField
from compliance.api.renderers import BytesRenderer, TextRenderer
from compliance.api.v1.tile_paths import read_tile_path
from compliance.api.views import ApiView, psp_of
from compliance.core.errors import NotFoundError
from compliance.ledger.selectors import (
    checkpoint_of,
    consistency_between,
    entry_bundle_of,
    log_of,
    tile_of,
)

_FOREVER: Final = "private, max-age=31536000, immutable"

_TILE_PARAMETER = OpenApiParameter(
    "path",
    {"type": "string", "pattern": r"^(entries|0|[1-9][0-9]?)/(x[0-9]{3}/)*[0-9]{3}(\.p/[0-9]+)?$"},
    OpenApiParameter.PATH,
    description="`<level>/<index>[.p/<width>]` or `entries/<index>[.p/<width>]`; the index in "
    "groups of three digits, such as `x001/x234/067`",
)


class LedgerSerializer(serializers.Serializer[Any]):
    """What a verifier needs to know of the log."""

    origin = serializers.CharField(help_text="name of the log, first line of its checkpoints")
    vkey = serializers.CharField(help_text="verifier key (C2SP signed-note)")
    size = serializers.IntegerField(help_text="entries that the newest checkpoint covers")


class LedgerView(ApiView):
    """The PSP's log."""

    scopes: ClassVar = {"GET": ("read",)}

    @extend_schema(
        operation_id="read_ledger",
        summary="Read the log's name, key and size",
        responses={200: LedgerSerializer},
        tags=["ledger"],
        extensions={ALSO_REFUSES: ["not-found"]},
    )
    def get(self, request: Request) -> Response:
        """Return what a verifier needs beside proofs."""
        psp = psp_of(request)
        log = log_of(psp)
        if log is None:
            raise NotFoundError("log of", psp.ref)
        return Response({"origin": log.origin, "vkey": log.vkey, "size": log.published_size})


class CheckpointView(ApiView):
    """The newest signed state of the log."""

    scopes: ClassVar = {"GET": ("read",)}
    renderer_classes = (TextRenderer,)
    cache_control = "private, max-age=1"

    @extend_schema(
        operation_id="read_checkpoint",
        summary="Fetch the newest checkpoint",
        responses={200: str},
        tags=["ledger"],
        extensions={ALSO_REFUSES: ["not-found"]},
    )
    def get(self, request: Request) -> HttpResponse:
        """Return the checkpoint, a signed note (C2SP tlog-checkpoint)."""
        psp = psp_of(request)
        checkpoint = checkpoint_of(psp)
        if checkpoint is None:
            raise NotFoundError("checkpoint of", psp.ref)
        return HttpResponse(checkpoint, content_type="text/plain; charset=utf-8")


class TileView(ApiView):
    """Tiles of hashes, and bundles of entries."""

    scopes: ClassVar = {"GET": ("read",)}
    renderer_classes = (BytesRenderer,)

    @extend_schema(
        operation_id="read_tile",
        summary="Fetch a tile of hashes or a bundle of entries",
        parameters=[_TILE_PARAMETER],
        responses={200: bytes},
        tags=["ledger"],
    )
    def get(self, request: Request, path: str) -> HttpResponse:
        """Return the tile (C2SP tlog-tiles); a full one never changes again."""
        psp = psp_of(request)
        tile = read_tile_path(path)
        if tile is None:
            raise NotFoundError("tile", path[:80])
        if tile.level is None:
            content = entry_bundle_of(psp, tile.number, tile.width)
        else:
            content = tile_of(psp, tile.level, tile.number, tile.width)
        response = HttpResponse(content, content_type=BytesRenderer.media_type)
        # What a partial tile holds never changes either, but it is soon replaced by a wider one.
        response["Cache-Control"] = _FOREVER if tile.is_full else "private, max-age=60"
        return response


class ConsistencyQuery(StrictSerializer):
    """Two sizes of the tree."""

    to = WholeNumberField(min_value=1, help_text="the later size")

    def get_fields(self) -> dict[str, Any]:
        """Return the fields; `from` is no name that a class body can hold."""
        earlier = WholeNumberField(min_value=1, help_text="the earlier size")
        return {"from": earlier, **super().get_fields()}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse sizes in the wrong order."""
        if attrs["from"] > attrs["to"]:
            raise serializers.ValidationError({"to": "expected at least `from`"})
        return attrs


class ConsistencySerializer(StrictSerializer):
    """A consistency proof (RFC 6962, section 2.1.2)."""

    to = serializers.IntegerField()
    hashes = serializers.ListField(child=serializers.CharField(), help_text="base64, in order")

    def get_fields(self) -> dict[str, Any]:
        """Return the fields; `from` is no name that a class body can hold."""
        return {"from": serializers.IntegerField(), **super().get_fields()}


class ConsistencyView(ApiView):
    """The proof that nothing was changed between two checkpoints."""

    scopes: ClassVar = {"GET": ("read",)}
    query_class = ConsistencyQuery

    @extend_schema(
        operation_id="read_consistency",
        summary="Prove that a later tree continues an earlier one",
        parameters=[ConsistencyQuery],
        responses={200: ConsistencySerializer},
        tags=["ledger"],
    )
    def get(self, request: Request) -> Response:
        """Return the hashes of the proof."""
        earlier, later = self.query["from"], self.query["to"]
        hashes = consistency_between(psp_of(request), earlier, later)
        listed = [base64.b64encode(value).decode() for value in hashes]
        return Response({"from": earlier, "to": later, "hashes": listed})

"""Media types of answers that are not JSON; the views hand over finished bytes."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from typing import Any

from rest_framework.renderers import BaseRenderer


class BytesRenderer(BaseRenderer):
    """Passes bytes through."""

    media_type = "application/octet-stream"
    format = "bin"
    charset: str | None = None
    render_style = "binary"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,  # noqa: ARG002 - DRF's signature
        renderer_context: Mapping[str, Any] | None = None,  # noqa: ARG002 - DRF's signature
    ) -> Any:
        """Return the bytes as they are."""
        return data


class PdfRenderer(BytesRenderer):
    """A sealed report."""

    media_type = "application/pdf"
    format = "pdf"


class ZipRenderer(BytesRenderer):
    """A proof bundle."""

    media_type = "application/zip"
    format = "zip"


class TextRenderer(BytesRenderer):
    """Signed notes and proofs: UTF-8 text (C2SP)."""

    media_type = "text/plain"
    format = "txt"
    charset = "utf-8"
    render_style = "text"

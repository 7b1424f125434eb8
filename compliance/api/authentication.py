"""Who calls: a PSP's back-end, shown by its API key; session cookies are not accepted here."""
# SPDX-License-Identifier: Apache-2.0

import re

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from compliance.tenants.models import ApiKey
from compliance.tenants.selectors import api_key_for

_HEADER = re.compile(r"(?i:bearer) +([A-Za-z0-9_-]{1,128})")


class ApiKeyAuthentication(BaseAuthentication):
    """Takes `Authorization: Bearer <API key>` (RFC 6750, section 2.1) and nothing else."""

    def authenticate(self, request: Request) -> tuple[None, ApiKey] | None:
        """Return no person and the key's row, or None if no `Authorization` was sent.

        Raises:
            AuthenticationFailed: the same for a key that is malformed, unknown, revoked or expired.
        """
        header = request.headers.get("Authorization")
        if header is None:
            return None
        match = _HEADER.fullmatch(header)
        key = api_key_for(match[1], now=timezone.now()) if match else None
        if key is None:
            raise AuthenticationFailed
        return None, key

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002 - DRF's signature
        """Return the challenge that goes with a 401."""
        return 'Bearer realm="ninefold"'

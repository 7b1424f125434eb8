"""Versions of the policy set in addresses: by reference, or by the digest of their text."""
# SPDX-License-Identifier: Apache-2.0

import re
from typing import Final

from drf_spectacular.utils import OpenApiParameter

from compliance.core.errors import NotFoundError
from compliance.policysets.selectors import version_by_digest
from compliance.tenants.models import Psp

_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)
_REF: Final = re.compile(r"pol_[0-9a-z]{26}", re.ASCII)

VERSION_PARAMETER: Final = OpenApiParameter(
    "version",
    {"type": "string", "pattern": "^(sha256:[0-9a-f]{64}|pol_[0-9a-z]{26})$"},
    OpenApiParameter.PATH,
    description="its reference, or the digest as in `policy.digest` of a decision",
)
"""The version in an address, for the OpenAPI document."""


def version_ref_of(psp: Psp, version: str) -> str:
    """Return the reference of the version that an address names; of several with one text, the newest.

    Raises:
        NotFoundError: if it names nothing, or the PSP has no version with that digest.
    """
    if _DIGEST.fullmatch(version):
        return version_by_digest(psp, version).ref
    if _REF.fullmatch(version):
        return version
    raise NotFoundError("policy set version", version[:80])

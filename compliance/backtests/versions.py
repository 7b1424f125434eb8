"""Finds the version that is to be compared."""
# SPDX-License-Identifier: Apache-2.0

from compliance.core.errors import NotFoundError
from compliance.policysets.models import PolicySetVersion
from compliance.tenants.models import Psp


def candidate_version(psp: Psp, ref: str) -> PolicySetVersion:
    """Return the PSP's version `ref`, in whatever state of its life it is.

    Raises:
        NotFoundError: if the PSP has none of that reference.
    """
    version = PolicySetVersion.objects.filter(psp=psp, ref=ref).first()
    if version is None:
        raise NotFoundError("policy set version", ref)
    return version

"""Who vouched for devices: providers of evidence, and the roots that they are verified against."""
# SPDX-License-Identifier: Apache-2.0

from datetime import datetime
from typing import NamedTuple

from django.db.models import Q

from compliance.assessments.scope import Scope
from compliance.evidence.models import RevocationList, TrustAnchor


class ProviderViews(NamedTuple):
    """Trust anchors and revocation lists as of the report's moment."""

    anchors: tuple[TrustAnchor, ...]
    lists: tuple[RevocationList, ...]


def provider_views(scope: Scope, *, as_of: datetime) -> ProviderViews:
    """Return what evidence was verified against at the end of the period."""
    moment = min(scope.end, as_of)
    anchors = TrustAnchor.objects.filter(
        Q(removed_at=None) | Q(removed_at__gt=moment),
        Q(is_known=True) | Q(before_four_eyes=True) | Q(approved_at__lte=moment),
        Q(psp=scope.psp) | Q(psp=None),
        added_at__lte=moment,
    ).select_related("approved_by")
    lists = RevocationList.objects.filter(
        Q(psp=scope.psp) | Q(psp=None), loaded_at__gte=scope.start, loaded_at__lte=moment
    )
    return ProviderViews(
        anchors=tuple(anchors.order_by("provider", "added_at", "pk")),
        lists=tuple(lists.defer("content").order_by("provider", "loaded_at", "pk")),
    )

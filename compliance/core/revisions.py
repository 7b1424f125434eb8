"""The cache revision: services bump it, the hot path polls it."""
# SPDX-License-Identifier: Apache-2.0

from django.db.models import F

from compliance.core.models import Revision

_ROW = 1


def bump_revision() -> None:
    """Make every process reload what it caches, within a second of the commit."""
    if not Revision.objects.filter(pk=_ROW).update(number=F("number") + 1):
        Revision.objects.get_or_create(pk=_ROW, defaults={"number": 1})


def current_revision() -> int:
    """Return the number of the last change; 0 before the first."""
    row = Revision.objects.filter(pk=_ROW).values_list("number", flat=True).first()
    return row or 0

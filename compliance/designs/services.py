"""Stores versions of authentication designs; each is a ledger entry."""
# SPDX-License-Identifier: Apache-2.0

from datetime import datetime

from django.db import transaction
from django.db.models import Max

from compliance.core.refs import new_ref
from compliance.core.revisions import bump_revision
from compliance.designs.models import DesignVersion
from compliance.ledger.staging import stage_json
from compliance.tenants.models import Psp
from policies.documents import digest_of_designs, read_designs, write_designs


@transaction.atomic
def create_design_version(
    *, psp: Psp, source: bytes, created_by: str, now: datetime
) -> DesignVersion:
    """Store the document `source` (JSON or YAML) as the PSP's next version, in force from `now`.

    Raises:
        DesignDocumentError: if the document is not a valid set of designs.
    """
    designs = read_designs(source)
    # One at a time for a PSP, so that two versions never ask for one number.
    Psp.objects.select_for_update(no_key=True).get(pk=psp.pk)
    last = DesignVersion.objects.filter(psp=psp).aggregate(last=Max("number"))["last"] or 0
    version = DesignVersion.objects.create(
        psp=psp,
        ref=new_ref("des", now=now),
        number=last + 1,
        name=designs.name,
        document=write_designs(designs).decode(),
        source=source.decode("utf-8-sig"),
        digest=digest_of_designs(designs),
        active_from=now,
        created_by=created_by,
        created_at=now,
    )
    body = {
        "schema": 1,
        "type": "design_activated",
        "ref": version.ref,
        "number": version.number,
        "digest": version.digest,
        "at": now.isoformat(),
    }
    stage_json(psp=psp, kind="design_activated", ref=version.ref, body=body, now=now)
    bump_revision()
    return version

"""Sets up providers of evidence for a PSP: its keys, its lists, its names. Encrypted, versioned, logged."""
# SPDX-License-Identifier: Apache-2.0

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from compliance.core.refs import new_ref
from compliance.core.revisions import bump_revision
from compliance.evidence.errors import InvalidProviderSettingsError
from compliance.evidence.models import ProviderSettings
from compliance.evidence.providers import PROVIDERS
from compliance.evidence.providers.shape import SettingsError
from compliance.evidence.required import NAME as REQUIRED_EVIDENCE
from compliance.evidence.required import read_required_evidence
from compliance.evidence.vault import seal
from compliance.ledger.staging import stage_json
from compliance.tenants.models import Psp
from policies.documents import DocumentError, Problem
from policies.documents.tree import Node, parse


@transaction.atomic
def set_up_provider(
    *, psp: Psp, provider: str, source: bytes, set_by: str, now: datetime
) -> ProviderSettings:
    """Store what the PSP sets up for a provider, JSON or YAML; it counts within a second.

    The document replaces the one before it. It is stored encrypted: it may hold keys and secrets.

    Raises:
        InvalidProviderSettingsError: if there is nothing to set up for such a provider, or the
            document makes no sense; every place is named.
    """
    require_sound(provider, source)
    Psp.objects.select_for_update(no_key=True).get(pk=psp.pk)
    ref = new_ref("set", now=now)
    rows = ProviderSettings.objects.filter(psp=psp, provider=provider)
    sealed = seal(source, bound_to=ref)
    row = ProviderSettings.objects.create(
        psp=psp,
        ref=ref,
        provider=provider,
        number=(rows.aggregate(last=Max("number"))["last"] or 0) + 1,
        sealed=sealed,
        digest=f"sha256:{hashlib.sha256(sealed).hexdigest()}",
        set_by=set_by,
        set_at=now,
    )
    _stage(row, now)
    bump_revision()
    return row


def require_sound(provider: str, source: bytes) -> None:
    """Check that the provider's module takes the document.

    Raises:
        InvalidProviderSettingsError: if not; every place is named, with its line.
    """
    read_settings = _reader_of(provider)
    tree = _object_in(source)
    try:
        read_settings(_plain(tree))
    except SettingsError as error:
        raise InvalidProviderSettingsError(_with_lines(tree, error.problems)) from error


def settings_from(provider: str, source: bytes) -> Any:
    """Return what a provider's module makes of a document that was stored.

    Raises:
        InvalidProviderSettingsError: if today's module refuses it.
    """
    try:
        return _reader_of(provider)(_plain(_object_in(source)))
    except SettingsError as error:
        raise InvalidProviderSettingsError(error.problems) from error


def _object_in(source: bytes) -> Node:
    """Return the tree of a document that is an object."""
    try:
        tree = parse(source)
    except DocumentError as error:
        raise InvalidProviderSettingsError(error.problems) from error
    if not isinstance(tree.value, dict):
        raise InvalidProviderSettingsError([Problem("", "expected an object")])
    return tree


def providers_to_set_up() -> list[str]:
    """Return the names for which there is something to set up, in their order."""
    return sorted(_readers())


def _readers() -> dict[str, Any]:
    """Return how each provider reads what is set up for it."""
    readers: dict[str, Any] = {
        name: each.read_settings
        for name, each in PROVIDERS.items()
        if each.read_settings is not None
    }
    readers[REQUIRED_EVIDENCE] = read_required_evidence
    return readers


def _reader_of(provider: str) -> Any:
    """Return how a provider reads what is set up for it."""
    readers = _readers()
    if provider not in readers:
        detail = f"nothing to set up for `{provider}`: expected {', '.join(sorted(readers))}"
        raise InvalidProviderSettingsError([Problem("", detail)])
    return readers[provider]


def _plain(node: Node) -> Any:
    """Return the JSON value of a tree."""
    value = node.value
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value


def _with_lines(tree: Node, problems: Iterable[Problem]) -> Iterable[Problem]:
    """Yield the problems with the line of each place, as far as the document has it."""
    for problem in problems:
        yield problem._replace(line=_line_of(tree, problem.pointer))


def _line_of(tree: Node, pointer: str) -> int | None:
    """Return the line of what a pointer names, or of what comes nearest to it."""
    node = tree
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        value = node.value
        if isinstance(value, dict) and name in value:
            node = value[name]
        elif isinstance(value, list) and name.isdigit() and int(name) < len(value):
            node = value[int(name)]
        else:
            break
    return node.line


def _stage(row: ProviderSettings, now: datetime) -> None:
    """Stage the ledger entry: that something was set up, and the digest of its encrypted form."""
    body = {
        "schema": 1,
        "type": "provider_settings_changed",
        "ref": row.ref,
        "provider": row.provider,
        "number": row.number,
        "digest": row.digest,
        "at": now.isoformat(),
    }
    stage_json(psp=row.psp, kind="provider_settings_changed", ref=row.ref, body=body, now=now)

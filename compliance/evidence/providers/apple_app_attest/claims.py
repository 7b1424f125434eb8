"""What verified evidence says, by the paths and operations that the catalogue of findings uses."""
# SPDX-License-Identifier: Apache-2.0

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Any, Final

from compliance.evidence.providers.apple_app_attest import rules
from compliance.evidence.providers.apple_app_attest.authenticator_data import (
    AttestedData,
    Extensions,
)
from compliance.evidence.providers.apple_app_attest.payload import Expected
from compliance.evidence.providers.apple_app_attest.receipt import Receipt
from compliance.evidence.providers.apple_app_attest.rules import IN, UNKNOWN
from compliance.evidence.providers.apple_app_attest.settings import (
    VALIDATION_CATEGORIES,
    Settings,
)
from policies.model.facts import FUTURE_TOLERANCE_S
from policies.vocabulary.attributes import version_key

DIFFERS_FROM_APP: Final = (rules.RP_ID_HASH, "not_equal_sha256_of_app_id")
IS_APP: Final = (rules.RP_ID_HASH, "equals_sha256_of_app_id")
RECEIPT_OF_OTHER_APP: Final = (rules.RECEIPT_APP, "not_equal_registered")
NOT_BOUND: Final = (rules.NONCE, "not_equal_expected")
IN_HARDWARE: Final = (rules.ATTESTATION, "chain valid to Apple App Attestation Root CA")
REGRESSED: Final = (rules.ASSERTION_COUNTER, "<= last_seen")
FARMING: Final = (rules.RECEIPT_METRIC, "above_baseline")
EXPIRED: Final = (rules.RECEIPT_EXPIRES, "passed")
TOO_OLD: Final = (rules.RECEIPT_CREATED, "older_than")
OTHER_CATEGORY: Final = (rules.VALIDATION_CATEGORY, "not_in_allowed_set")
OLD_VERSION: Final = (rules.BUNDLE_VERSION, "below_minimum_or_unknown")

_TOLERANCE: Final = timedelta(seconds=FUTURE_TOLERANCE_S)

Claimed = dict[tuple[str, str], Any]


class Unevaluated(set[str]):
    """What was to be looked at and could not be: words for the details of an appraisal."""


def apps_of(expected: Expected, settings: Settings) -> frozenset[str]:
    """Return the apps that evidence may be of: the one of this request, else those of the PSP."""
    return settings.app_ids if expected.app_id is None else frozenset({expected.app_id})


def claims_of_app(rp_id_hash: bytes, apps: frozenset[str], open_: Unevaluated) -> Claimed:
    """Return whether the digest of the app's id is that of one of `apps`."""
    if not apps:
        open_.add("app_id")
        return {DIFFERS_FROM_APP: UNKNOWN, IS_APP: UNKNOWN}
    digests = [hashlib.sha256(app.encode()).digest() for app in apps]
    is_app = any(hmac.compare_digest(digest, rp_id_hash) for digest in digests)
    return {DIFFERS_FROM_APP: not is_app, IS_APP: is_app}


def claims_of_extensions(extensions: Extensions, settings: Settings, open_: Unevaluated) -> Claimed:
    """Return what the extensions say of the app, as far as the PSP asks; older systems say nothing."""
    claims: Claimed = {}
    category = extensions.validation_category
    if category is not None:
        claims[rules.VALIDATION_CATEGORY, IN] = category
        if category not in VALIDATION_CATEGORIES:
            open_.add("validation_category")
    if settings.validation_categories is not None:
        claims[OTHER_CATEGORY] = (
            UNKNOWN if category is None else category not in settings.validation_categories
        )
    minimum = settings.minimum_bundle_version
    if minimum is not None:
        version = version_key(extensions.bundle_version or "")
        claims[OLD_VERSION] = UNKNOWN if version is None else version < minimum
    if extensions.unknown:
        open_.add("extensions")
    return claims


def claims_of_attested(data: AttestedData, open_: Unevaluated) -> Claimed:
    """Return what an attestation says of the environment and of the key."""
    if data.environment is None:
        open_.add("environment")
    return {(rules.AAGUID, IN): data.environment, IN_HARDWARE: True}


def claims_of_receipt(
    receipt: Receipt, apps: frozenset[str], *, max_age: timedelta, at: datetime
) -> Claimed:
    """Return what a receipt says of the app, the environment, and its own age at `at`.

    A receipt of a later moment than the evidence's says nothing of its age.
    """
    claims: Claimed = {
        EXPIRED: at > receipt.expires_at,
        TOO_OLD: UNKNOWN
        if receipt.created_at > at + _TOLERANCE
        else at - receipt.created_at > max_age,
    }
    if apps:
        claims[RECEIPT_OF_OTHER_APP] = receipt.app_id not in apps
    if receipt.environment is not None:
        claims[rules.RECEIPT_ENVIRONMENT, IN] = receipt.environment
    return claims


def claims_of_metric(receipt: Receipt, settings: Settings, open_: Unevaluated) -> Claimed:
    """Return whether the device has made more keys than is usual.

    The receipt that comes with an attestation has no metric yet: it must be renewed with Apple.
    """
    baseline = settings.risk_metric_baseline
    if receipt.risk_metric is None or baseline is None:
        open_.add("risk_metric")
        return {FARMING: UNKNOWN}
    return {FARMING: receipt.risk_metric > baseline}

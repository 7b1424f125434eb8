"""What each kind of problem means, and what to do about it."""
# SPDX-License-Identifier: Apache-2.0

from types import MappingProxyType
from typing import Final

from django.utils.translation import gettext_lazy as _

MEANINGS: Final = MappingProxyType(
    {
        "malformed-json": _(
            "The body is not JSON (RFC 8259) in UTF-8. NaN, infinity and half surrogate pairs do "
            "not exist in JSON. Send it again in a form that a strict parser reads."
        ),
        "invalid-request": _(
            "The body is JSON, but not of the shape that this call takes. `errors` names each "
            "place by its JSON pointer; unknown members are refused, so that a misspelt one is "
            "never ignored."
        ),
        "invalid-query": _(
            "A query parameter is unknown, given twice, or of another form than it should be. "
            "`errors` names it. A cursor is valid only as a page gave it."
        ),
        "unauthenticated": _(
            "No usable API key came with the request. Send `Authorization: Bearer nf_…`. Unknown, "
            "expired and revoked keys are answered alike."
        ),
        "scope-too-small": _(
            "The API key is good, but does not have the scope that this call needs. `detail` "
            "names the scope; an administrator of the PSP makes a key that has it."
        ),
        "role-too-small": _(
            "The person's role at this PSP does not allow this. An administrator gives roles."
        ),
        "not-found": _(
            "There is nothing of that name for this PSP. What belongs to another PSP reads the "
            "same as what does not exist."
        ),
        "method-not-allowed": _("The address exists, but not with this method; see `Allow`."),
        "not-acceptable": _(
            "The address has no form that the `Accept` header allows. Leave the header out, or "
            "ask for the media type that the reference names."
        ),
        "conflict": _(
            "The state of the thing does not allow what was asked. Read it again before trying "
            "anything else."
        ),
        "no-policy-in-force": _(
            "The PSP has no policy set in force at that moment, so nothing can be decided. Import, "
            "approve and activate one."
        ),
        "self-approval": _("A version is approved by another person than its author."),
        "stale-approval": _(
            "The approval names another text than the version has: look at the version again."
        ),
        "shadow-running": _(
            "The PSP has a shadow already, and has one at a time. Stop the one that runs, or wait "
            "for its end."
        ),
        "shadow-of-itself": _(
            "The version has the text that is in force: beside itself it would show nothing. Name "
            "another version."
        ),
        "not-analysed": _(
            "The step needs an analysis of the version that answers for the authentication design "
            "and the policy set in force, and there is none yet. It is made within about a minute: "
            "follow `/v1/policy-sets/{version}/analysis`, or ask for it there where it failed."
        ),
        "activation-blocked": _(
            "A property that the version has to have is neither proved nor waived, or one of its "
            "test cases failed; `detail` names them. Write a version of which they hold, or have "
            "two people stand up for a waiver of the property; a test case cannot be waived."
        ),
        "not-yet-published": _(
            "The entry is durable, but no signed checkpoint covers it yet. Try again after "
            "`Retry-After`; checkpoints are published about once a second."
        ),
        "body-too-large": _("The body is larger than this call takes; `detail` names the limit."),
        "unsupported-media-type": _(
            "The body is not announced as `application/json`, or it is compressed."
        ),
        "limit-exceeded": _(
            "Something in the request goes over a limit: its nesting, the length of a list or of a "
            "text. `detail` and `errors` name it."
        ),
        "invalid-attributes": _(
            "An attribute is missing, unknown, or not of the type that the policy set in force "
            "declares. `errors` names each."
        ),
        "invalid-psp": _("The details of a PSP do not make sense; `detail` says which."),
        "invalid-waiver": _(
            "The waiver was asked for on terms that make no sense. `errors` names each place: the rule "
            "has to exist, the scope has to name something, and 180 days is the longest time."
        ),
        "invalid-trust-anchor": _(
            "The trust anchor cannot be read, is too weak, or is there already."
        ),
        "invalid-revocation-list": _("The revocation list cannot be read."),
        "invalid-provider-settings": _(
            "What was to be set up for a provider of evidence makes no sense, or nothing can be set "
            "up for it."
        ),
        "invalid-sealing-key": _(
            "What was given is not a public key (JWK) that input can be sealed to: ECDH-ES+A256KW with "
            "P-256 or X25519, or RSA-OAEP-256. The private key stays with the PSP."
        ),
        "unknown-sealing-key": _(
            "The sealed input names a key, or an algorithm, that the PSP has not registered, or that "
            "it has retired. See `/v1/sealing-keys` for those that are taken."
        ),
        "unknown-scope": _("An API key was asked for with a scope that does not exist."),
        "too-many-requests": _("Too many requests in a short time. Wait for `Retry-After`."),
        "unavailable": _(
            "Something that the service needs does not answer: nothing was recorded that was not "
            "answered. Try again after `Retry-After`."
        ),
        "ledger-inconsistent": _(
            "The ledger contradicts itself or an earlier checkpoint. Nothing is signed until its "
            "operator has looked at it."
        ),
        "internal-error": _(
            "The service failed in a way that nobody expected. Its operator finds the cause by the "
            "`X-Request-Id` of the answer."
        ),
    }
)
"""One text for each code of `compliance.core.problems.STATUS_OF`; a test holds the two together."""

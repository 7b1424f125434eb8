"""Policy as code over REST: check and test a document, compare stored versions, export one."""
# SPDX-License-Identifier: Apache-2.0

from typing import Any, ClassVar, Final

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from compliance.api.documentation import ALSO_REFUSES
from compliance.api.errors import LimitExceededError
from compliance.api.v1.policy_bodies import EXAMPLE, invalid_policy_set, policy_source
from compliance.api.v1.policy_document_serializers import (
    CheckSerializer,
    DifferenceQuery,
    DifferenceSerializer,
    ExportSerializer,
    TestedSerializer,
)
from compliance.api.v1.version_addresses import VERSION_PARAMETER, version_ref_of
from compliance.api.views import ApiView, psp_of
from compliance.core.downloads import download
from compliance.designs.selectors import design_version_in_force, read_design_document
from compliance.policysets.exchange import export_policy
from compliance.policysets.presentation import cases_document, difference_document
from compliance.policysets.programs import compiled
from compliance.policysets.selectors import version_in_force, version_without_state
from policies.documents import PolicyDocumentError, digest_of, read_policy_set
from policies.engine import difference, run_cases
from policies.model import PolicySet
from policies.model.conditions import atoms_of

MOST_COMPARISONS: Final = 5_000
"""Of all rules together, in a document that is compiled within a request: a second at most."""
MOST_WORK: Final = 100_000
"""Comparisons times test cases that are decided within a request: a fraction of a second."""

_READERS: Final = ("read", "policies:write")
"""Nothing is stored, so `read` is enough; a pipeline that stores drafts checks them as well."""

_BODY: Final[dict[str, Any]] = {
    "application/json": {"description": "a policy set; whatever it is, the answer says so"},
    "application/yaml": {"description": "a policy set; whatever it is, the answer says so"},
}
_EXAMPLES: Final = [
    OpenApiExample("One rule", EXAMPLE, request_only=True, media_type="application/json")
]
_CASE: Final = {
    "name": "A rooted device",
    "given": {"findings": [{"code": "device.rooted"}]},
    "expect": {"effect": "deny", "determining_rules": ["rooted"]},
}


class PolicyCheckView(ApiView):
    """What is wrong with a document."""

    scopes: ClassVar = {"POST": _READERS}
    http_method_names = ["post"]  # noqa: RUF012 - Django's name and type

    @extend_schema(
        operation_id="check_policy_set",
        summary="Check a policy set without storing it",
        examples=_EXAMPLES,
        request=_BODY,
        responses={200: CheckSerializer},
        tags=["policy sets"],
    )
    def post(self, request: Request) -> Response:
        """Read the body, a policy set in JSON or YAML of at most 1 MB, and list its problems.

        A document that is not valid is an answer like any other, not a refusal. Up to 100 problems
        are named.
        """
        try:
            policy_set = read_policy_set(policy_source(request))
        except PolicyDocumentError as error:
            return Response(_checked(None, [problem._asdict() for problem in error.problems]))
        return Response(_checked(policy_set, []))


class PolicyTestView(ApiView):
    """How the test cases of a document come out."""

    scopes: ClassVar = {"POST": _READERS}
    http_method_names = ["post"]  # noqa: RUF012 - Django's name and type

    @extend_schema(
        operation_id="test_policy_set",
        summary="Run the test cases of a policy set without storing it",
        examples=[
            OpenApiExample("One rule and a case", EXAMPLE | {"tests": [_CASE]}, request_only=True)
        ],
        request=_BODY,
        responses={200: TestedSerializer},
        tags=["policy sets"],
    )
    def post(self, request: Request) -> Response:
        """Decide on each test case of the body, a policy set in JSON or YAML of at most 1 MB.

        Cases are decided under the authentication design in force; without one, by the catalogue's
        word on what each finding puts in doubt. What would take long is refused (5,000 comparisons;
        100,000, times the cases): `manage.py policy test` and the analysis of a version run any.
        """
        try:
            policy_set = read_policy_set(policy_source(request))
        except PolicyDocumentError as error:
            raise invalid_policy_set(error) from error
        _require_quick(policy_set)
        design = design_version_in_force(psp_of(request), at=self.now)
        designs = None if design is None else read_design_document(design.document)
        digest = None if design is None else design.digest
        report = run_cases(policy_set, designs)
        return Response(cases_document(report) | {"design_digest": digest})


class PolicyDifferenceView(ApiView):
    """What one stored version says differently from another."""

    scopes: ClassVar = {"GET": ("read",)}
    query_class = DifferenceQuery

    @extend_schema(
        operation_id="read_policy_set_difference",
        summary="Compare what two versions of the policy set say",
        parameters=[VERSION_PARAMETER, DifferenceQuery],
        responses={200: DifferenceSerializer},
        tags=["policy sets"],
        extensions={ALSO_REFUSES: ["no-policy-in-force"]},
    )
    def get(self, request: Request, version: str) -> Response:
        """Return what `to` says differently, rule by rule, in words.

        What the two *decide* differently is another question: the analysis of a version proves it
        for every request, a back-test counts it on recorded ones.
        """
        psp = psp_of(request)
        before = version_without_state(psp, version_ref_of(psp, version))
        named = self.query["to"]
        if named:
            after = version_without_state(psp, version_ref_of(psp, named))
        else:
            after = version_in_force(psp, at=self.now)
        found = difference(
            compiled(before.document).policy_set, compiled(after.document).policy_set
        )
        return Response({"from": _named(before), "to": _named(after), **difference_document(found)})


class PolicyExportView(ApiView):
    """A version as a signed file."""

    scopes: ClassVar = {"GET": ("read",)}

    @extend_schema(
        operation_id="export_policy_set",
        summary="Fetch a version as a signed file",
        parameters=[VERSION_PARAMETER],
        responses={200: ExportSerializer},
        tags=["policy sets"],
    )
    def get(self, request: Request, version: str) -> HttpResponse:
        """Return what another installation checks and imports: `manage.py policy import FILE --key KEY`.

        `manage.py policy key` prints the public key to be given to it, over another channel.
        """
        psp = psp_of(request)
        row = version_without_state(psp, version_ref_of(psp, version))
        content = export_policy(psp, row.ref, now=self.now)
        return download(
            content, name=f"policy-set-{row.number}.json", content_type="application/json"
        )


def _checked(policy_set: PolicySet | None, problems: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the answer about a document; None is one that cannot be read."""
    return {
        "valid": policy_set is not None,
        "digest": None if policy_set is None else digest_of(policy_set),
        "rules": None if policy_set is None else len(policy_set.rules),
        "problems": problems,
    }


def _require_quick(policy_set: PolicySet) -> None:
    """Refuse what would keep a worker of the web process for longer than a moment.

    Raises:
        LimitExceededError: if there is too much to decide.
    """
    comparisons = sum(len(atoms_of(rule.when)) for rule in policy_set.rules)
    cases = len(policy_set.tests)
    if comparisons > MOST_COMPARISONS or comparisons * cases > MOST_WORK:
        raise LimitExceededError(
            f"the rules make {comparisons} comparisons in each of {cases} test cases; expected at "
            f"most {MOST_COMPARISONS}, and {MOST_WORK} in all: use `manage.py policy test`"
        )


def _named(version: Any) -> dict[str, Any]:
    """Return how a version is named."""
    return {"ref": version.ref, "number": version.number, "digest": version.digest}

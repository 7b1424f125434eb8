"""Prepares a database for `bench_decide` and prints the key and the request to send, as JSON."""
# SPDX-License-Identifier: Apache-2.0

import json
from datetime import UTC, datetime

import django
from django.core.management import call_command


def main() -> None:
    """Make tables, a PSP with its policy set and design, and a key."""
    django.setup()
    call_command("migrate", verbosity=0)
    from tests.support import factories

    now = datetime.now(UTC)
    psp = factories.make_psp(now=now)
    factories.put_policy_in_force(psp, now=now)
    factories.put_design_in_force(psp, now=now)
    seeded = {"key": factories.make_api_key(psp), "body": factories.decision_body()}
    print(json.dumps(seeded))


if __name__ == "__main__":
    main()

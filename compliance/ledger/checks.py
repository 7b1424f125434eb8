"""What must hold of the settings before a log can be made."""
# SPDX-License-Identifier: Apache-2.0

from django.conf import settings
from django.core.checks import CheckMessage, Error

from compliance.ledger.vkeys import is_key_name

_LONGEST = 200


def check_origin_prefix(**_options: object) -> list[CheckMessage]:
    """Refuse an origin that could not name a key (C2SP signed-note)."""
    prefix = settings.LOG_ORIGIN_PREFIX
    if is_key_name(prefix) and not prefix.endswith("/") and len(prefix) <= _LONGEST:
        return []
    return [
        Error(
            f"the origin of the logs, `{prefix}`, cannot name a key",
            hint="NINEFOLD_LOG_ORIGIN: an address without scheme, such as `psp.example/audit`,"
            f" without spaces, plus signs or a final slash, at most {_LONGEST} characters",
            id="ledger.E001",
        )
    ]

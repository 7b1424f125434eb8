"""Base64url without padding (RFC 7515, section 2), in the one form that it has of any bytes."""
# SPDX-License-Identifier: Apache-2.0

import base64


def decode(text: str) -> bytes:
    """Return the bytes of a text.

    Raises:
        ValueError: if it is none, or another text would have been the right one for these bytes.
    """
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError as error:
        raise ValueError("not base64url") from error
    if base64.urlsafe_b64encode(data).rstrip(b"=").decode() != text:
        raise ValueError("not base64url in its one form")
    return data

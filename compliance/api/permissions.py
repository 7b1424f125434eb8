"""What a key may do: each view declares the scopes of each of its methods."""
# SPDX-License-Identifier: Apache-2.0

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from compliance.api.errors import ScopeTooSmallError
from compliance.tenants.models import ApiKey


class HasScope(BasePermission):
    """Lets a key pass that has one of the scopes which the view declares for the method.

    A view that declares nothing for a method of its own lets nobody pass.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        """Return whether the call may go on; False without a key, which DRF answers with 401.

        Raises:
            ScopeTooSmallError: if the key lacks the scope.
        """
        if not isinstance(request.auth, ApiKey):
            return False
        method = "GET" if request.method == "HEAD" else str(request.method)
        if method not in view.allowed_methods:
            return True  # DRF answers 405 next, which tells more than 403
        needed: tuple[str, ...] = getattr(view, "scopes", {}).get(method, ())
        if not set(needed) & set(request.auth.scopes):
            raise ScopeTooSmallError(needed=needed)
        return True

"""Addresses of everything that Django answers; the decision point is in `compliance.asgi`."""
# SPDX-License-Identifier: Apache-2.0

from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.account.urls")),
    path("v1/", include("compliance.api.urls")),
    path("", include("compliance.api.page_urls")),
    path("", include("compliance.web.urls")),
]

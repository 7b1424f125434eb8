"""Addresses of `api`, under `/v1`."""
# SPDX-License-Identifier: Apache-2.0

from django.urls import URLPattern, URLResolver, path, re_path

from compliance.api.v1.openapi import OpenApiView
from compliance.api.v1.policy_sets import PolicySetsView, PolicySetView
from compliance.api.views import UnknownAddressView

urlpatterns: list[URLPattern | URLResolver] = [
    path("openapi.json", OpenApiView.as_view()),
    path("policy-sets", PolicySetsView.as_view()),
    path("policy-sets/<str:digest>", PolicySetView.as_view()),
    re_path(r"", UnknownAddressView.as_view()),
]

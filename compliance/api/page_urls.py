"""Addresses of the public pages about the REST interface, from the root."""
# SPDX-License-Identifier: Apache-2.0

from django.urls import URLPattern, URLResolver, path

from compliance.api.pages import problem_page, problems_page, reference_page

urlpatterns: list[URLPattern | URLResolver] = [
    path("docs/api", reference_page, name="api_reference"),
    path("problems", problems_page, name="problems"),
    path("problems/<str:code>", problem_page, name="problem"),
]

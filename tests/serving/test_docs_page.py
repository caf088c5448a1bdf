"""`GET /docs`: a page without scripts and without anything from elsewhere."""

import re

from transom.serving.docs_page import docs_page


def test_the_page_shows_every_route_and_every_schema(served):
    answer = served.ask("/docs")
    page, document = answer.body.decode(), served.ask("/openapi.json").json

    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert all(path in page for path in document["paths"])
    assert all(f'id="{name}"' in page for name in document["components"]["schemas"])
    assert set(re.findall(r'href="#(\w+)"', page)) <= document["components"]["schemas"].keys()


def test_the_page_loads_nothing_and_runs_nothing(served):
    answer = served.ask("/docs")

    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert not re.search(rb"<script|src=|https?://|@import|url\(", answer.body)


def test_what_the_document_says_is_text_and_no_markup():
    document = {
        "info": {"title": "<script>", "summary": "a & b"},
        "paths": {"/<x>": {"get": {"summary": "<b>", "responses": {}}}},
        "components": {"schemas": {"Text": {"enum": ["</pre><img>"]}}},
    }

    page = docs_page(document)

    assert b"<script>" not in page
    assert b"<img>" not in page
    assert b"<b>" not in page
    assert b"a &amp; b" in page

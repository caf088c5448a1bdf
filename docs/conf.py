"""Sphinx settings of the documentation."""

import sys
from importlib import metadata
from pathlib import Path

from sphinx.application import Sphinx

sys.path.insert(0, str(Path(__file__).parent))  # for generated_pages.py beside this file

from generated_pages import write_pages

project = "transom"
author = "The transom authors"
copyright = "2026, the transom authors"  # noqa: A001 - Sphinx's name
release = version = metadata.version("transom")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.doctest"]
exclude_patterns = ["_build"]
nitpicky = True
nitpick_ignore_regex = [("py:.*", r"(?!transom).*")]  # other projects' names are not looked up: that needs the network

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
autodoc_typehints = "description"
autodoc_member_order = "bysource"

html_theme = "furo"
html_title = "transom"
html_static_path = ["_static"]
html_css_files = ["transom.css"]


def setup(app: Sphinx) -> None:
    """Pages made from the code are written before Sphinx looks for its sources."""
    app.connect("builder-inited", lambda app: write_pages(Path(app.srcdir) / "reference" / "generated"))

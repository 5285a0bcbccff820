"""Imports go down the floors; inline imports count too."""

import ast
from pathlib import Path

import pytest
from django.conf import settings

FLOORS = ["portal", "mailing", "notifications", "documents", "approvals"]


def imports_of(app):
    for path in sorted(Path(settings.BASE_DIR, app).rglob("*.py")):
        if "tests" in path.parts or path.name == "testing.py":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield str(path.relative_to(settings.BASE_DIR)), node.module
            elif isinstance(node, ast.Import):
                yield from ((str(path.relative_to(settings.BASE_DIR)), name.name) for name in node.names)


@pytest.mark.parametrize("app", FLOORS)
def test_imports_only_go_down(app):
    above = set(FLOORS[FLOORS.index(app) + 1 :])
    assert [(path, module) for path, module in imports_of(app) if module.split(".")[0] in above] == []

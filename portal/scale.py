"""100,000 documents in a firm of its own, beside the demonstration: each floor lays its part by its own `scale.py`."""

from importlib import import_module

from django.apps import apps
from django.utils.module_loading import module_has_submodule

SLUG = "echelle"
ACCOUNTANT = "camille@echelle.example"
CLIENT = "denis@vaste.example"
EMPLOYEE = "elsa@vaste.example"


def load() -> None:
    """Lay what is missing, from the top floor down; each floor's `load()` does nothing where its part is there."""
    for app in reversed(list(apps.get_app_configs())):
        if app.name != "portal" and module_has_submodule(app.module, "scale"):
            import_module(f"{app.name}.scale").load()

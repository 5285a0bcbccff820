"""The house and the browser are loaded as plugins, so that tests of other apps may name them too."""

PLUGINS = ("portal.tests.house", "portal.tests.browser")


def pytest_configure(config):
    for name in PLUGINS:
        if not config.pluginmanager.has_plugin(name):
            config.pluginmanager.import_plugin(name)

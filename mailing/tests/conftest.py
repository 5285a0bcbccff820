from mailing.tests.dns_server import name_server
from mailing.tests.smtp import addresses, listener

__all__ = ["addresses", "listener", "name_server"]

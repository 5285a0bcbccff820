from mailing.tests.smtp import addresses, listener

__all__ = ["addresses", "listener"]

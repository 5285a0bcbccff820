from approvals.models.sender_address import AddressStatus, FirmBlacklisting, Route, SenderAddress

__all__ = ["AddressStatus", "FirmBlacklisting", "Route", "SenderAddress"]

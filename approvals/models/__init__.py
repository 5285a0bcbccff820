from approvals.models.sender_address import AddressStatus, Chased, FirmBlacklisting, Route, SenderAddress

__all__ = ["AddressStatus", "Chased", "FirmBlacklisting", "Route", "SenderAddress"]

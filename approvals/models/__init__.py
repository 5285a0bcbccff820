from approvals.models.sender_address import AddressStatus, Chased, FirmBlacklisting, Route, SenderAddress
from approvals.models.user_request import RequestKind, RequestStatus, UserRequest

__all__ = [
    "AddressStatus",
    "Chased",
    "FirmBlacklisting",
    "RequestKind",
    "RequestStatus",
    "Route",
    "SenderAddress",
    "UserRequest",
]

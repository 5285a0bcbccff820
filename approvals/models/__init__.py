from approvals.models.directory_import import (
    DirectoryImport,
    ImportKind,
    ImportRow,
    ImportStatus,
    Outcome,
)
from approvals.models.letters import LettersPart, LettersStatus, PasswordLetters
from approvals.models.sender_address import AddressStatus, Chased, FirmBlacklisting, Route, SenderAddress
from approvals.models.user_request import RequestKind, RequestStatus, UserRequest

__all__ = [
    "AddressStatus",
    "Chased",
    "DirectoryImport",
    "FirmBlacklisting",
    "ImportKind",
    "ImportRow",
    "ImportStatus",
    "LettersPart",
    "LettersStatus",
    "Outcome",
    "PasswordLetters",
    "RequestKind",
    "RequestStatus",
    "Route",
    "SenderAddress",
    "UserRequest",
]

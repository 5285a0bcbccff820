from approvals.models.letters import LettersPart, LettersStatus, PasswordLetters
from approvals.models.sender_address import AddressStatus, Chased, FirmBlacklisting, Route, SenderAddress

__all__ = [
    "AddressStatus",
    "Chased",
    "FirmBlacklisting",
    "LettersPart",
    "LettersStatus",
    "PasswordLetters",
    "Route",
    "SenderAddress",
]

"""« Sauf cas spécifiques » (S3-34, D-44): why a notification does not leave now. Pure."""

from dataclasses import dataclass

from notifications.models import Hold


@dataclass(frozen=True)
class Facts:
    """About one recipient of one thing; `about` is what the thing itself says: it is not on the portal any more, its
    folder notifies nobody, this person does not see it."""

    is_muted: bool = False  # « Désactiver les notifications » (S3-21)
    about: Hold = Hold.NONE
    has_access: bool = True
    address: str = ""
    is_blocked: bool = False  # by a rebound, a complaint, or by hand (D-36)
    is_unsubscribed: bool = False
    was_told: bool = False
    is_forced: bool = False
    is_prepared: bool = True  # the address that would send it (D-32)


def hold_of(facts: Facts) -> Hold:
    """The first reason that holds, the most general before those about the address; « Notification forcée » overrides
    « déjà notifié » and nothing else."""
    reasons = (
        (facts.is_muted, Hold.MUTED),
        (facts.about is Hold.NOT_PUBLISHED, Hold.NOT_PUBLISHED),
        (facts.about is Hold.SILENT_FOLDER, Hold.SILENT_FOLDER),
        (not facts.has_access or facts.about is Hold.NO_ACCESS, Hold.NO_ACCESS),
        (not facts.address, Hold.NO_ADDRESS),
        (facts.is_blocked, Hold.BLOCKED),
        (facts.is_unsubscribed, Hold.UNSUBSCRIBED),
        (facts.was_told and not facts.is_forced, Hold.ALREADY_TOLD),
        (not facts.is_prepared, Hold.UNPREPARED),
    )
    return next((hold for holds, hold in reasons if holds), Hold.NONE)

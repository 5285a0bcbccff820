"""Companies and contacts called as people are, and as nobody is: what every screen must show as it was typed (T50)."""

import random
from collections.abc import Iterator

ODD = (
    "Zoé Lefèvre-Ångström",
    "L’Épicerie d'à côté",
    "=cmd|'/c calc'!A1",
    "'=2+2",
    "''+33 1 23",
    "@SUM(A1:A9)",
    "+33 6 et fils",
    "- Tirets & Cie",
    'Café « Chez ; Paul », "le vrai"',
    "<script>alert(1)</script>",
    "{{ firm.name }} {% url 'x' %}",
    "🥐 Boulangerie 👩‍🍳",
    "شركة المحاسبة",
    "חברת רואי חשבון",
    "ООО Бухгалтерия",
    "株式会社 会計",
    "Null",
    "NULL'; DROP TABLE portal_company;--",
    "%s %(name)s {0}",
    "A" * 200,
    "É" * 200,
    "１２３ ＝１＋１",
    "Deux  espaces",
    "Ligne\u2028brisée",
    "Zéro\u200bchasse",
    "𝕷𝖊 𝖈𝖍𝖎𝖈",
)


def odd_companies(count: int, *, prefix: str = "d", seed: int = 4) -> Iterator[dict[str, str]]:
    """Values by French heading, a different company each time, all of which may be imported."""
    chance = random.Random(seed)
    for number in range(count):
        name = ODD[number % len(ODD)]
        yield {
            "Code": f"{prefix}{number}",
            "Nom": name if number < len(ODD) else f"{name[:190]} {number}",
            "Forme juridique": chance.choice(["SARL", "SAS", "SRL", "ASBL", "Société à mission"]),
            "Pays": "France",
            "Rue": f"{number} bis, rue de l’Église",
            "Code postal": f"{chance.randrange(1000, 96000):05}",
            "Ville": chance.choice(["Nîmes", "L’Haÿ-les-Roses", "Liège", "’s-Gravenbrakel"]),
            "Email fiche": f"fiche+{prefix}{number}@entreprise-{number}.example",
        }


def odd_contacts(count: int, codes: list[str], *, seed: int = 4) -> Iterator[dict[str, str]]:
    """Contacts of the companies `codes`, in turn."""
    chance = random.Random(seed)
    for number in range(count):
        name = ODD[number % len(ODD)]
        yield {
            "Code entreprise": codes[number % len(codes)],
            "Nom": name if number < len(ODD) else f"{name[:190]} {number}",
            "E-mail": f"contact+{number}@entreprise-{number % len(codes)}.example",
            "Administrateur": chance.choice(["oui", "non"]),
        }


def odd_employees(count: int, codes: list[str]) -> Iterator[dict[str, str]]:
    """Employees of the companies `codes`, in turn; one of two has no address."""
    for number in range(count):
        name = ODD[number % len(ODD)]
        yield {
            "Code entreprise": codes[number % len(codes)],
            "Matricule": f"m{number}",
            "Nom": name if number < len(ODD) else f"{name[:190]} {number}",
            "E-mail": f"salarie{number}@maison.example" if number % 2 else "",
            "Ville": "Nîmes",
        }

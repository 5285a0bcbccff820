"""The form of a grid of the GED, filled in as the page shows it and then changed by a person."""

FIELDS = {
    "is_shared": "portail",
    "signature": "signature",
    "notifies": "notification",
    "notify_on": "adresse",
    "link_target": "lien",
    "signed_into": "signe",
}


def form_of(answer, **changes) -> dict[str, object]:
    """What a browser sends for the rows of `answer`, with `changes` by label of the folder: `Devis={"notifies": False}`."""
    data: dict[str, object] = {"ligne": []}
    for row in answer.context["rows"]:
        cells = row.cells | changes.get(row.folder.label, {})
        data["ligne"].append(row.folder.pk)
        data[f"etait-{row.folder.pk}"] = row.seen
        for name, field in FIELDS.items():
            if cells[name] is True:
                data[f"{field}-{row.folder.pk}"] = "on"
            elif cells[name] is not False:
                data[f"{field}-{row.folder.pk}"] = "" if cells[name] is None else cells[name]
    if answer.context["grid"].mute and answer.context["is_muted"]:
        data |= {"muet": "on", "muet-etait": "1"}
    return data


def red(answer) -> dict[str, set[str]]:
    """The red cells of the page, by label of the folder."""
    return {row.folder.label: set(row.red) for row in answer.context["rows"] if row.red}

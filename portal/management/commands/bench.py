from argparse import SUPPRESS

from django.core.management.base import BaseCommand

from portal import bench


class Command(BaseCommand):
    help = "Mesure la vitesse du portail à côté de références ; bench.json dans DATA_DIR."

    def add_arguments(self, parser):
        parser.add_argument("names", nargs="*", help="un mot du nom des chiffres voulus ; tous sans mot")
        parser.add_argument("--rounds", type=int, default=bench.ROUNDS, help="tours de chacun (%(default)s)")
        # What the command calls for each race, on a DATA_DIR that nobody else uses.
        parser.add_argument("--alone", action="store_true", help=SUPPRESS)

    def handle(self, *, names, rounds, alone, **options):
        if alone:
            race = [figure for figure in bench.declared() if figure.name in names]
            bench.write(bench.take_turns(race, rounds))
            return
        raise SystemExit(bench.run(names, rounds, self.say))

    def say(self, text):
        self.stdout.write(text)
        self.stdout.flush()

from django.db import migrations

from documents.folders.defaults import lay_out


def lay_out_all(apps, schema_editor):
    folders = apps.get_model("documents", "Folder")
    for firm in apps.get_model("portal", "Firm").objects.all():
        lay_out(firm, folders)


class Migration(migrations.Migration):
    dependencies = [("documents", "0004_folders")]

    operations = [migrations.RunPython(lay_out_all, migrations.RunPython.noop, elidable=True)]

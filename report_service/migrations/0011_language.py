from django.db import migrations, models


class Migration(migrations.Migration):
    """Pages and badges speak their owner's language. Users are read anew, for it and for `common.between.owners`."""

    dependencies = [("report_service", "0010_evidence"), ("common", "0001_dead_letters_and_owners")]

    operations = [
        migrations.AddField(
            model_name="usercopy", name="language", field=models.TextField(default="", db_default="")
        ),
        migrations.RunSQL(
            "UPDATE report_service_cursor SET cursor = '' WHERE feed = 'user_service/users'", migrations.RunSQL.noop
        ),
    ]

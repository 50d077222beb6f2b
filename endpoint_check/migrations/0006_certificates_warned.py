from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('endpoint_check', '0005_region_everywhere'),
    ]

    operations = [
        migrations.AddField(
            model_name='monitor',
            name='certificates_warned',
            field=models.TextField(db_default='', default=''),
        ),
        # As migration 0004 does: no statement selects by it.
        migrations.RunSQL(
            "ALTER TABLE endpoint_check_monitor ALTER COLUMN certificates_warned SET STATISTICS 0",
            migrations.RunSQL.noop,
        ),
    ]

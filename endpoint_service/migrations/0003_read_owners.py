from django.db import migrations


class Migration(migrations.Migration):
    """Read the feed of users once more: owners who were deleted before, and quotas, are known from now on."""

    dependencies = [
        ('common', '0001_dead_letters_and_owners'),
        ('endpoint_service', '0002_window_scope'),
    ]

    operations = [
        migrations.RunSQL(
            "UPDATE endpoint_service_followedfeed SET cursor = '' WHERE feed = 'user_service/users'",
            migrations.RunSQL.noop,
        ),
    ]

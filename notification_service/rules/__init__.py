"""Who is told of what and when: events, scope, quiet hours, maintenance windows, reminders, ends of incidents."""

"""Status pages: the public page, and its owner's editor, announcements and incident updates."""

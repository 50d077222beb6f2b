"""Status pages that anybody may read, with announcements, updates of incidents, maintenance and an Atom feed."""

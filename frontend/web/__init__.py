"""What makes Django a web app for people: settings, middleware, sessions, the visitor, error pages."""

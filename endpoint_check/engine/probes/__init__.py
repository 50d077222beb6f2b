"""The probe of each check kind, a module a kind: http, tcp, tls, dns, ping."""

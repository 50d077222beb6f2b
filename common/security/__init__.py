"""Who may do what: authentication by the gateway's headers, internal tokens, ownership, encryption, the address rule (SSRF)."""

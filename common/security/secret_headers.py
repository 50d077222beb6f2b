"""Which headers carry secrets, by their names: in requests they are stored encrypted, of answers they are not shown."""

_NAMES = frozenset({"authorization", "proxy-authorization", "cookie"})
_WORDS = ("token", "key", "secret", "password")
_OF_ANSWERS = frozenset({"www-authenticate", "proxy-authenticate", "authentication-info", "proxy-authentication-info"})
_WORDS_OF_ANSWERS = ("cookie", "session")


def is_secret_header(name: str) -> bool:
    """Whether the value of this request header is stored encrypted and answered masked."""
    lower = name.lower()
    return lower in _NAMES or any(word in lower for word in _WORDS)


def is_secret_of_answer(name: str) -> bool:
    """Whether what a site sends in this header may log somebody in."""
    lower = name.lower()
    return is_secret_header(lower) or lower in _OF_ANSWERS or any(word in lower for word in _WORDS_OF_ANSWERS)

"""Where the fleet is reached: what `up` was told of it, checked, and what follows for the services."""

import ipaddress
import os
import re
from urllib.parse import urlsplit

from deploy.local.data_dir import DataDir, Refused

Settings = dict[str, str | int]
LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?", re.ASCII)


def settings_of(*, listen: str, host: str, gateway_port: int, frontend_port: int, trusted_proxies: str) -> Settings:
    """What is kept of them; PUBLIC_URL and API_URL of the environment go before addresses made of `host`.

    Raises `Refused` for what would start and then not work.
    """
    public_url = os.environ.get("PUBLIC_URL") or f"http://{_host(host)}:{frontend_port}"
    api_url = os.environ.get("API_URL") or f"http://{_host(host)}:{gateway_port}"
    if urlsplit(_url("PUBLIC_URL", public_url)).path:
        raise Refused(
            f"PUBLIC_URL={public_url} has a path, and the web app's pages lead to the top of their address. Give it a"
            " name or a port of its own, such as https://status.example.com."
        )
    return {
        "listen": listen,
        "host": host,
        "gateway_port": gateway_port,
        "frontend_port": frontend_port,
        "trusted_proxies": " ".join(networks(trusted_proxies)),
        "public_url": public_url.rstrip("/"),
        "api_url": _url("API_URL", api_url),
    }


def networks(text: str) -> list[str]:
    """The networks of a list with commas; raises `Refused`."""
    try:
        return [str(ipaddress.ip_network(part.strip(), strict=False)) for part in text.split(",") if text.strip()]
    except ValueError as error:
        raise Refused(f"--trusted-proxies wants addresses or networks with commas between: {error}.") from error


def allowed_hosts(data: DataDir) -> list[str]:
    """The names under which services answer: loopback's, `--host`, and those of the public addresses."""
    settings = data.settings()
    public = [urlsplit(str(settings[name])).netloc.rpartition("@")[2] for name in ("public_url", "api_url")]
    names = [re.sub(r":\d*$", "", name) for name in public]
    return list(dict.fromkeys([*LOCAL_NAMES, _host(str(settings["host"])), *names]))


def others_reach(data: DataDir) -> bool:
    """Whether anybody beyond this machine may reach the fleet: it listens there, or a proxy that does leads here."""
    settings = data.settings()
    name = (urlsplit(str(settings["public_url"])).hostname or "").lower()
    is_local = name == "localhost" or name.endswith(".localhost") or _is_loopback(name)
    return not (is_local and _is_loopback(str(settings["listen"])) and not settings.get("trusted_proxies"))


def _is_loopback(address: str) -> bool:
    try:
        return address == "localhost" or ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _host(name: str) -> str:
    """As it stands in an address: IPv6 in brackets. Raises `Refused` for what is no name."""
    if ":" in name:
        try:
            return f"[{ipaddress.IPv6Address(name.strip('[]'))}]"
        except ValueError as error:
            raise Refused(f"--host {name} is no name and no address.") from error
    if not _HOST.fullmatch(name):
        raise Refused(f"--host {name} is no name and no address.")
    return name


def _url(variable: str, text: str) -> str:
    """Without a slash at its end; raises `Refused` for what is no address of a site."""
    try:
        parts = urlsplit(text)
        _host(parts.hostname or "")
        usable = parts.scheme in {"http", "https"} and parts.port != 0
    except (ValueError, Refused):
        usable = False
    if not usable or parts.query or parts.fragment or parts.username is not None or set(text) & set(" \t\"'{}\\"):
        raise Refused(f"{variable}={text} is no address such as https://pongpong.example.com.")
    return text.rstrip("/")

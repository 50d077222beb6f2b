"""`LC_ALL=C python -m pong_cli.reference`: the reference page of all commands, made from the commands themselves."""

from collections.abc import Iterator
from typing import Any

from typer.main import get_command

from pong_cli.main import app

INTRODUCTION = """# pong, the terminal client

<!-- Made from the commands: LC_ALL=C python -m pong_cli.reference > docs/cli.md -->

`pong` is pongpong in the terminal. It talks to the public API alone and can be installed without the services:
`pip install "pongpong[cli]"`.

```
$ pong signup --email you@example.com --host https://api.example.com
$ pong add https://example.com --interval 30s
Watching https://example.com as example.com.
$ pong ls
State  Key          Address                24 h    Last  Checked
● Up   example.com  https://example.com   100 %  123 ms  12 s ago
```

## Exit codes

| code | meaning |
| --- | --- |
| 0 | fine |
| 1 | something is down (`check`, `ls`, `show`, `watch --once`) |
| 2 | the command line or a file says what cannot be done |
| 3 | not logged in |
| 4 | the API refused or could not be reached, or pongpong itself failed at a `check` |
| 130 | interrupted by Ctrl-C, or a question was answered with no |

## Environment

| variable | meaning |
| --- | --- |
| `PONG_API_KEY` | The key to use, without any login; for scripts. |
| `PONG_HOST` | The API's address, over the profile's. |
| `PONG_PROFILE` | The profile to use. |
| `XDG_CONFIG_HOME` | Where `pong/profiles.json` lies (0600), by default `~/.config`. |
| `LC_ALL`, `LC_MESSAGES`, `LANG` | Messages are Korean where it begins with `ko`, else English. |

Calls that are answered by 429 or 503 are repeated, after the time that the API asks for or with growing pauses.

## Monitors as code

`pong.yaml` holds endpoints, channels, maintenance windows and status pages. `pong plan` shows the difference to your
account, `pong apply` makes it so, `pong export` writes what you have, `pong schema` prints the JSON Schema.

```yaml
version: 1
endpoints:
  - key: web                       # by what it is known, here and below
    url: https://example.com
    interval: 30
    headers: {Authorization: "Bearer ${WEB_TOKEN}"}   # from the environment
channels:
  - name: Team
    kind: email
    settings: {addresses: [team@example.com]}
    endpoints: [web]
maintenance:
  - {name: Backups, cron: "0 3 * * 0", duration: 7200, time_zone: Asia/Seoul}
status_pages:
  - slug: acme
    title: ACME
    groups: [{endpoints: [{key: web}]}]
```

What a section does not name is left alone, unless `--prune` is given; a section that is absent is always left alone.
A channel or window is for the `endpoints` and `tags` that it names, or for all with `covers_all: true`; one that says none of
the three is for all when it is new, and stays for what it was otherwise. `$` is written `$$`, as an export does.
The API never shows secrets: for endpoints it says itself whether one differs, for channels `--secrets` sends them again.

## Commands

Every command also takes `--output`/`-o` (`table`, `json`, `yaml`, `csv`), `--quiet`/`-q`, `--profile NAME`, `--debug` and
`--help`.
"""
SHARED = {"output", "quiet", "profile", "debug"}
"""Options of every command, which are described once."""


def page() -> str:
    """The whole page."""
    root: Any = get_command(app)
    context = root.make_context("pong", ["ls"], resilient_parsing=True)
    parts = [INTRODUCTION]
    for name in root.list_commands(context):
        parts.extend(_sections(root.get_command(context, name), name, context))
    return "\n".join(parts)


def _sections(command: Any, name: str, parent: Any) -> Iterator[str]:
    with command.context_class(command, info_name=name, parent=parent) as context:
        if hasattr(command, "commands"):
            yield f"### pong {context.command_path.removeprefix('pong ')}\n\n{command.help}\n"
            for member in command.list_commands(context):
                yield from _sections(command.get_command(context, member), member, context)
            return
        yield _section(command, context)


def _section(command: Any, context: Any) -> str:
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    example = "\n".join(line.strip() for line in command.epilog.splitlines()[2:])
    lines = [f"### {context.command_path}", "", command.help, "", "```", usage, "", example, "```", ""]
    records = [parameter.get_help_record(context) for parameter in command.params if parameter.name not in SHARED]
    rows = [f"| `{record[0].replace('|', chr(92) + '|')}` | {record[1]} |" for record in records if record]
    if rows:
        lines += ["| | |", "| --- | --- |", *rows, ""]
    return "\n".join(lines)


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201

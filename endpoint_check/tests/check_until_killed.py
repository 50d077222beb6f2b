"""A real check loop in a process of its own, for the kill tests: `python -m endpoint_check.tests.check_until_killed`."""

import django

if __name__ == "__main__":
    django.setup()
    from endpoint_check.check_loop.loop import CheckLoop

    while True:
        CheckLoop(region="default", stopping=lambda: False, on_news=lambda: None).run(60)

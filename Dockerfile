# syntax=docker/dockerfile:1
# One image for every service, worker and beat; the environment says which. See docs/operations.md.
#   HTTP     DJANGO_SETTINGS_MODULE=user_service.settings  (the default command)
#   worker   celery --app common.celery worker --pool threads --concurrency 1 --queues user_service.default
#   beat     celery --app common.beat beat
#   migrate  python manage.py user_service migrate_locked (each pod before it starts; one of them migrates)
ARG BASE_IMAGE=python:3.13-slim

FROM ${BASE_IMAGE} AS build
# requirements-tracing.lock has what traces need on top.
ARG REQUIREMENTS=requirements-server.lock
COPY ${REQUIREMENTS} /requirements.lock
RUN python3 -m venv /venv \
    && /venv/bin/python -m pip install --no-cache-dir --disable-pip-version-check \
        --only-binary :all: --require-hashes --requirement /requirements.lock \
    && /venv/bin/python -m pip uninstall --quiet --yes pip
WORKDIR /app
COPY . .
# The web app's static files; the rest of the services take theirs from the packages. The values only let settings load.
RUN DJANGO_SETTINGS_MODULE=frontend.settings \
    SECRET_KEY=build INTERNAL_TOKEN=0123456789abcdef0123456789abcdef ENCRYPTION_KEYS=0123456789abcdef0123456789abcdef \
    DATABASE_URL=postgresql://build/build BROKER_URL=redis://build \
    /venv/bin/python manage.py collectstatic --no-input --verbosity 0 \
    && /venv/bin/python -m compileall -q --invalidation-mode unchecked-hash /app

FROM ${BASE_IMAGE}
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
# Celery looks its group up, and warns of one that it does not find.
RUN echo 'pongpong:x:10001:10001::/nonexistent:/usr/sbin/nologin' >> /etc/passwd && echo 'pongpong:x:10001:' >> /etc/group
# A number, so that Kubernetes can tell that it is not root.
USER 10001:10001
CMD ["gunicorn", "--config", "python:common.gunicorn"]

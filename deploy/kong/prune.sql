-- Made by `python -m deploy.kong` from common/fleet.toml; do not edit.
--
-- Run on Kong's database after the import: removes what the file of an earlier version had made (the tag pongpong) and this
-- one does not name. What was made by hand has no such tag and stays. Nodes serve it after `kong reload`.
BEGIN;
DELETE FROM plugins WHERE (tags @> ARRAY['pongpong'] AND coalesce(instance_name, '') <> ALL (ARRAY[
    'cors',
    'correlation-id',
    'key-auth',
    'request-transformer',
    'request-size-limiting',
    'prometheus',
    'rate-limiting-user-service-login',
    'rate-limiting-user-service-users',
    'rate-limiting-user-service-users-confirm',
    'rate-limiting-user-service-password-reset',
    'rate-limiting-user-service-password-reset-confirm',
    'request-size-limiting-endpoint-service-endpoints-import',
    'request-size-limiting-endpoint-service-endpoints-bulk'
])) OR instance_name IN ( -- before there were tags
    'key-auth-user-service',
    'key-auth-user-service-login',
    'key-auth-user-service-users',
    'key-auth-user-service-users-confirm',
    'key-auth-user-service-password-reset',
    'key-auth-user-service-password-reset-confirm',
    'key-auth-endpoint-service',
    'key-auth-endpoint-service-endpoints-import',
    'key-auth-endpoint-service-endpoints-bulk',
    'key-auth-notification-service',
    'key-auth-report-service'
);
DELETE FROM routes WHERE tags @> ARRAY['pongpong'] AND coalesce(name, '') <> ALL (ARRAY[
    'user-service',
    'user-service-login',
    'user-service-users',
    'user-service-users-confirm',
    'user-service-password-reset',
    'user-service-password-reset-confirm',
    'endpoint-service',
    'endpoint-service-endpoints-import',
    'endpoint-service-endpoints-bulk',
    'notification-service',
    'report-service'
]);
DELETE FROM services WHERE tags @> ARRAY['pongpong'] AND coalesce(name, '') <> ALL (ARRAY[
    'user-service',
    'user-service-login',
    'user-service-users',
    'user-service-users-confirm',
    'user-service-password-reset',
    'user-service-password-reset-confirm',
    'endpoint-service',
    'endpoint-service-endpoints-import',
    'endpoint-service-endpoints-bulk',
    'notification-service',
    'report-service'
]) AND NOT EXISTS (SELECT FROM routes WHERE routes.service_id = services.id);
DELETE FROM consumers WHERE tags @> ARRAY['pongpong'] AND coalesce(username, '') <> ALL (ARRAY[
    'anonymous'
]);
COMMIT;

"""DRF's and drf-spectacular's settings, the same for every service."""

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["common.security.auth.ConsumerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["common.security.auth.IsLoggedIn"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer", "common.api.renderers.BrowsableRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "common.api.negotiation.Negotiation",
    "DEFAULT_PARSER_CLASSES": [
        "common.api.parsers.BoundedJSONParser",
        "rest_framework.parsers.FormParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_PAGINATION_CLASS": "common.api.pagination.Pagination",
    "DEFAULT_SCHEMA_CLASS": "common.api.schema.Schema",
    "DEFAULT_METADATA_CLASS": "common.api.metadata.Metadata",
    "EXCEPTION_HANDLER": "common.api.handlers.exception_handler",
    "UNAUTHENTICATED_USER": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "DATETIME_FORMAT": "%Y-%m-%dT%H:%M:%S.%fZ",
}
SPECTACULAR_SETTINGS = {
    "VERSION": "1",
    "COMPONENT_SPLIT_REQUEST": True,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
}

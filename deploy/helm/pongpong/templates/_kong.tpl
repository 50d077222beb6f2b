{{/* No access log, since its lines hold the query and so the keys of who puts them there; the services log each request. */}}
{{- define "pongpong.kongEnv" -}}
{{- $database := include "pongpong.secretEnv" (list . "KONG_PG_PASSWORD" "database-kong") -}}
{{ $database }}
{{- $external := not .Values.postgresql.enabled }}
{{- $settings := dict
  "KONG_DATABASE" "postgres"
  "KONG_PG_HOST" (include "pongpong.postgresHost" .)
  "KONG_PG_PORT" (include "pongpong.postgresPort" .)
  "KONG_PG_USER" "kong"
  "KONG_PG_DATABASE" "kong"
  "KONG_PG_SSL" (ternary "on" "off" (and $external (ne .Values.externalDatabase.sslMode "disable")))
  "KONG_PG_SSL_VERIFY" "off"
  "KONG_PG_MAX_CONCURRENT_QUERIES" (.Values.kong.connectionsPerWorker | int | toString)
  "KONG_PREFIX" "/kong_prefix"
  "KONG_ROUTER_FLAVOR" "traditional_compatible"
  "KONG_NGINX_WORKER_PROCESSES" (.Values.kong.workers | int | toString)
  "KONG_NGINX_DAEMON" "off"
  "KONG_NGINX_PROXY_UNDERSCORES_IN_HEADERS" "off"
  "KONG_PROXY_LISTEN" "0.0.0.0:8000"
  "KONG_PROXY_ACCESS_LOG" "off"
  "KONG_PROXY_ERROR_LOG" "/dev/stderr"
  "KONG_ADMIN_LISTEN" "0.0.0.0:8001"
  "KONG_ADMIN_ACCESS_LOG" "off"
  "KONG_ADMIN_ERROR_LOG" "/dev/stderr"
  "KONG_ADMIN_GUI_LISTEN" "0.0.0.0:1337"
  "KONG_ADMIN_GUI_URL" .Values.kong.managerUrl
  "KONG_ADMIN_GUI_API_URL" .Values.kong.adminUrl
  "KONG_STATUS_LISTEN" "0.0.0.0:8100"
  "KONG_TRUSTED_IPS" (join "," .Values.kong.trustedIps)
  "KONG_REAL_IP_HEADER" "X-Forwarded-For"
  "KONG_ANONYMOUS_REPORTS" "off"
-}}
{{- range $name, $value := mergeOverwrite $settings .Values.kong.env }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end -}}

{{- define "pongpong.kongMounts" -}}
- name: prefix
  mountPath: /kong_prefix
- name: tmp
  mountPath: /tmp
- name: file
  mountPath: /etc/kong-file
  readOnly: true
{{- end -}}

{{/* deploy/kong/kong.yaml with this release's Services as upstreams and its web app as the origin of browsers' calls. */}}
{{- define "pongpong.kongFile" -}}
{{- $file := .Files.Get "files/kong.yaml" | fromYaml -}}
{{- range $file.services -}}
  {{- $_ := set . "url" (replace "http://" (printf "http://%s" $.Values.serviceNamePrefix) .url) -}}
{{- end -}}
{{- range $file.plugins -}}
  {{- if eq .name "cors" -}}
    {{- $origins := list -}}
    {{- range $.Values.hosts.web }}{{ $origins = append $origins (printf "%s://%s" (ternary "https" "http" $.Values.ingress.https) .) }}{{ end -}}
    {{- $_ := set .config "origins" $origins -}}
  {{- end -}}
{{- end -}}
{{ toYaml $file }}
{{- end -}}

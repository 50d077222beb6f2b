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
  "KONG_PG_SSL_REQUIRED" (ternary "on" "off" (and $external (ne .Values.externalDatabase.sslMode "disable")))
  "KONG_PG_SSL_VERIFY" (ternary "on" "off" (not (empty (include "pongpong.verifiesDatabase" .))))
  "KONG_PG_MAX_CONCURRENT_QUERIES" (.Values.kong.connectionsPerWorker | int | toString)
  "KONG_PREFIX" "/kong_prefix"
  "KONG_ROUTER_FLAVOR" "traditional_compatible"
  "KONG_NGINX_WORKER_PROCESSES" (.Values.kong.workers | int | toString)
  "KONG_NGINX_DAEMON" "off"
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
  "KONG_ANONYMOUS_REPORTS" "off"
-}}
{{- if include "pongpong.verifiesDatabase" . }}
{{- $_ := set $settings "KONG_LUA_SSL_TRUSTED_CERTIFICATE" (printf "system,%s" (include "pongpong.caFile" .)) }}
{{- end }}
{{- $relied := .Files.Get "files/kong-environment.yaml" | fromYaml }}
{{- range $name, $value := mergeOverwrite $settings $relied .Values.kong.env }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end -}}

{{/* What puts the file into Kong's database: the `migrations`, `import`, `prune` what left the file. */}}
{{- define "pongpong.kongSteps" -}}
migrations: |-
  {{- include "pongpong.kongMigrations" . | nindent 2 }}
import: |-
  trap 'rm -f /tmp/kong.yaml' EXIT
  sed "s/[$]{GATEWAY_TOKEN}/$GATEWAY_TOKEN/" /etc/kong-file/kong.yaml > /tmp/kong.yaml
  kong config db_import /tmp/kong.yaml
{{- end -}}

{{/* The last step, with the client of PostgreSQL. What it leaves behind does no harm, so Kong starts all the same. */}}
{{- define "pongpong.kongPrune" -}}
- name: prune
  image: {{ .Values.postgresql.image }}
  command: [sh, -c, "psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --file /etc/kong-file/prune.sql || echo 'What left kong.yaml stays in Kong.' >&2"]
  env:
    - name: PGHOST
      value: {{ include "pongpong.postgresHost" . }}
    - name: PGPORT
      value: {{ include "pongpong.postgresPort" . | quote }}
    {{- include "pongpong.sslEnv" . | nindent 4 }}
    - name: PGUSER
      value: kong
    - name: PGDATABASE
      value: kong
    {{- include "pongpong.secretEnv" (list . "PGPASSWORD" "database-kong") | nindent 4 }}
  securityContext:
    {{- include "pongpong.containerSecurity" . | nindent 4 }}
  resources:
    {{- toYaml .Values.jobs.resources | nindent 4 }}
  volumeMounts:
    - name: file
      mountPath: /etc/kong-file
      readOnly: true
    {{- with include "pongpong.caMount" . | trim }}
    {{- . | nindent 4 }}
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
{{- include "pongpong.caMount" . }}
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

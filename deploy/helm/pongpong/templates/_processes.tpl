{{/*
Every process of ours, one item a Deployment: each service's HTTP, its workers, and beat. An item is what `defaults.http`
or `defaults.worker` say, overwritten by the service's or worker's own values, with `name`, `role`, `service` and `calls`.
*/}}
{{- define "pongpong.processes" -}}
{{- $items := list -}}
{{- range $name, $service := .Values.services -}}
  {{- $shared := dict "service" $name "public" $service.public "database" $service.database "calls" ($service.calls | default list) "broker" (not (empty $service.workers)) -}}
  {{- $item := mergeOverwrite (deepCopy $.Values.defaults.http) (omit (deepCopy $service) "workers") $shared (dict "name" $name "role" "http") -}}
  {{- $items = append $items $item -}}
  {{- range $worker, $own := $service.workers -}}
    {{- $env := mergeOverwrite (deepCopy ($service.env | default dict)) (deepCopy ($own.env | default dict)) -}}
    {{- $queues := list -}}
    {{- range $own.queues }}{{ $queues = append $queues (replace "{region}" $.Values.region .) }}{{ end -}}
    {{- $item := mergeOverwrite (deepCopy $.Values.defaults.worker) (deepCopy $own) $shared (dict "name" $worker "role" "worker" "env" $env "queues" $queues) -}}
    {{- $items = append $items $item -}}
  {{- end -}}
{{- end -}}
{{- $beat := mergeOverwrite (deepCopy .Values.defaults.worker) (deepCopy .Values.beat) (dict "name" "beat" "role" "beat" "service" "" "calls" list "database" false "broker" true) -}}
{{- dict "items" (append $items $beat) | toJson -}}
{{- end -}}

{{/* The command of a process; HTTP is the image's own. */}}
{{- define "pongpong.command" -}}
{{- if eq .role "worker" -}}
args: [celery, --app, common.celery, --quiet, worker, --hostname, "{{ .name }}@%h", --pool, threads, --concurrency, {{ .concurrency | int | quote }}, --queues, {{ join "," .queues | quote }}, --loglevel, WARNING, --without-gossip, --without-mingle, --without-heartbeat]
{{- else if eq .role "beat" -}}
args: [celery, --app, common.beat, --quiet, beat, --loglevel, WARNING]
{{- end -}}
{{- end -}}

{{/* What every process of ours is told. Takes a list: the root, the process. */}}
{{- define "pongpong.env" -}}
{{- $root := index . 0 -}}
{{- $process := index . 1 -}}
- name: POD_IP
  valueFrom:
    fieldRef:
      fieldPath: status.podIP
- name: REGION
  value: {{ $root.Values.region | quote }}
- name: LOG_LEVEL
  value: {{ $root.Values.logLevel }}
{{- if $process.broker }}
{{ include "pongpong.brokerEnv" $root }}
{{- end }}
{{- if and $process.broker $process.database }}
- name: START_TURN
  valueFrom:
    fieldRef:
      fieldPath: spec.nodeName
{{- end }}
{{- if ne $process.role "http" }}
- name: METRICS_PORT
  value: {{ $root.Values.metricsPort | int | quote }}
{{- end }}
{{- if $process.service }}
{{ include "pongpong.serviceEnv" . }}
{{- with include "pongpong.tracingEnv" (list $root $process) }}
{{ . }}
{{- end }}
{{- end }}
{{- range $name, $value := $process.env }}
- name: {{ $name }}
  value: {{ tpl (toString $value) $root | quote }}
{{- end }}
{{- end -}}

{{/* What a process of a Django service is told on top. Takes a list: the root, the process. */}}
{{- define "pongpong.serviceEnv" -}}
{{- $root := index . 0 -}}
{{- $process := index . 1 -}}
{{- $frontend := eq $process.service "frontend" -}}
{{- $proxies := int $root.Values.ingress.proxies -}}
- name: DJANGO_SETTINGS_MODULE
  value: {{ $process.service | replace "-" "_" }}.settings
{{ include "pongpong.secretEnv" (list $root "SECRET_KEY" "secret-key") }}
{{ include "pongpong.secretEnv" (list $root "INTERNAL_TOKEN" "internal-token") }}
{{- if $process.public }}
{{ include "pongpong.secretEnv" (list $root "GATEWAY_TOKEN" "gateway-token") }}
{{- end }}
{{ include "pongpong.secretEnv" (list $root "ENCRYPTION_KEYS" "encryption-keys") }}
{{- if $process.database }}
{{ include "pongpong.databaseEnv" (list $root $process.service) }}
{{- end }}
- name: ALLOWED_HOSTS
  value: {{ printf "%s,$(POD_IP),localhost" (include "pongpong.host" (list $root $process.service)) }}{{ if $frontend }},{{ join "," $root.Values.hosts.web }}{{ end }}
- name: PUBLIC_URL
  value: {{ include "pongpong.publicUrl" $root }}
- name: API_URL
  value: {{ include "pongpong.apiUrl" $root }}
- name: TRUSTED_PROXIES
  value: {{ ternary $proxies (add $proxies 1) $frontend | quote }}
{{- range $process.calls }}
{{- if eq . "gateway" }}
- name: GATEWAY_URL
  value: {{ include "pongpong.gatewayUrl" $root }}
{{- else }}
- name: {{ . | replace "-" "_" | upper }}_URL
  value: http://{{ include "pongpong.host" (list $root .) }}
{{- end }}
{{- end }}
{{- if eq $process.service "user-service" }}
- name: GATEWAY
  value: kong
- name: KONG_ADMIN_URL
  value: {{ ternary (printf "http://%s:8001" (include "pongpong.host" (list $root "kong-admin"))) $root.Values.externalKong.adminUrl $root.Values.kong.enabled }}
{{- end }}
{{- if eq $process.service "email-service" }}
{{ include "pongpong.smtpEnv" $root }}
{{- end }}
{{- if and (has $process.service (list "endpoint-check" "notification-service")) (not (hasKey ($process.env | default dict) "FLEET_PORTS")) }}
- name: FLEET_PORTS
  value: {{ include "pongpong.fleetPorts" $root | quote }}
{{- end }}
{{- end -}}

{{/*
What no check and no webhook reaches on an address that is not public: the ports of our pods. Those of Kong and the web app,
which many a site of yours has too, are closed on the pod's own addresses alone.
*/}}
{{- define "pongpong.fleetPorts" -}}
{{- $ports := list (int .Values.metricsPort) -}}
{{- range $name, $service := .Values.services -}}
  {{- if ne $name "frontend" }}{{ $ports = append $ports (int $service.port) }}{{ end -}}
{{- end -}}
{{- $ports | uniq | sortAlpha | join "," -}}
{{- end -}}

{{/* Where traces go. Takes a list: the root, the process. */}}
{{- define "pongpong.tracingEnv" -}}
{{- $root := index . 0 -}}
{{- with $root.Values.tracing -}}
{{- if .enabled -}}
- name: OTEL_EXPORTER_OTLP_ENDPOINT
  value: {{ required "tracing.endpoint: the address of an OTLP receiver (HTTP), such as http://otel-collector.monitoring:4318" .endpoint }}
- name: OTEL_SERVICE_NAME
  value: {{ (index $ 1).name }}
- name: OTEL_TRACES_SAMPLER
  value: parentbased_traceidratio
- name: OTEL_TRACES_SAMPLER_ARG
  value: {{ .ratio | quote }}
{{- with .headersSecret.name }}
- name: OTEL_EXPORTER_OTLP_HEADERS
  valueFrom:
    secretKeyRef:
      name: {{ . }}
      key: {{ $root.Values.tracing.headersSecret.key }}
{{- end }}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "pongpong.smtpEnv" -}}
{{- with .Values.smtp -}}
- name: SMTP_HOST
  value: {{ .host | quote }}
- name: SMTP_TLS
  value: {{ .tls }}
{{- if .port }}
- name: SMTP_PORT
  value: {{ .port | int | quote }}
{{- end }}
- name: MAIL_FROM
  value: {{ .from | quote }}
{{- if not .host }}
- name: MAIL_FOLDER
  value: /tmp/mail
{{- end }}
{{- if .user }}
- name: SMTP_USER
  value: {{ .user | quote }}
{{ include "pongpong.secretEnv" (list $ "SMTP_PASSWORD" "smtp-password") }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "pongpong.publicUrl" -}}
{{ ternary "https" "http" .Values.ingress.https }}://{{ first .Values.hosts.web }}
{{- end -}}

{{- define "pongpong.apiUrl" -}}
{{ ternary "https" "http" .Values.ingress.https }}://{{ .Values.hosts.api }}
{{- end -}}

{{- define "pongpong.gatewayUrl" -}}
{{ ternary (printf "http://%s:8000" (include "pongpong.host" (list . "kong"))) .Values.externalKong.proxyUrl .Values.kong.enabled }}
{{- end -}}

{{/* Every queue that a worker reads, with commas. */}}
{{- define "pongpong.queues" -}}
{{- $queues := list -}}
{{- range (include "pongpong.processes" . | fromJson).items }}{{ $queues = concat $queues (.queues | default list) }}{{ end -}}
{{ join "," $queues }}
{{- end -}}

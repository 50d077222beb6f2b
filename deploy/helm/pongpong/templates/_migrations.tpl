{{/* The spec of one database's Job. Takes a list: the root, the owner's name, the database's name. */}}
{{- define "pongpong.migrationSpec" -}}
{{- $root := index . 0 -}}
{{- $name := index . 1 -}}
{{- $kong := eq $name "kong" -}}
{{- $process := dict -}}
{{- range (include "pongpong.processes" $root | fromJson).items }}{{ if eq .name $name }}{{ $process = . }}{{ end }}{{ end -}}
{{- $env := "" -}}
{{- if $kong }}{{ $env = include "pongpong.kongEnv" $root }}{{ else }}{{ $env = include "pongpong.env" (list $root $process) }}{{ end -}}
{{- $made := "" -}}
{{- if or $root.Values.postgresql.enabled $root.Values.externalDatabase.createDatabases -}}
  {{- $made = include "pongpong.databaseContainer" (list $root "database" (index . 2) (printf "database-%s" $name)) -}}
{{- end -}}
backoffLimit: 20
activeDeadlineSeconds: 1800
template:
  metadata:
    labels:
      {{- include "pongpong.labels" (list $root "migrations") | nindent 6 }}
    annotations:
      # Another password makes another Job, which applies it.
      checksum/secret: {{ include "pongpong.envChecksum" (list $root (print $made "\n" $env)) }}
  spec:
    restartPolicy: OnFailure
    {{- if $kong }}
    {{- include "pongpong.podHead" (list $root "migrations" 1000 1000) | nindent 4 }}
    {{- else }}
    {{- include "pongpong.podHead" (list $root "migrations" 10001 10001) | nindent 4 }}
    {{- end }}
    {{- with $made }}
    initContainers:
      {{- . | nindent 6 }}
    {{- end }}
    containers:
      - name: migrate
        {{- if $kong }}
        image: {{ $root.Values.kong.image }}
        command: [sh, -ec, kong migrations bootstrap && kong migrations up]
        env:
          {{- $env | nindent 10 }}
        {{- else }}
        image: {{ include "pongpong.image" $root }}
        imagePullPolicy: {{ $root.Values.image.pullPolicy }}
        args: [python, manage.py, {{ $name | replace "-" "_" }}, migrate, --no-input]
        env:
          {{- $env | nindent 10 }}
        {{- end }}
        securityContext:
          {{- include "pongpong.containerSecurity" $root | nindent 10 }}
        resources:
          {{- toYaml $root.Values.jobs.resources | nindent 10 }}
        volumeMounts:
          - name: tmp
            mountPath: /tmp
          {{- with include "pongpong.caMount" $root | trim }}
          {{- . | nindent 10 }}
          {{- end }}
          {{- if $kong }}
          - name: prefix
            mountPath: /kong_prefix
          {{- end }}
    volumes:
      - name: tmp
        emptyDir: {}
      {{- with include "pongpong.caVolume" $root | trim }}
      {{- . | nindent 6 }}
      {{- end }}
      {{- if $kong }}
      - name: prefix
        emptyDir: {}
      {{- end }}
{{- end -}}

{{/* Runs one of files/*.sh as the database's administrator. Takes a list: the root, the script, the role, its password's key. */}}
{{- define "pongpong.databaseContainer" -}}
{{- $root := index . 0 -}}
- name: database
  image: {{ $root.Values.postgresql.image }}
  command: [sh, -ec]
  args:
    - |
      {{- $root.Files.Get (printf "files/%s.sh" (index . 1)) | nindent 6 }}
  env:
    - name: PGHOST
      value: {{ include "pongpong.postgresHost" $root }}
    - name: PGPORT
      value: {{ include "pongpong.postgresPort" $root | quote }}
    {{- include "pongpong.sslEnv" $root | nindent 4 }}
    - name: PGUSER
      value: {{ ternary "postgres" $root.Values.externalDatabase.adminUser $root.Values.postgresql.enabled }}
    {{- include "pongpong.secretEnv" (list $root "PGPASSWORD" "postgres-password") | nindent 4 }}
    - name: ROLE
      value: {{ index . 2 }}
    {{- include "pongpong.secretEnv" (list $root "ROLE_PASSWORD" (index . 3)) | nindent 4 }}
  securityContext:
    {{- include "pongpong.containerSecurity" $root | nindent 4 }}
  resources:
    {{- toYaml $root.Values.jobs.resources | nindent 4 }}
  {{- with include "pongpong.caMount" $root | trim }}
  volumeMounts:
    {{- . | nindent 4 }}
  {{- end }}
{{- end -}}

{{/* The spec of the Job that makes the exporter's role. */}}
{{- define "pongpong.metricsRoleSpec" -}}
backoffLimit: 20
activeDeadlineSeconds: 1800
template:
  metadata:
    labels:
      {{- include "pongpong.labels" (list . "migrations") | nindent 6 }}
    annotations:
      # Another password makes another Job, which applies it.
      checksum/secret: {{ include "pongpong.secretChecksum" (list . "postgres-password" "database-metrics") }}
  spec:
    restartPolicy: OnFailure
    {{- include "pongpong.podHead" (list . "migrations" 999 999) | nindent 4 }}
    containers:
      {{- include "pongpong.databaseContainer" (list . "metrics-role" "metrics" "database-metrics") | nindent 6 }}
    {{- with include "pongpong.caVolume" . | trim }}
    volumes:
      {{- . | nindent 6 }}
    {{- end }}
{{- end -}}

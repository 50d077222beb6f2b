{{/*
The spec of a Job that runs one of files/*.sh as the database's administrator. It waits for PostgreSQL as long as that
takes and fails for nothing, so that no upgrade finds one that failed for good; it asks for no memory (psql takes 10 MB), so
that no full node keeps it waiting, and with it the pods that wait for what it makes.
Takes a list: the root, the script, the role, its password's key.
*/}}
{{- define "pongpong.databaseSpec" -}}
{{- $root := index . 0 -}}
backoffLimit: 100000
template:
  metadata:
    labels:
      {{- include "pongpong.labels" (list $root "migrations") | nindent 6 }}
    annotations:
      # Another password makes another Job, which applies it.
      checksum/secret: {{ include "pongpong.secretChecksum" (list $root "postgres-password" (index . 3)) }}
  spec:
    restartPolicy: OnFailure
    {{- include "pongpong.podHead" (list $root "migrations" 999 999) | nindent 4 }}
    containers:
      - name: database
        image: {{ $root.Values.postgresql.image }}
        command: [sh, -c]
        args:
          - |
            apply() {
            {{- $root.Files.Get (printf "files/%s.sh" (index . 1)) | nindent 12 }}
            }
            until apply; do sleep 5; done
        env:
          - name: PGHOST
            value: {{ include "pongpong.postgresHost" $root }}
          - name: PGPORT
            value: {{ include "pongpong.postgresPort" $root | quote }}
          {{- include "pongpong.sslEnv" $root | nindent 10 }}
          - name: PGUSER
            value: {{ ternary "postgres" $root.Values.externalDatabase.adminUser $root.Values.postgresql.enabled }}
          {{- include "pongpong.secretEnv" (list $root "PGPASSWORD" "postgres-password") | nindent 10 }}
          - name: ROLE
            value: {{ index . 2 }}
          {{- include "pongpong.secretEnv" (list $root "ROLE_PASSWORD" (index . 3)) | nindent 10 }}
        securityContext:
          {{- include "pongpong.containerSecurity" $root | nindent 10 }}
        resources:
          {{- toYaml $root.Values.jobs.databaseResources | nindent 10 }}
        {{- with include "pongpong.caMount" $root | trim }}
        volumeMounts:
          {{- . | nindent 10 }}
        {{- end }}
    {{- with include "pongpong.caVolume" $root | trim }}
    volumes:
      {{- . | nindent 6 }}
    {{- end }}
{{- end -}}

{{/* Whether the chart makes databases and roles. */}}
{{- define "pongpong.makesDatabases" -}}
{{- if or .Values.postgresql.enabled .Values.externalDatabase.createDatabases }}yes{{ end -}}
{{- end -}}

{{/*
The init container that migrates, of a process with a database. Where the process knows the broker it waits for its node's turn
first, before it imports anything; workers go first there, since nobody works in their place meanwhile.
Takes a list: the root, the process.
*/}}
{{- define "pongpong.migrations" -}}
{{- $root := index . 0 -}}
{{- $process := index . 1 -}}
- name: migrations
  image: {{ include "pongpong.image" $root }}
  imagePullPolicy: {{ $root.Values.image.pullPolicy }}
  args: [{{ if $process.broker }}python, -m, common.turns, {{ if eq $process.role "worker" }}--first, {{ end }}{{ end }}python, manage.py, {{ $process.service | replace "-" "_" }}, migrate_locked]
  env:
    {{- include "pongpong.env" . | nindent 4 }}
  securityContext:
    {{- include "pongpong.containerSecurity" $root | nindent 4 }}
  resources:
    {{- toYaml $process.resources | nindent 4 }}
  volumeMounts:
    - name: tmp
      mountPath: /tmp
    {{- with include "pongpong.caMount" $root | trim }}
    {{- . | nindent 4 }}
    {{- end }}
{{- end -}}

{{/*
Kong's own migrations, in its init container. `kong migrations list` ends with 3 where the database is empty, with 5 where
there are new ones and with 4 where `finish` is left to do; Kong's own lock lets one node migrate. What an upgrade before left
unfinished (its hook did not run) is finished before the next ones.
*/}}
{{- define "pongpong.kongMigrations" -}}
rm -f /kong_prefix/pids/*
while true; do
  state=0; kong migrations list >/tmp/migrations || state=$?
  case $state in
    0) break ;;
    3) kong migrations bootstrap || sleep 5 ;;
    4) grep -qi 'new migrations' /tmp/migrations || break; kong migrations finish && kong migrations up || sleep 5 ;;
    5) kong migrations up || sleep 5 ;;
    *) sleep 5 ;;
  esac
done
{{- end -}}

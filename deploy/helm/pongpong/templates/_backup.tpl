{{/*
The spec of a Job over the backups. They lie in a volume; or in a bucket, and then in a folder of the pod's own on their way.
Takes a list: the root, what it does: `backup` or `restore`.
*/}}
{{- define "pongpong.backupSpec" -}}
{{- $root := index . 0 -}}
{{- $backup := $root.Values.backup -}}
{{- $bucket := $backup.s3.bucket -}}
{{- $steps := list (include "pongpong.backupContainer" .) -}}
{{- if and $bucket (eq (index . 1) "backup") -}}
  {{- $steps = append $steps (include "pongpong.bucketContainer" (list $root "upload")) -}}
{{- else if $bucket -}}
  {{- $steps = prepend $steps (include "pongpong.bucketContainer" (list $root "download")) -}}
{{- end -}}
backoffLimit: 2
template:
  metadata:
    labels:
      {{- include "pongpong.labels" (list $root "backup") | nindent 6 }}
  spec:
    restartPolicy: Never
    {{- include "pongpong.podHead" (list $root "backup" 999 999) | nindent 4 }}
    {{- with initial $steps }}
    initContainers:
      {{- first . | nindent 6 }}
    {{- end }}
    containers:
      {{- last $steps | nindent 6 }}
    volumes:
      - name: backups
        {{- if $bucket }}
        emptyDir:
          sizeLimit: {{ $backup.persistence.size }}
        {{- else }}
        persistentVolumeClaim:
          claimName: {{ $backup.persistence.existingClaim | default (include "pongpong.name" (list $root "backup")) }}
        {{- end }}
      - name: tmp
        emptyDir: {}
      {{- with include "pongpong.caVolume" $root | trim }}
      {{- . | nindent 6 }}
      {{- end }}
{{- end -}}

{{/* The container that runs files/backup.sh or files/restore.sh. Takes a list: the root, which of the two. */}}
{{- define "pongpong.backupContainer" -}}
{{- $root := index . 0 -}}
{{- $backup := $root.Values.backup -}}
- name: {{ index . 1 }}
  image: {{ $backup.image | default $root.Values.postgresql.image }}
  command: [bash, -euo, pipefail, -c]
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
    {{- include "pongpong.secretEnv" (list $root "BACKUP_KEY" "backup-key") | nindent 4 }}
    - name: DATABASES
      value: {{ include "pongpong.databases" $root | fromYaml | values | sortAlpha | join " " }}
    {{- include "pongpong.backupEnv" $root | nindent 4 }}
  {{- include "pongpong.backupEnd" $root | nindent 2 }}
{{- end -}}

{{/* The container that runs files/backup-upload.sh or -download.sh. Takes a list: the root, which of the two. */}}
{{- define "pongpong.bucketContainer" -}}
{{- $root := index . 0 -}}
{{- $s3 := $root.Values.backup.s3 -}}
{{- $settings := dict "TYPE" "s3" "PROVIDER" (ternary "Other" "AWS" (not (empty $s3.endpoint))) "NO_CHECK_BUCKET" "true" "ENDPOINT" $s3.endpoint "REGION" $s3.region -}}
- name: {{ index . 1 }}
  image: {{ $s3.image }}
  command: [sh, -euc]
  args:
    - |
      {{- $root.Files.Get (printf "files/backup-%s.sh" (index . 1)) | nindent 6 }}
  env:
    {{- range $name, $value := $settings }}
    - name: RCLONE_CONFIG_STORE_{{ $name }}
      value: {{ $value | quote }}
    {{- end }}
    - name: RCLONE_CONFIG
      value: /tmp/rclone.conf
    # Neither is asked for where the pod's account may write to the bucket.
    {{- range $variable, $key := dict "AWS_ACCESS_KEY_ID" "backup-s3-access-key" "AWS_SECRET_ACCESS_KEY" "backup-s3-secret-key" }}
    - name: {{ $variable }}
      valueFrom:
        secretKeyRef:
          name: {{ include "pongpong.secretName" $root }}
          key: {{ $key }}
          optional: true
    {{- end }}
    - name: PLACE
      value: {{ list $s3.bucket $s3.folder | compact | join "/" }}
    {{- include "pongpong.backupEnv" $root | nindent 4 }}
  {{- include "pongpong.backupEnd" $root | nindent 2 }}
{{- end -}}

{{- define "pongpong.backupEnv" -}}
- name: FOLDER
  value: /backups
- name: KEEP_DAYS
  value: {{ .Values.backup.keepDays | int | quote }}
- name: BACKUP
  value: ""
{{- end -}}

{{- define "pongpong.backupEnd" -}}
securityContext:
  {{- include "pongpong.containerSecurity" . | nindent 2 }}
resources:
  {{- toYaml .Values.backup.resources | nindent 2 }}
volumeMounts:
  - name: backups
    mountPath: /backups
  - name: tmp
    mountPath: /tmp
  {{- with include "pongpong.caMount" . | trim }}
  {{- . | nindent 2 }}
  {{- end }}
{{- end -}}

{{/* What of the outside the Jobs need: the bucket. */}}
{{- define "pongpong.backupEgress" -}}
{{- $s3 := .Values.backup.s3 -}}
{{- if $s3.bucket -}}
  {{- $port := regexFind ":[0-9]+$" $s3.endpoint | trimPrefix ":" | default (ternary "80" "443" (hasPrefix "http:" $s3.endpoint)) -}}
  {{- list (dict "ports" (list (dict "protocol" "TCP" "port" (int $port)))) | toJson -}}
{{- else -}}
[]
{{- end -}}
{{- end -}}

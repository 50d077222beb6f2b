{{/* The spec of a Job that runs one of files/*.sh over the backups. Takes a list: the root, the script. */}}
{{- define "pongpong.backupSpec" -}}
{{- $root := index . 0 -}}
{{- $backup := $root.Values.backup -}}
backoffLimit: 2
template:
  metadata:
    labels:
      {{- include "pongpong.labels" (list $root "backup") | nindent 6 }}
  spec:
    restartPolicy: Never
    {{- include "pongpong.podHead" (list $root "backup" 999 999) | nindent 4 }}
    containers:
      - name: {{ index . 1 }}
        image: {{ $backup.image | default $root.Values.postgresql.image }}
        command: [bash, -euo, pipefail, -c]
        args:
          - |
            {{- $root.Files.Get (printf "files/%s.sh" (index . 1)) | nindent 12 }}
        env:
          - name: PGHOST
            value: {{ include "pongpong.postgresHost" $root }}
          - name: PGPORT
            value: {{ include "pongpong.postgresPort" $root | quote }}
          {{- include "pongpong.sslEnv" $root | nindent 10 }}
          - name: PGUSER
            value: {{ ternary "postgres" $root.Values.externalDatabase.adminUser $root.Values.postgresql.enabled }}
          {{- include "pongpong.secretEnv" (list $root "PGPASSWORD" "postgres-password") | nindent 10 }}
          {{- include "pongpong.secretEnv" (list $root "BACKUP_KEY" "backup-key") | nindent 10 }}
          - name: DATABASES
            value: {{ include "pongpong.databases" $root | fromYaml | values | sortAlpha | join " " }}
          - name: FOLDER
            value: /backups
          {{- if eq (index . 1) "backup" }}
          - name: KEEP_DAYS
            value: {{ $backup.keepDays | int | quote }}
          {{- else }}
          - name: BACKUP
            value: ""
          {{- end }}
        securityContext:
          {{- include "pongpong.containerSecurity" $root | nindent 10 }}
        resources:
          {{- toYaml $backup.resources | nindent 10 }}
        volumeMounts:
          - name: backups
            mountPath: /backups
          - name: tmp
            mountPath: /tmp
          {{- with include "pongpong.caMount" $root | trim }}
          {{- . | nindent 10 }}
          {{- end }}
    volumes:
      - name: backups
        persistentVolumeClaim:
          claimName: {{ $backup.persistence.existingClaim | default (include "pongpong.name" (list $root "backup")) }}
      - name: tmp
        emptyDir: {}
      {{- with include "pongpong.caVolume" $root | trim }}
      {{- . | nindent 6 }}
      {{- end }}
{{- end -}}

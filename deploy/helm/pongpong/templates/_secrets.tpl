{{- define "pongpong.secretName" -}}
{{ .Values.secrets.existingSecret | default (include "pongpong.fullname" .) }}
{{- end -}}

{{/* The services that own a database, with the names of their databases and roles: user-service owns user_service. */}}
{{- define "pongpong.databases" -}}
{{- range $name, $service := .Values.services }}
{{- if $service.database }}
{{ $name }}: {{ $name | replace "-" "_" }}
{{- end }}
{{- end }}
{{- if .Values.kong.enabled }}
kong: kong
{{- end }}
{{- end -}}

{{/* The keys of the release's Secret, and what each is. */}}
{{- define "pongpong.secretKeys" -}}
secret-key: generated
internal-token: generated
gateway-token: generated
encryption-keys: generated
{{- range $name, $database := include "pongpong.databases" . | fromYaml }}
database-{{ $name }}: generated
{{- end }}
postgres-password: {{ ternary "generated" "given" .Values.postgresql.enabled }}
valkey-password: {{ ternary "generated" "given" .Values.valkey.enabled }}
smtp-password: given
{{- if .Values.backup.enabled }}
backup-key: generated
{{- if .Values.backup.s3.bucket }}
backup-s3-access-key: given
backup-s3-secret-key: given
{{- end }}
{{- end }}
{{- if .Values.monitoring.enabled }}
{{- if .Values.monitoring.exporters }}
database-metrics: generated
{{- end }}
{{- if .Values.monitoring.grafana.enabled }}
grafana-password: generated
{{- end }}
{{- end }}
{{- if .Values.logging.enabled }}
elastic-password: {{ ternary "generated" "given" .Values.logging.elasticsearch.enabled }}
kibana-password: generated
kibana-encryption-key: generated
fluent-bit-password: generated
{{- end }}
{{- end -}}

{{/* The values of the release's Secret, the same wherever they are asked for: random ones are drawn once a rendering. */}}
{{- define "pongpong.secretData" -}}
{{- if not (hasKey .Values "drawn") }}{{ $_ := set .Values "drawn" (include "pongpong.drawSecrets" .) }}{{ end -}}
{{ .Values.drawn }}
{{- end -}}

{{/* What makes a pod start anew: another value of a key that it reads. Takes a list: the root, and the keys. */}}
{{- define "pongpong.secretChecksum" -}}
{{- $root := index . 0 -}}
{{- $existing := $root.Values.secrets.existingSecret -}}
{{- $data := dict -}}
{{- if $existing -}}
  {{- $data = (lookup "v1" "Secret" $root.Release.Namespace $existing).data | default dict -}}
{{- else -}}
  {{- $data = include "pongpong.secretData" $root | fromYaml -}}
{{- end -}}
{{- $read := dict -}}
{{- range rest . }}{{ $_ := set $read . (get $data .) }}{{ end -}}
{{ $read | toJson | sha256sum }}
{{- end -}}

{{/* The same of the keys that an environment names, rendered as it stands in a container. Takes a list: the root, the text. */}}
{{- define "pongpong.envChecksum" -}}
{{- $root := index . 0 -}}
{{- $keys := list -}}
{{- range regexFindAll (printf "name: %s\\s+key: \\S+" (include "pongpong.secretName" $root | regexQuoteMeta)) (index . 1) -1 -}}
  {{- $keys = append $keys (regexFind "\\S+$" .) -}}
{{- end -}}
{{- include "pongpong.secretChecksum" (concat (list $root) $keys) -}}
{{- end -}}

{{/* Yours, else those that the cluster has, else new ones. */}}
{{- define "pongpong.drawSecrets" -}}
{{- $old := (lookup "v1" "Secret" .Release.Namespace (include "pongpong.fullname" .)).data | default dict -}}
{{- range $key, $kind := include "pongpong.secretKeys" . | fromYaml }}
{{- $yours := index $.Values.secrets.values $key | default "" }}
{{- if $yours }}
{{ $key }}: {{ $yours | b64enc | quote }}
{{- else if hasKey $old $key }}
{{ $key }}: {{ index $old $key | quote }}
{{- else if eq $kind "generated" }}
{{ $key }}: {{ randAlphaNum 48 | b64enc | quote }}
{{- else }}
{{ $key }}: ""
{{- end }}
{{- end }}
{{- end -}}

{{/* The address of a service's database; the password comes from DATABASE_PASSWORD. Takes a list: the root, the service. */}}
{{- define "pongpong.databaseEnv" -}}
{{- $root := index . 0 -}}
{{- $role := index . 1 | replace "-" "_" -}}
{{- include "pongpong.secretEnv" (list $root "DATABASE_PASSWORD" (printf "database-%s" (index . 1))) }}
- name: DATABASE_URL
  value: postgresql://{{ $role }}:$(DATABASE_PASSWORD)@{{ include "pongpong.postgresAddress" $root }}/{{ $role }}
{{ include "pongpong.sslEnv" $root }}
{{- end -}}

{{- define "pongpong.postgresHost" -}}
{{ ternary (include "pongpong.host" (list . "postgres")) .Values.externalDatabase.host .Values.postgresql.enabled }}
{{- end -}}

{{- define "pongpong.postgresPort" -}}
{{ ternary 5432 (int .Values.externalDatabase.port) .Values.postgresql.enabled }}
{{- end -}}

{{- define "pongpong.postgresAddress" -}}
{{ include "pongpong.postgresHost" . }}:{{ include "pongpong.postgresPort" . }}
{{- end -}}

{{- define "pongpong.sslMode" -}}
{{ ternary "disable" .Values.externalDatabase.sslMode .Values.postgresql.enabled }}
{{- end -}}

{{/* Not empty where the database's certificate is verified, which takes its authority's. */}}
{{- define "pongpong.verifiesDatabase" -}}
{{- if hasPrefix "verify-" (include "pongpong.sslMode" .) -}}
{{- required "externalDatabase.caSecret.name: a Secret with the authority's certificate is needed to verify the database's" .Values.externalDatabase.caSecret.name -}}
{{- end -}}
{{- end -}}

{{/* How libpq speaks TLS to the database. */}}
{{- define "pongpong.sslEnv" -}}
- name: PGSSLMODE
  value: {{ include "pongpong.sslMode" . }}
{{- if include "pongpong.verifiesDatabase" . }}
- name: PGSSLROOTCERT
  value: {{ include "pongpong.caFile" . }}
{{- end }}
{{- end -}}

{{- define "pongpong.caFile" -}}
/etc/database-ca/ca.crt
{{- end -}}

{{- define "pongpong.caMount" -}}
{{- if include "pongpong.verifiesDatabase" . }}
- name: database-ca
  mountPath: /etc/database-ca
  readOnly: true
{{- end }}
{{- end -}}

{{- define "pongpong.caVolume" -}}
{{- if include "pongpong.verifiesDatabase" . }}
- name: database-ca
  secret:
    secretName: {{ .Values.externalDatabase.caSecret.name }}
    items:
      - key: {{ .Values.externalDatabase.caSecret.key }}
        path: ca.crt
{{- end }}
{{- end -}}

{{- define "pongpong.valkeyHost" -}}
{{ ternary (include "pongpong.host" (list . "valkey")) .Values.externalValkey.host .Values.valkey.enabled }}
{{- end -}}

{{- define "pongpong.valkeyPort" -}}
{{ ternary 6379 (int .Values.externalValkey.port) .Values.valkey.enabled }}
{{- end -}}

{{- define "pongpong.valkeyUrl" -}}
{{ ternary "rediss" "redis" (and (not .Values.valkey.enabled) .Values.externalValkey.tls) }}://:$(VALKEY_PASSWORD)@{{ include "pongpong.valkeyHost" . }}:{{ include "pongpong.valkeyPort" . }}/0
{{- end -}}

{{- define "pongpong.brokerEnv" -}}
{{- include "pongpong.secretEnv" (list . "VALKEY_PASSWORD" "valkey-password") }}
- name: BROKER_URL
  value: {{ include "pongpong.valkeyUrl" . }}
{{- end -}}

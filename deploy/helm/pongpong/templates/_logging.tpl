{{- define "pongpong.elasticsearchHost" -}}
{{ ternary (include "pongpong.host" (list . "elasticsearch")) .Values.externalElasticsearch.host .Values.logging.elasticsearch.enabled }}
{{- end -}}

{{- define "pongpong.elasticsearchPort" -}}
{{ ternary 9200 (int .Values.externalElasticsearch.port) .Values.logging.elasticsearch.enabled }}
{{- end -}}

{{- define "pongpong.elasticsearchUrl" -}}
{{ ternary "https" "http" (and (not .Values.logging.elasticsearch.enabled) .Values.externalElasticsearch.tls) }}://{{ include "pongpong.elasticsearchHost" . }}:{{ include "pongpong.elasticsearchPort" . }}
{{- end -}}

{{/* The spec of the Job that sets Elasticsearch and Kibana up. */}}
{{- define "pongpong.loggingSetupSpec" -}}
backoffLimit: 100000
template:
  metadata:
    labels:
      {{- include "pongpong.labels" (list . "logging-setup") | nindent 6 }}
    annotations:
      # Another password makes another Job, which applies it.
      checksum/secret: {{ include "pongpong.secretChecksum" (list . "elastic-password" "kibana-password" "fluent-bit-password") }}
  spec:
    restartPolicy: OnFailure
    {{- include "pongpong.podHead" (list . "logging-setup" 1000 1000) | nindent 4 }}
    containers:
      - name: setup
        # It has the curl that this needs.
        image: {{ .Values.logging.elasticsearch.image }}
        command: [bash, -ec]
        args:
          - |
            {{- .Files.Get "files/logging-setup.sh" | nindent 12 }}
        env:
          - name: ELASTICSEARCH_URL
            value: {{ include "pongpong.elasticsearchUrl" . }}
          - name: KIBANA_URL
            value: http://{{ include "pongpong.host" (list . "kibana") }}/kibana
          - name: KEEP_DAYS
            value: {{ .Values.logging.keepDays | int | quote }}
          {{- range $variable, $key := dict "ELASTIC_PASSWORD" "elastic-password" "KIBANA_PASSWORD" "kibana-password" "FLUENT_BIT_PASSWORD" "fluent-bit-password" }}
          {{- include "pongpong.secretEnv" (list $ $variable $key) | nindent 10 }}
          {{- end }}
        securityContext:
          {{- include "pongpong.containerSecurity" . | nindent 10 }}
        resources:
          {{- toYaml .Values.jobs.resources | nindent 10 }}
{{- end -}}

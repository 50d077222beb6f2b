{{/* The release's own addresses, as the black box asks for them. */}}
{{- define "pongpong.siteTargets" -}}
{{- $sites := list -}}
{{- range append .Values.hosts.web .Values.hosts.api -}}
  {{- $sites = append $sites (printf "%s://%s/" (ternary "https" "http" $.Values.ingress.https) .) -}}
{{- end -}}
{{ join ", " $sites }}
{{- end -}}

{{/* files/prometheus.yaml for this release; without the black box, the job that asks it is left out. */}}
{{- define "pongpong.prometheusConfig" -}}
{{- $config := .Files.Get "files/prometheus.yaml" | replace "pongpong;RELEASE" (printf "pongpong;%s" .Release.Name) | replace "SITES" (include "pongpong.siteTargets" .) | replace "BLACKBOX" (printf "%s:9115" (include "pongpong.host" (list . "blackbox-exporter"))) | fromYaml -}}
{{- if not (and .Values.monitoring.exporters .Values.monitoring.sites) -}}
  {{- $_ := set $config "scrape_configs" (list (first $config.scrape_configs)) -}}
{{- end -}}
{{- with .Values.monitoring.prometheus.alertmanagers -}}
  {{- $_ := set $config "alerting" (dict "alertmanagers" (list (dict "static_configs" (list (dict "targets" .))))) -}}
{{- end -}}
{{ toYaml $config }}
{{- end -}}

{{- define "pongpong.rules" -}}
{{ .Files.Get "files/rules.yaml" }}
{{- end -}}

{{- define "pongpong.grafanaSources" -}}
apiVersion: 1
datasources:
  - name: Prometheus
    uid: prometheus
    type: prometheus
    access: proxy
    url: {{ .Values.monitoring.grafana.prometheusUrl | default (printf "http://%s:9090" (include "pongpong.host" (list . "prometheus"))) }}
    isDefault: true
    editable: false
{{- end -}}

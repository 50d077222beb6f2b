{{/* What the world can reach: sites, their hosts, and each path's Service and port. */}}
{{- define "pongpong.sites" -}}
{{- $kong := .Values.kong.enabled -}}
{{- $web := list (dict "path" "/" "service" "frontend" "port" 80) -}}
{{- if $kong -}}
  {{- range .Values.ingress.closedPaths }}{{ $web = append $web (dict "path" . "service" "kong" "port" 8000) }}{{ end -}}
{{- end -}}
{{- $sites := list (dict "name" "web" "hosts" .Values.hosts.web "paths" $web) -}}
{{- if $kong -}}
  {{- $sites = append $sites (dict "name" "api" "hosts" (list .Values.hosts.api) "paths" (list (dict "path" "/" "service" "kong" "port" 8000))) -}}
{{- end -}}
{{- $admin := list -}}
{{- if and .Values.monitoring.enabled .Values.monitoring.grafana.enabled }}{{ $admin = append $admin (dict "path" "/grafana" "service" "grafana" "port" 80) }}{{ end -}}
{{- if .Values.logging.enabled }}{{ $admin = append $admin (dict "path" "/kibana" "service" "kibana" "port" 80) }}{{ end -}}
{{- if $admin }}{{ $sites = append $sites (dict "name" "admin" "hosts" (list .Values.hosts.admin) "paths" $admin) }}{{ end -}}
{{- dict "items" $sites | toJson -}}
{{- end -}}
